"""Conditions of p(x|c): from what users give to the arrays that graphs take."""

from __future__ import annotations

from vaezoo._checks import label_vectors, vectors
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.manifest import Condition


def condition_array(condition: ArrayLike, expected: Condition, num: int) -> Array:
    """One row of numbers per example, [num, dim]: labels become one-hot.

    Args:
        condition: labels [num] or [num, 1], -1 where unknown, or one for all; probabilities of
            them [num, dim]; or a vector of
            attributes per example [num, dim], or one for all [dim].
        expected: what the model takes.
        num: examples.

    Raises:
        DataError: neither, or another number of rows.
    """
    to_rows = label_vectors if expected.kind == "labels" else vectors
    return to_rows(condition, expected.dim, num)


def example(expected: Condition) -> int | list[float]:
    """A condition that the model takes, for examples of use: label 0, or a vector of zeros."""
    return 0 if expected.kind == "labels" else [0.0] * expected.dim
