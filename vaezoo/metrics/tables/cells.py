"""Tables as measures take them: columns by name, of numbers, dates or categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike

# Numbers with NaN for missing, datetime64 with NaT, or anything else with None: [N] each.
Table: TypeAlias = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Columns:
    """A table whose columns are of two kinds.

    Attributes:
        numbers: float64 with NaN for missing; of dates days since 1970.
        categories: strings, None for missing.
        num: N.
    """

    numbers: dict[str, Array]
    categories: dict[str, Array]
    num: int

    def missing(self) -> dict[str, Array]:
        """Which cells are missing, bool [N] each, numbers first."""
        numbers = {name: np.isnan(cells) for name, cells in self.numbers.items()}
        others = {name: cells == np.array(None) for name, cells in self.categories.items()}
        return {**numbers, **others}

    def take(self, rows: Array) -> Columns:
        """Some of the rows."""
        numbers = {name: cells[rows] for name, cells in self.numbers.items()}
        categories = {name: cells[rows] for name, cells in self.categories.items()}
        return Columns(numbers, categories, len(rows))


def columns_of(table: Table, what: str, like: Columns | None = None) -> Columns:
    """A table's columns.

    Args:
        table: by name.
        what: it is, for messages.
        like: a table whose columns it has to have, of the same kinds.

    Raises:
        DataError: no rows, columns of different lengths, or other columns.
    """
    arrays = {str(name): np.asarray(cells) for name, cells in table.items()}
    _check(arrays, what)
    if like is not None:
        _check_like(arrays, what, like)
    numeric = {name for name, cells in arrays.items() if cells.dtype.kind in "fiuM"}
    if like is not None:
        numeric = set(like.numbers)
    numbers = {name: _numbers(arrays[name], name, what) for name in arrays if name in numeric}
    categories = {name: _texts(cells) for name, cells in arrays.items() if name not in numeric}
    if like is not None:  # in its order
        numbers = {name: numbers[name] for name in like.numbers}
        categories = {name: categories[name] for name in like.categories}
    return Columns(numbers, categories, len(next(iter(arrays.values()))))


def _check(arrays: Mapping[str, Array], what: str) -> None:
    lengths = {len(cells) if cells.ndim == 1 else -1 for cells in arrays.values()}
    if len(lengths) != 1 or lengths & {0, -1}:
        shapes = {name: list(cells.shape) for name, cells in list(arrays.items())[:5]}
        raise DataError(f"{what} has columns of shapes {shapes}: expected [N] each, not 0.")


def _check_like(arrays: Mapping[str, Array], what: str, like: Columns) -> None:
    known = {*like.numbers, *like.categories}
    if known != set(arrays):
        raise DataError(
            f"{what} has other columns: it lacks {sorted(known - set(arrays))} and has "
            f"{sorted(set(arrays) - known)} besides; give the same columns."
        )


def _numbers(cells: Array, name: str, what: str) -> Array:
    if cells.dtype.kind == "M":
        days = cells.astype("datetime64[s]").astype(np.int64) / 86400
        return np.where(np.isnat(cells), np.nan, days)
    if cells.dtype.kind not in "fiub":
        raise DataError(
            f"column {name!r} of {what} has dtype {cells.dtype}: expected numbers, as in the real "
            "table."
        )
    numbers = cells.astype(np.float64)
    if np.isinf(numbers).any():
        raise DataError(f"column {name!r} of {what} has infinite numbers: leave them out.")
    return numbers


def _texts(cells: Array) -> Array:
    known = [None if cell is None or cell != cell else str(cell) for cell in cells.tolist()]
    texts = np.empty(len(known), object)
    texts[:] = known
    return texts


def codes(real: Array, other: Array) -> tuple[Array, Array, int]:
    """Numbers for the categories of two columns, from 0 on, and how many there are."""
    both = [None if cell is None else cell for cell in (*real.tolist(), *other.tolist())]
    places = {cell: place for place, cell in enumerate(dict.fromkeys(both))}
    numbers = np.fromiter((places[cell] for cell in both), np.int64, len(both))
    return numbers[: len(real)], numbers[len(real) :], len(places)
