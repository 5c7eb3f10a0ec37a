"""What rules know of a table's columns, and the columns as numbers to compute on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from typing import Literal, Protocol

import numpy as np

from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import Array, ArrayLike

_UNUSABLE = ("identifier", "text", "free text")


class ColumnFacts(Protocol):
    """What rules need to know of a column: the schema's columns have it, and `Column`.

    Attributes:
        kind: "category", "ordinal" (categories in their order), "date", or any kind of number.
        lower: least value, of a date in days since 1970; None where there is no bound.
        upper: greatest value.
        step: numbers are multiples of it: 1 for counts, 0.01 for two decimals; None: any number.
        categories: all there are, without the missing one; () for numbers and dates.
        nullable: whether cells may be missing.
    """

    @property
    def kind(self) -> str: ...
    @property
    def lower(self) -> float | None: ...
    @property
    def upper(self) -> float | None: ...
    @property
    def step(self) -> float | None: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def nullable(self) -> bool: ...


@dataclass(frozen=True)
class Column:
    """The facts of one column, by hand: `ColumnFacts` explains them.

    Example:
        >>> from vaezoo.tables.rules import Column
        >>> Column(lower=0, upper=80, step=1)
        Column(kind='number', lower=0, upper=80, step=1, categories=(), nullable=True)
    """

    kind: str = "number"
    lower: float | None = None
    upper: float | None = None
    step: float | None = None
    categories: tuple[str, ...] = ()
    nullable: bool = True

    @classmethod
    def of(cls, values: ArrayLike) -> Column:
        """The facts that a column's cells show: least and greatest number, decimals, categories.

        Args:
            values: numbers with NaN for missing, datetime64, or texts with None, [N].

        Raises:
            DataError: all are missing.

        Example:
            >>> Column.of([1.5, 2.25, float("nan")]).step
            0.01
        """
        cells = np.asarray(values)
        known = cells[~is_missing(cells)]
        if not len(known):
            raise DataError("a column has no values: leave it out of the rules.")
        if cells.dtype.kind not in "fiuM":
            return cls("category", categories=tuple(sorted({str(c) for c in known.tolist()})))
        kind = "date" if cells.dtype.kind == "M" else "number"
        numbers = as_numbers("values", cls(kind), known)
        step = _decimal_step(numbers)
        return cls(kind, float(numbers.min()), float(numbers.max()), step)


def _decimal_step(numbers: Array) -> float | None:
    """One of the last decimal that numbers have; None for more than nine."""
    for decimals in range(10):
        if np.array_equal(np.round(numbers, decimals), numbers):
            return float(f"1e-{decimals}")
    return None


@dataclass(frozen=True)
class Variable:
    """What one step of a repair decides: a number, a category, or whether a number is there.

    Attributes:
        column: that it belongs to.
        kind: which of these.
        values: categories; None is the missing one, and the last. False and True of a presence.
        step: of a number; None for any.
        lower: of a number; None for no bound.
        upper: likewise.
    """

    column: str
    kind: Literal["number", "choice", "presence"]
    values: tuple[object, ...] = ()
    step: Fraction | None = None
    lower: Fraction | None = None
    upper: Fraction | None = None

    @property
    def size(self) -> int:
        return len(self.values)


def is_finite(facts: ColumnFacts) -> bool:
    """Whether it is a column of categories."""
    return bool(facts.categories)


def variables_of(columns: Mapping[str, ColumnFacts]) -> list[Variable]:
    """The variables of columns: presences before their numbers.

    Raises:
        ConfigError: a column that no rule can be about.
    """
    variables: list[Variable] = []
    for name, facts in columns.items():
        if facts.kind in _UNUSABLE:
            raise ConfigError(
                f"column {name!r} is of kind {facts.kind}: rules are about numbers, dates and "
                "categories; leave it out of them."
            )
        variables += _choice(name, facts) if is_finite(facts) else _number(name, facts)
    return variables


def _choice(name: str, facts: ColumnFacts) -> list[Variable]:
    values = (*facts.categories, *((None,) if facts.nullable else ()))
    return [Variable(name, "choice", values)]


def _number(name: str, facts: ColumnFacts) -> list[Variable]:
    lower, upper = exact(facts.lower), exact(facts.upper)
    number = Variable(name, "number", (), step_of(facts), lower, upper)
    presence = [Variable(name, "presence", (False, True))] if facts.nullable else []
    return [*presence, number]


def step_of(facts: ColumnFacts) -> Fraction | None:
    """Of which a column's numbers are multiples: of dates a day, unless it says otherwise."""
    return exact(facts.step) or (Fraction(1) if facts.kind == "date" else None)


def exact(value: float | None) -> Fraction | None:
    """The fraction that a number is written as: 1/10 for 0.1. None for None and infinity."""
    if value is None or not np.isfinite(value):
        return None
    return Fraction(repr(float(value)))


def as_numbers(name: str, facts: ColumnFacts, values: Array) -> Array:
    """A column as rules compute on it: float64 with NaN for missing, days since 1970 for dates;
    codes of categories, int64, of which the last is the missing one.

    Raises:
        DataError: another type of data than the column's kind, or an unknown category.
    """
    values = np.asarray(values)
    if is_finite(facts):
        return _codes(name, facts, values)
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[s]")
        days = seconds.astype(np.int64) / 86400
        return np.where(np.isnat(values), np.nan, days)
    if values.dtype.kind not in "fiub":
        raise DataError(
            f"column {name!r} has dtype {values.dtype}: expected numbers, NaN where missing, as "
            f"its kind is {facts.kind}."
        )
    return values.astype(np.float64, copy=False)


def _codes(name: str, facts: ColumnFacts, values: Array) -> Array:
    where: dict[object, int] = {item: code for code, item in enumerate(facts.categories)}
    where[None] = len(where)
    codes = np.fromiter(map(where.get, values.tolist(), repeat(-1)), np.int64, len(values))
    if (codes < 0).any():
        codes[is_missing(values)] = where[None]
    for row in np.flatnonzero(codes < 0).tolist():
        codes[row] = _other_code(name, facts, values[row], row)
    return codes


def is_missing(values: Array) -> Array:
    """Which cells are None, NaN or NaT."""
    if values.dtype.kind == "O":
        return (values == np.array(None)) | (values != values)  # NaN alone is not itself
    if values.dtype.kind == "M":
        return np.isnat(values)
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def _other_code(name: str, facts: ColumnFacts, value: object, row: int) -> int:
    """The code of a cell that is no category as it stands, such as True for "True"."""
    if str(value) in facts.categories:
        return facts.categories.index(str(value))
    error = unknown_name(f"category of {name!r} in row {row}", value, facts.categories[:20])
    raise DataError(str(error))


def as_cells(variable: Variable, numbers: Array, like: Array) -> Array:
    """Numbers of `as_numbers`, in the type that the column has."""
    if variable.kind == "choice":
        table = np.array([*variable.values, None][: variable.size + 1], object)
        cells = table[np.minimum(numbers.astype(np.int64), variable.size)]
        return cells if like.dtype.kind == "O" or None in cells else cells.astype(str)
    if like.dtype.kind == "M":
        seconds = np.where(np.isnan(numbers), 0, np.rint(numbers * 86400)).astype(np.int64)
        dates = seconds.astype("datetime64[s]")
        return np.where(np.isnan(numbers), np.datetime64("NaT"), dates).astype(like.dtype)
    whole = like.dtype.kind in "iub" and not np.isnan(numbers).any()
    return numbers.astype(like.dtype) if whole else numbers
