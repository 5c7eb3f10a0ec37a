"""Cells of a table as numbers or text: what is missing, and messages that name row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array

# A table: columns by name, each [N]: numbers with NaN, text with None, or dates with NaT.
Columns: TypeAlias = Mapping[str, Array]

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "?")
LARGEST = 1e15  # whose squares float32 holds
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_DATE = re.compile(r"[+-]?\d{4,6}-\d\d-\d\d")
_TIME = re.compile(r"[+-]?\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")


def is_number(text: str) -> bool:
    """Whether a cell is a number in digits.

    Example:
        >>> from vaezoo.tables.cells import is_number
        >>> [is_number(text) for text in ("1.5", "-2e3", "1,5", "1_000", "inf", "7 kg")]
        [True, True, False, False, False, False]
    """
    return _NUMBER.fullmatch(text) is not None


def has_comma(text: str) -> bool:
    """Whether a cell is a number with a decimal comma, which no thousands could be meant by."""
    return _COMMA.fullmatch(text) is not None and not has_thousands(text)


def has_thousands(text: str) -> bool:
    """Whether a cell could be a number with commas between thousands."""
    return _THOUSANDS.fullmatch(text) is not None


def is_infinite(text: str) -> bool:
    """Whether a cell says that it is infinite."""
    return text.lower().lstrip("+-") in ("inf", "infinity")


def date_unit(text: str) -> str | None:
    """ "D" for a date such as 1999-12-31, "s" for one with a time; None for no date that exists."""
    unit = "D" if _DATE.fullmatch(text) else "s" if _TIME.fullmatch(text) else None
    if unit is None:
        return None
    try:
        date_number(text, unit)
    except ValueError:
        return None
    return unit


def date_number(text: str, unit: str) -> float:
    """A date as days or seconds since 1970-01-01. Raises `ValueError` for a day that is none."""
    return float(np.array([text.replace(" ", "T")], f"M8[{unit}]").astype(np.int64)[0])


def as_text(column: Array, missing: Collection[str] = MISSING) -> Array:
    """Cells as text, an object array [N], with None where they are missing.

    Numbers have the digits that tell them from all others.
    """
    if column.dtype.kind == "M":
        texts = np.datetime_as_string(column).astype(object)
        texts[np.isnat(column)] = None
        return texts
    if column.dtype.kind == "b":
        return np.where(column, "True", "False").astype(object)
    if column.dtype.kind in "iuf":
        return _of_numbers(column)
    absent, values = frozenset(missing), column.tolist()
    if {*map(type, values)} <= {str, type(None)}:  # each distinct one once
        known = {value: _cell(value, absent) for value in {*values}}
        return _objects([*map(known.__getitem__, values)])
    return _objects([_cell(value, absent) for value in values])


def _of_numbers(column: Array) -> Array:
    whole = column.dtype.kind in "iu" or not (column != np.round(column))[~np.isnan(column)].any()
    small = np.abs(np.nan_to_num(column.astype(np.float64), posinf=1e300, neginf=-1e300)) < 1e15
    to_text = (lambda v: str(int(v))) if whole and small.all() else repr
    if column.dtype.kind in "iu":
        return _objects([str(v) for v in column.tolist()])
    return _objects([None if math.isnan(v) else to_text(v) for v in column.tolist()])


def _cell(value: object, missing: frozenset[str]) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    return None if text in missing else text


def _objects(values: list[str | None]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def to_floats(
    name: str, column: Array, first: int, missing: Collection[str], *, comma: bool = False
) -> Array:
    """Cells as float64, NaN where they are missing.

    Args:
        name: of the column, for messages.
        column: [N], numbers or text.
        first: the number of its first row, for messages.
        missing: texts of missing cells.
        comma: whether a comma stands before the decimals.

    Raises:
        DataError: a cell that is no finite number, or too large a one; it names row and column.
    """
    if column.dtype.kind in "iufb":
        numbers = column.astype(np.float64)
        if column.dtype.kind in "iu":
            wide = (column > 2**53) | (column < -(2**53))
            what = "has more digits than a number keeps: give it as text"
            refuse(name, column, wide, first, what)
    else:
        texts = as_text(column, missing)
        numbers = _parsed(name, texts, first, comma)
    large = np.abs(np.nan_to_num(numbers, nan=0.0, posinf=np.inf, neginf=-np.inf)) > LARGEST
    refuse(name, column, large, first, f"is no finite number up to {LARGEST:.0e}")
    return numbers


def _parsed(name: str, texts: Array, first: int, comma: bool) -> Array:
    values = texts.tolist()
    known = {t: _float(t.replace(",", ".") if comma else t) for t in {*values} - {None}}
    if None in known.values():
        wrong = np.array([t is not None and known[t] is None for t in values], bool)
        refuse(name, texts, wrong, first, "is no number")
    known[None] = math.nan
    return np.array([*map(known.__getitem__, values)], np.float64)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def refuse(name: str, column: Array, wrong: Array, first: int, what: str) -> None:
    """Raises `DataError` for the first wrong cell, with its row, column, content, and reason."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        shown = str(column[rows[0]])
        shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        raise DataError(f"column {name!r}, row {first + rows[0]}: {shown!r} {what}{more}.")


def parse_cells(
    column: Array, missing: Collection[str], parse: Callable[[str], float]
) -> tuple[Array, Array]:
    """Each distinct text once through `parse`: numbers [N], NaN where missing, and the texts."""
    texts = as_text(column, missing)
    known = {text: parse(text) for text in {*texts.tolist()} - {None}}
    known[None] = math.nan
    return np.array([*map(known.__getitem__, texts.tolist())], np.float64), texts
