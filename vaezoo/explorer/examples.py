"""The data that a page shows beside a model: a few pictures, many codes, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo import datasets
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.datasets.binarisation import binarised
from vaezoo.datasets.labelling import Needed, condition_of
from vaezoo.errors import DataError
from vaezoo.protocols import Array
from vaezoo.runtime.model import Model

MOST, _MOST_LARGE = 1000, 300  # codes on the map: fewer where the graphs are large
LARGE = 256  # dimensions of z


@dataclass(frozen=True)
class Examples:
    """Some examples, as a model takes them.

    Attributes:
        x: [N, *data_shape], float32.
        what: which they are: "1,000 test examples of mnist".
        labels: class of each, [N] integers, -1 where unknown; None where there are none.
        label_names: of the classes, where they have names.
        condition: what the model takes beside x, [N] or [N, dim]; None where it takes nothing.

    Example:
        >>> import numpy as np
        >>> from vaezoo.explorer import Examples
        >>> Examples(np.zeros((4, 8, 8, 1), np.float32), "4 black pictures").names
        []
    """

    x: Array
    what: str
    labels: Array | None = None
    label_names: Sequence[str] = ()
    condition: Array | None = None

    @property
    def names(self) -> list[str]:
        """Of the classes; their numbers where they have no names."""
        if self.labels is None:
            return []
        count = max(map(int, self.labels), default=-1) + 1
        return [self._name(label) for label in range(max(count, len(self.label_names)))]

    def _name(self, label: int) -> str:
        return str(self.label_names[label]) if label < len(self.label_names) else str(label)


def is_binary(model: Model) -> bool:
    """Whether levels become 0 or 1 before the model takes them, as in its training. Where that is
    not recorded, the likelihood says so: Bernoulli is one of 0 and 1 only."""
    prepared = model.manifest.preparation
    drawn = prepared is None or prepared.binarise != "none"
    return model.manifest.likelihood == "Bernoulli" and drawn


def known_examples(model: Model, num: int | None = None) -> Examples:
    """Test examples of the data set that a model was trained on, evenly spaced.

    Args:
        model: from `vaezoo.load`.
        num: at most so many; None: 1,000, or 300 for a model with more than 256 dimensions.

    Raises:
        UnknownNameError: it was trained on data that have no name here.
        DataError: the data have another shape, or lack the labels that the model takes.
        DownloadError: the data are neither on this machine nor to be had.
    """
    dataset = datasets.load(model.manifest.data)
    if dataset.data_shape != model.data_shape:
        raise DataError(
            f"{dataset.name} has examples of shape {list(dataset.data_shape)}, the model takes "
            f"{list(model.data_shape)}: give --data."
        )
    if is_binary(model) and not dataset.binary:
        dataset = binarised(dataset, "dynamic")
    most = num or (MOST if model.latent_dim <= LARGE else _MOST_LARGE)
    rows = evenly_spaced(len(dataset.test), most)
    labels = dataset.labels.get("test")
    return Examples(
        as_float(dataset.test[rows]),
        f"{len(rows):,} test examples of {dataset.name}",
        None if labels is None else labels[rows].astype(np.int64),
        dataset.label_names,
        _condition(model, dataset, rows),
    )


def _condition(model: Model, dataset: Dataset, rows: Array) -> Array | None:
    expected = model.manifest.condition
    if expected is None:
        return None
    needed = Needed(model.manifest.model, expected.kind, expected.dim, expected.names)
    return condition_of(dataset, "test", needed)[rows]
