"""Conditions of p(x|c): from what users give to the arrays that graphs take."""

from __future__ import annotations

from vaezoo._checks import label_vectors, vectors
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.manifest import Condition


def condition_array(condition: ArrayLike, expected: Condition, num: int) -> Array:
    """One row of numbers per example, [num, dim]: labels become one-hot.

    Args:
        condition: labels [num] or [num, 1], -1 where unknown, or one for all, as numbers or by
            name; probabilities of them [num, dim]; or a vector of attributes per example
            [num, dim], or one for all [dim].
        expected: what the model takes.
        num: examples.

    Raises:
        DataError: neither, or another number of rows.
        UnknownNameError: a name that no class has.
    """
    if expected.kind == "labels":
        return label_vectors(condition, expected.dim, num, expected.names)
    return vectors(condition, expected.dim, num)


def example(expected: Condition) -> int | str | list[float]:
    """A condition that the model takes, for examples of use: the first label, or zeros."""
    if expected.kind == "labels":
        return expected.names[0] if expected.names else 0
    return [0.0] * expected.dim
