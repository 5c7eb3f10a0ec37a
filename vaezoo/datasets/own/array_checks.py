"""Arrays of the user's own: whether they can be examples, and what in them is unexpected."""

from __future__ import annotations

import math

import numpy as np

from vaezoo.datasets.base import Source, chunks
from vaezoo.datasets.on_disk import Converted
from vaezoo.datasets.own.rows import taken
from vaezoo.errors import DataError
from vaezoo.protocols import Array

_CHANNELS = (1, 3, 4)
_NAMED = 5  # rows in a message


def checked(
    what: str, array: Source, *, counts: bool, skip_bad: bool
) -> tuple[Source, Array, list[str]]:
    """An array as examples: the source, the rows of it that are kept, and notes.

    Raises:
        DataError: no dtype or shape of examples, or values that are not finite.
    """
    _check_dtype(what, array.dtype, counts)
    _check_shape(what, array.shape)
    convert = _as_counts if counts else _convert
    source: Source = Converted(array, convert)
    rows, notes = np.arange(len(array)), []
    if array.dtype.kind == "f":
        finite, note = _survey(what, source)
        if not finite.all():
            notes.append(_not_finite(what, finite, skip_bad))
        rows, notes = np.flatnonzero(finite), [*notes, *(note if not counts else ())]
    if isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        source = convert(array)
    return taken(source, rows), rows, notes


def _check_dtype(what: str, dtype: np.dtype, counts: bool) -> None:
    if dtype in (np.uint8, np.bool_) or dtype.kind in ("fiub" if counts else "f"):
        return
    deep = "16-bit levels divided by 65535, " if dtype == np.uint16 else ""
    raise DataError(
        f"{what} has dtype {dtype}: expected uint8 (0…255), bool, or floats ({deep}classes as "
        "one-hot); counts of any dtype need counts=true (--set data.counts=true) and a likelihood "
        "of counts."
    )


def _check_shape(what: str, shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3, 4) or 0 in shape:
        raise DataError(
            f"{what} has shape {list(shape)}: expected [N, D], [N, H, W] or [N, H, W, C], "
            "with at least one of each."
        )
    if len(shape) == 4 and shape[1] in _CHANNELS and min(shape[2:]) > max(_CHANNELS):
        raise DataError(
            f"{what} has shape {list(shape)}, which looks like [N, C, H, W], channels first: "
            "expected [N, H, W, C]; save np.moveaxis(x, 1, -1)."
        )


def _survey(what: str, source: Source) -> tuple[Array, list[str]]:
    """Which rows are finite, and a note on their range, in one pass."""
    finite, low, high, whole = [], math.inf, -math.inf, True
    for x in chunks(source):
        flat = x.reshape(len(x), -1)
        finite.append(np.isfinite(flat).all(axis=1))
        right = flat[finite[-1]]
        if right.size:
            low, high = min(low, float(right.min())), max(high, float(right.max()))
            whole = whole and bool((right == np.round(right)).all())
    return np.concatenate(finite), range_note(what, low, high, len(source.shape) > 2, whole)


def range_note(what: str, low: float, high: float, images: bool, whole: bool) -> list[str]:
    """A note where floats are what bytes would be: images, or whole numbers, up to 255.

    Example:
        >>> range_note("x.npy", 0.0, 255.0, True, False)[0].split(":")[0]
        'x.npy has floats from 0 to 255, as bytes have'
        >>> range_note("x.npy", 0.0, 1.0, True, True)
        []
    """
    if not (low >= 0 and 255 >= high > (2 if images else 100) and (images or whole)):
        return []
    return [
        f"{what} has floats from {low:g} to {high:g}, as bytes have: saved as uint8 they are read "
        "as levels from 0 to 1; floats are taken as they are."
    ]


def _not_finite(what: str, finite: Array, skip_bad: bool) -> str:
    """A note that rows are left out. Raises `DataError` where they may not be."""
    rows = np.flatnonzero(~finite)
    others = ", ".join(map(str, rows[1:_NAMED]))
    more = f" (then {others}{', …' if len(rows) > _NAMED else ''})" if others else ""
    found = f"{what} has NaN or infinite values in {len(rows)} of {len(finite)} rows, first in row "
    if not skip_bad or not finite.any():
        raise DataError(
            f"{found}{rows[0]}{more}: remove or fill them; training leaves these rows out by "
            "--set data.skip_bad=true."
        )
    return f"{found}{rows[0]}{more}: they are left out."


def _convert(x: Array) -> Array:
    if x.dtype == np.bool_:
        x = x * np.uint8(255)
    elif x.dtype != np.uint8:
        x = x.astype(np.float32)
    return x[..., None] if x.ndim == 3 else x


def _as_counts(x: Array) -> Array:
    return _convert(x.astype(np.float32))
