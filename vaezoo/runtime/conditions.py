"""Conditions of p(x|c): from what users give to the arrays that graphs take."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_array, check_labels
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.manifest import Condition


def condition_array(condition: ArrayLike, expected: Condition, num: int) -> Array:
    """One row of numbers per example, [num, dim]: labels become one-hot.

    Args:
        condition: labels [num], or one for all; probabilities of them [num, dim]; or a vector of
            attributes per example [num, dim], or one for all [dim].
        expected: what the model takes.
        num: examples.

    Raises:
        DataError: neither, or another number of rows.
    """
    c = np.asarray(condition)
    if expected.kind == "labels":
        c = _one_hot(np.full(num, c) if c.ndim == 0 else c, expected.dim)
    elif c.ndim == 1:
        c = np.broadcast_to(c, (num, *c.shape))
    c = check_array(c, (expected.dim,), what="condition")
    if len(c) != num:
        raise DataError(f"condition has {len(c)} rows: expected {num}, one per example.")
    return c


def example(expected: Condition) -> int | list[float]:
    """A condition that the model takes, for examples of use: label 0, or a vector of zeros."""
    return 0 if expected.kind == "labels" else [0.0] * expected.dim


def _one_hot(labels: Array, num_classes: int) -> Array:
    """Labels [N] as rows, of which -1, unknown, is zeros; probabilities stay as they are."""
    check_labels(labels, num_classes)
    if labels.ndim > 1:
        return labels
    return np.eye(num_classes + 1, num_classes, dtype=np.float32)[labels.astype(int)]
