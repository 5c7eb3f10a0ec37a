"""Numbers as multiples of a step, exactly those that their decimals would be read as."""

from __future__ import annotations

from fractions import Fraction

from vaezoo.protocols import Array
from vaezoo.tables.rules.library import NUMPY, Library

_NEAR = 1e-9  # of a step: how far from a multiple counts as one


def rounded(x: Array, step: Fraction | None, library: Library = NUMPY) -> Array:
    """The nearest multiple of the step; x itself for None.

    Example:
        >>> import numpy as np
        >>> rounded(np.array([0.30000000000000004]), Fraction(1, 10)).tolist()
        [0.3]
    """
    return x if step is None else _multiple(library.rint(_count(x, step)), step)


def floored(
    x: Array, step: Fraction | None, error: Array | float = 0.0, library: Library = NUMPY
) -> Array:
    """The greatest multiple that is not above x, or only by an error.

    Example:
        >>> import numpy as np
        >>> floored(np.array([0.25, 0.3]), Fraction(1, 10)).tolist()
        [0.2, 0.3]
    """
    if step is None:
        return x
    return _multiple(library.floor(_count(x + error, step) + _NEAR), step)


def ceiled(
    x: Array, step: Fraction | None, error: Array | float = 0.0, library: Library = NUMPY
) -> Array:
    """The least multiple that is not below x, or only by an error."""
    if step is None:
        return x
    return _multiple(library.ceil(_count(x - error, step) - _NEAR), step)


def _count(x: Array, step: Fraction) -> Array:
    return x * float(step.denominator) / float(step.numerator)


def _multiple(count: Array, step: Fraction) -> Array:
    # Whole numbers over a power of ten: division rounds to what the decimals are read as.
    return count * float(step.numerator) / float(step.denominator) + 0.0  # never -0
