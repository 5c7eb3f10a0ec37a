"""Checks of arrays and arguments, for both halves of the package: NumPy only."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np

from vaezoo.errors import ConfigError, DataError
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
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise DataError(f"{what} has dtype {x.dtype}: expected numbers, preferably float32.")
    if x.shape[1:] != tuple(shape) or x.ndim == 0:
        hint = " (one example: add the batch axis, x[None])" if x.shape == tuple(shape) else ""
        raise DataError(f"{what} has shape {list(x.shape)}: expected {_batch(shape)}{hint}.")
    if len(x) == 0:
        raise DataError(f"{what} is empty: expected {_batch(shape)} with N of 1 or more.")
    x = x.astype(np.float32, copy=False)
    # NaN and infinity show in these two. Small batches are served in microseconds, of which
    # min() and max() would take twice as many.
    low, high = float(np.minimum.reduce(x, axis=None)), float(np.maximum.reduce(x, axis=None))
    if not (math.isfinite(low) and math.isfinite(high)):
        rows = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        raise DataError(
            f"{what} has NaN or infinite values in {len(rows)} of {len(x)} rows, "
            f"first in row {rows[0]}: remove or fill them."
        )
    check_range(low, high, value_range, what=what, reason=reason)
    return x


def _batch(shape: Sequence[int]) -> str:
    return f"[N, {', '.join(map(str, shape))}]"


def check_range(
    low: float,
    high: float,
    value_range: tuple[float, float] | None,
    *,
    what: str = "x",
    reason: str = "",
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
        f"{value_range[0]:g} to {value_range[1]:g}; {scale}, or choose another likelihood."
    )


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


def check_labels(c: np.ndarray, num_classes: int) -> None:
    """Raises `DataError` unless c are labels: integers [N] from 0 to `num_classes` - 1, or -1
    where unknown, or probabilities of the classes, [N, num_classes]."""
    if c.shape[1:] not in ((), (num_classes,)):
        raise DataError(f"labels have shape {list(c.shape)}: expected [N] or [N, {num_classes}].")
    if c.dtype.kind not in "iufb" or (c.ndim == 1 and (c != np.round(c)).any()):
        raise DataError(f"labels have dtype {c.dtype}: expected integers.")
    if c.size and (c.min() < -1 or c.max() >= max(num_classes, 2)):
        raise DataError(
            f"labels go from {c.min()} to {c.max()}: expected 0 to {num_classes - 1}, "
            "or -1 where there is none."
        )


def positive(name: str, value: object) -> int:
    """`value` as an integer of 1 or more; raises `ConfigError` otherwise."""
    number = operator.index(value) if isinstance(value, SupportsIndex) else 0
    if number < 1 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 1 or more.")
    return number


def not_negative_integer(name: str, value: object) -> int:
    """`value` as an integer of 0 or more; raises `ConfigError` otherwise."""
    number = operator.index(value) if isinstance(value, SupportsIndex) else -1
    if number < 0 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 0 or more.")
    return number


def check_seed(seed: object) -> int:
    """`seed` as an integer that TensorFlow takes too; raises `ConfigError` otherwise."""
    number = operator.index(seed) if isinstance(seed, SupportsIndex) else -1
    if not 0 <= number < 2**31:
        raise ConfigError(f"seed={seed!r}: give an integer from 0 to 2^31 - 1.")
    return number


def above_zero(name: str, value: object) -> float:
    """`value` as a number above 0; raises `ConfigError` otherwise."""
    number = not_negative(name, value)
    if not number:
        raise ConfigError(f"{name}={value!r}: give a finite number above 0.")
    return number


def not_negative(name: str, value: object) -> float:
    """`value` as a finite number of 0 or more; raises `ConfigError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"{name}={value!r}: give a finite number of 0 or more.")
    return value
