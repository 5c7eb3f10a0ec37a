"""Reference classifiers: small classifiers, in ONNX, that say what a picture shows and how surely.

Their last hidden layer is where samples are compared with data. Inception's features are those of
photographs, and are no part of any package; a judge knows the data set and comes with this one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vaezoo._checks import check_array
from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError, unknown_name
from vaezoo.runtime.sessions import open_session

__all__ = ["FOLDER", "REFERENCE_CLASSIFIERS", "Prediction", "ReferenceClassifier", "load"]

FOLDER = Path(__file__).parent
# The data set that the judge of a data set was trained on, whose grey levels are what is compared:
# the mean of p(x|z) of a binary image is a grey one.
REFERENCE_CLASSIFIERS = {
    "digits": "digits",
    "fashion_mnist": "fashion_mnist",
    "mnist": "mnist",
    "mnist_static": "mnist",
}
_ROWS = 500


class Prediction(NamedTuple):
    """What a judge says of examples.

    Attributes:
        features: of the last hidden layer, [N, F].
        probabilities: of the classes, [N, C].
    """

    features: np.ndarray
    probabilities: np.ndarray


class ReferenceClassifier:
    """A classifier of one data set.

    Args:
        folder: with data.onnx and data.json.
        data: name of the data set that it was trained on.

    Attributes:
        accuracy: on that data set's test split: mean and standard error.

    Raises:
        DamagedFileError: a file is missing or is not the one that was trained.
    """

    def __init__(self, folder: Path, data: str) -> None:
        facts, path = files.read_json(folder / f"{data}.json"), folder / f"{data}.onnx"
        try:
            self.data_shape = tuple(fields.whole(size, 1) for size in facts["data_shape"])
            self.accuracy = {key: fields.number(facts["accuracy"][key]) for key in _ACCURACY}
            (file,) = fields.files(facts["files"]).items()
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{folder / data}.json describes no judge: {error}.") from None
        files.check(path, file[1])
        self.data = data
        self._session: Any = open_session(path)

    def __call__(self, x: np.ndarray) -> Prediction:
        """Looks at images of values from 0 to 1, [N, *data_shape].

        Raises:
            DataError: another shape or range, or not finite.
        """
        x = check_array(x, self.data_shape, value_range=(0.0, 1.0), reason="the judge")
        pieces = [
            self._session.run(["features", "probabilities"], {"x": x[start : start + _ROWS]})
            for start in range(0, len(x), _ROWS)
        ]
        return Prediction(*(np.concatenate(side) for side in zip(*pieces, strict=True)))


_ACCURACY = ("mean", "standard_error")


def load(data: str) -> ReferenceClassifier:
    """The judge of a data set's examples. Raises `UnknownNameError` where there is none."""
    if data not in REFERENCE_CLASSIFIERS:
        raise unknown_name("judge", data, REFERENCE_CLASSIFIERS)
    return ReferenceClassifier(FOLDER, REFERENCE_CLASSIFIERS[data])
