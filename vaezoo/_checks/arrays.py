"""Checks of arrays."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import ArrayLike


def check_array(
    x: ArrayLike,
    shape: Sequence[int],
    *,
    what: str = "x",
    value_range: tuple[float, float] | None = None,
    reason: str = "",
) -> np.ndarray:
    """`x` as a float32 array that a graph can take.

    Args:
        x: numbers, [N, *shape].
        shape: shape of one example.
        what: name of the array, for messages.
        value_range: least and greatest value allowed; None allows any finite value.
        reason: what asks for that range, for messages.

    Raises:
        DataError: empty, not numbers, another shape, NaN or infinite, or out of range.
    """
    x = as_array(x, what)
    if x.shape[1:] != tuple(shape) or x.ndim == 0:
        hint = " (one example: add the batch axis, x[None])" if x.shape == tuple(shape) else ""
        raise DataError(f"{what} has shape {list(x.shape)}: expected {_batch(shape)}{hint}.")
    if x.size == 0:
        raise DataError(
            f"{what} is empty, shape {list(x.shape)}: expected {_batch(shape)} with N of 1 or more."
        )
    if x.dtype != np.float32:
        with np.errstate(over="ignore"):  # too large a float64 is infinite, and refused below
            x = x.astype(np.float32)
    low, high = _extremes(x)
    if not (math.isfinite(low) and math.isfinite(high)):
        rows = _rows(~np.isfinite(x))
        raise DataError(
            f"{what} has NaN or infinite values in {len(rows)} of {len(x)} rows, "
            f"first in row {rows[0]}: remove or fill them."
        )
    if value_range is not None and not value_range[0] <= low <= high <= value_range[1]:
        rows = _rows((x < value_range[0]) | (x > value_range[1]))
        where = f" (not so in {len(rows)} of {len(x)} rows, first in row {rows[0]})"
        check_range(low, high, value_range, what=what, reason=reason, where=where)
    return x


def _extremes(x: np.ndarray) -> tuple[float, float]:
    """The least and the greatest number, in which NaN and infinity show. Small batches are served
    in microseconds, of which min() and max() would take twice as many."""
    return float(np.minimum.reduce(x, axis=None)), float(np.maximum.reduce(x, axis=None))


def all_finite(x: np.ndarray) -> bool:
    """Whether no number is NaN or infinite."""
    return not x.size or all(map(math.isfinite, _extremes(x)))


def as_array(x: ArrayLike, what: str = "x") -> np.ndarray:
    """`x` as an array of numbers, of the type that it has.

    Raises:
        DataError: no numbers, parts of different shapes, or masked values.
    """
    if type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray):  # np.ma loads slowly
        if np.ma.getmaskarray(x).any():
            rows = _rows(np.atleast_1d(np.ma.getmaskarray(x)))
            raise DataError(
                f"{what} has masked values, first in row {rows[0]}: fill them, or leave these rows "
                "out; a mask is lost on the way."
            )
        x = x.data
    try:
        array = np.asarray(x)
    except MemoryError:
        raise DataError(f"{what} does not fit into memory: give fewer rows at once.") from None
    except (ValueError, TypeError, RuntimeError):  # such as too deep, or a tensor of other packages
        raise DataError(f"{what} is no array: its parts differ in shape or type.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what} has dtype {array.dtype}: expected numbers, preferably float32.")
    return array


def _rows(wrong: np.ndarray) -> np.ndarray:
    """The rows that have anything wrong, of [N, ...]."""
    return np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))


def _batch(shape: Sequence[int]) -> str:
    return f"[N, {', '.join(map(str, shape))}]"


def check_range(
    low: float,
    high: float,
    value_range: tuple[float, float] | None,
    *,
    what: str = "x",
    reason: str = "",
    where: str = "",
) -> None:
    """Checks that data from `low` to `high` lie in `value_range`.

    Raises:
        DataError: they do not.
    """
    if value_range is None or (value_range[0] <= low and high <= value_range[1]):
        return
    scale = "divide by 255" if low >= 0 and high > 1 else "rescale it"
    raise DataError(
        f"{what} has values from {low:g} to {high:g}: {reason or 'the model'} needs "
        f"{value_range[0]:g} to {value_range[1]:g}{where}; {scale}, or choose another likelihood."
    )


def warn_of_cross_entropy(likelihood: str) -> None:
    """Warns whoever called a model's method that its figure is not a likelihood."""
    warnings.warn(
        f"x has values on which {likelihood} is not normalised (grey values under Bernoulli): the "
        "figure is a cross-entropy, no likelihood; binarise the data.",
        stacklevel=4,
    )


@contextlib.contextmanager
def comparing_only() -> Iterator[None]:
    """Without that warning, where figures of the same data are only compared with each other, or
    where it is said in other words."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="x has values on which")
        yield


def check_codes(z: np.ndarray, codebook_size: int | None) -> None:
    """Raises `DataError` unless z are codes: whole numbers from 0 to `codebook_size` - 1; for
    None z may be anything."""
    if codebook_size is None or not z.size:
        return
    if not ((z >= 0) & (z < codebook_size) & (z == np.floor(z))).all():
        raise DataError(
            f"z has values from {z.min()} to {z.max()}: expected codes, whole numbers from 0 to "
            f"{codebook_size - 1}."
        )


def check_noise(noise: ArrayLike | None, num: int, size: int) -> np.ndarray | None:
    """Noise of `num` examples, [num, K, size], as float32; None where `size` is 0, as no draw is
    made of noise there. Raises `DataError` for anything else."""
    if noise is None and size:
        raise DataError(f"noise is None: expected [{num}, K, {size}], draws of N(0, I).")
    if noise is None:
        return None
    array = as_array(noise, "noise")
    if not size:
        raise DataError(
            f"noise has shape {list(array.shape)}: q(z|x) is a point here; leave noise= out."
        )
    if array.ndim != 3 or (len(array), array.shape[2]) != (num, size):
        raise DataError(f"noise has shape {list(array.shape)}: expected [{num}, K, {size}].")
    return check_array(array, array.shape[1:], what="noise")
