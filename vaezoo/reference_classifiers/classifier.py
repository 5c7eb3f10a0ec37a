"""A small classifier of one data set, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from vaezoo._checks import check_array
from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError, unknown_name
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.sessions import open_session

FOLDER = Path(__file__).parent
# The data set that the classifier of each data set was trained on. Binary images are compared as
# grey levels, since the mean of p(x|z) of a binary image is a grey one.
REFERENCE_CLASSIFIERS = {
    "digits": "digits",
    "fashion_mnist": "fashion_mnist",
    "mnist": "mnist",
    "mnist_static": "mnist",
}
_ACCURACY = ("mean", "standard_error")
_ROWS = 500


class Prediction(NamedTuple):
    """The outputs of a reference classifier.

    Attributes:
        features: of the last hidden layer, [N, F].
        probabilities: of the classes, [N, C].
    """

    features: Array
    probabilities: Array


class ReferenceClassifier:
    """A classifier of one data set.

    Args:
        folder: with data.onnx and data.json.
        data: name of the data set that it was trained on.

    Attributes:
        accuracy: on that data set's test split: mean and standard error.

    Raises:
        DamagedFileError: a file is missing, or is not the published one.
    """

    def __init__(self, folder: Path, data: str) -> None:
        facts, path = files.read_json(folder / f"{data}.json"), folder / f"{data}.onnx"
        try:
            self.data_shape = tuple(fields.whole(size, 1) for size in facts["data_shape"])
            self.accuracy = {key: fields.number(facts["accuracy"][key]) for key in _ACCURACY}
            (file,) = fields.files(facts["files"]).items()
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(
                f"{folder / data}.json does not describe a reference classifier: {error}."
            ) from None
        self.data = data
        self._session = open_session(path, expected={path.name: file[1]})

    def __call__(self, x: ArrayLike) -> Prediction:
        """Classifies images with values from 0 to 1, [N, *data_shape].

        Raises:
            DataError: another shape or range, or not finite.
        """
        x = check_array(
            x, self.data_shape, value_range=(0.0, 1.0), reason="the reference classifier"
        )
        pieces = [
            self._session.run(["features", "probabilities"], {"x": x[start : start + _ROWS]})
            for start in range(0, len(x), _ROWS)
        ]
        return Prediction(*(np.concatenate(side) for side in zip(*pieces, strict=True)))


def load(data: str) -> ReferenceClassifier:
    """The reference classifier of a data set. Raises `UnknownNameError` where there is none.

    Example:
        >>> import numpy as np
        >>> from vaezoo import reference_classifiers
        >>> classifier = reference_classifiers.load("digits")
        >>> classifier(np.zeros((2, 8, 8, 1))).probabilities.shape
        (2, 10)
    """
    if data not in REFERENCE_CLASSIFIERS:
        raise unknown_name("reference classifier", data, REFERENCE_CLASSIFIERS)
    return ReferenceClassifier(FOLDER, REFERENCE_CLASSIFIERS[data])
