"""Examples of a data set as a model takes them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vaezoo._model.base import LatentVariableModel
from vaezoo.conditions import Condition
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.datasets.labelling import Needed, condition_of
from vaezoo.protocols import Array, ArrayLike

BATCH = 256


def examples(
    model: LatentVariableModel, data: Dataset, split: str, most: int
) -> tuple[Array, Array | None]:
    """At most `most` examples of a split, evenly spaced, float32, and their conditions or None.

    Example:
        >>> from vaezoo import datasets, evaluation, models
        >>> model = models.VAE((8, 8, 1), 2)
        >>> x, condition = evaluation.examples(model, datasets.load("digits"), "test", 10)
        >>> x.shape, condition
        ((10, 8, 8, 1), None)
    """
    source = getattr(data, split)
    rows = evenly_spaced(len(source), most)
    condition = conditions(model, data, split)
    return as_float(source[rows]), None if condition is None else condition[rows]


def conditions(model: LatentVariableModel, data: Dataset, split: str) -> Array | None:
    """The labels of a split, or its attributes, for a conditional model; None for another.

    Raises:
        DataError: the data have none, or labels that the model does not know.
    """
    return _of(model, model.condition, data, split)


def given(model: LatentVariableModel, data: Dataset, split: str) -> Array | None:
    """What `fit` takes as y: `conditions`, or the attributes that the objective learns from.

    Raises:
        DataError: the data have none, or other ones.
    """
    return _of(model, model.given, data, split)


def _of(model: LatentVariableModel, c: Condition | None, data: Dataset, split: str) -> Array | None:
    if c is None:
        return None
    return condition_of(data, split, Needed(type(model).__name__, c.kind, c.dim, c.names))


def batches(
    x: Array, condition: ArrayLike | None, size: int = BATCH
) -> Iterator[tuple[int, Array, Array | None]]:
    """(first row, examples, their conditions), at most `size` at a time."""
    for start in range(0, len(x), size):
        rows = slice(start, start + size)
        yield start, x[rows], None if condition is None else np.asarray(condition)[rows]
