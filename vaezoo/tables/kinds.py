"""What a column of a table can be, and how its cells become numbers and return."""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vaezoo._storage import fields
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.tables.cells import (
    MISSING,
    date_number,
    date_unit,
    is_number,
    parse_cells,
    refuse,
    to_floats,
)

MAPS = ("identity", "log", "logit")
WHY_MISSING = ("never", "ignored", "learned")
MOST_LABELS = 10_000
MOST_SPECIAL = 3


@dataclass(frozen=True)
class Column(abc.ABC):
    """A column of a table.

    Attributes:
        name: in the table's header.
    """

    name: str

    kind: ClassVar[str]
    is_learned: ClassVar[bool] = True
    follows: ClassVar[frozenset[str]] = frozenset({"name"})  # from others, or written first

    def to_dict(self) -> dict[str, Any]:
        """As TOML has it: without what is at its default."""
        values: dict[str, Any] = {"name": self.name, "kind": self.kind}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name not in self.follows and value != item.default and value is not None:
                values[item.name] = list(value) if isinstance(value, tuple) else value
        return values


@dataclass(frozen=True)
class Learned(Column, abc.ABC):
    """A column that a model learns.

    Attributes:
        missing: cells: "never", then one is an error; "ignored", missing at random, so that they
            contribute nothing to a likelihood; or "learned", which cells are missing is data too.
    """

    missing: str = "ignored"

    @abc.abstractmethod
    def read(self, column: Array, first: int = 0, missing: Sequence[str] = MISSING) -> Array:
        """Cells [N] as numbers, float64, NaN where they are missing.

        Args:
            column: numbers, text or dates.
            first: the number of its first row, for messages.
            missing: texts of missing cells.

        Raises:
            DataError: a cell that the column cannot have; the message names row and column.
        """

    @abc.abstractmethod
    def nearest(self, values: Array) -> Array:
        """The nearest numbers that cells of this column have, [N]."""

    @abc.abstractmethod
    def write(self, values: Array) -> Array:
        """The cells of such numbers in the column's own units: the nearest that it can have."""

    def text(self, cells: Array) -> list[str]:
        """Cells in the column's own units as a .csv has them; "" where they are missing."""
        return ["" if cell is None else str(cell) for cell in cells.tolist()]

    def check_missing(self, column: Array, values: Array, first: int) -> Array:
        """The same values. Raises `DataError` for a missing cell where there are never any."""
        if self.missing == "never":
            what = "is missing, which this column never is by the schema"
            refuse(self.name, column, np.isnan(values), first, what)
        return values


@dataclass(frozen=True)
class Number(Learned):
    """A number: any real, positive, bounded, or rounded.

    Attributes:
        step: to whose multiples cells are rounded, such as 0.01 or 1000; 0: not rounded.
        low, high: least and greatest value; None: there is none.
        map: before a density: "identity"; "log", of value - low + shift; or "logit", of the place
            between low and high, with shift on both sides.
        shift: of "log" and "logit", in the column's units.
        special: values with a probability of their own, such as a 0 that many rows have, or 999.
        comma: whether a comma stands before the decimals.
    """

    step: float = 0.0
    low: float | None = None
    high: float | None = None
    map: str = "identity"
    shift: float = 0.0
    special: tuple[float, ...] = ()
    comma: bool = False

    kind: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        wrong = _wrong_number(self)
        if wrong:
            raise ConfigError(f"column {self.name!r}: {wrong}.")

    def read(self, column: Array, first: int = 0, missing: Sequence[str] = MISSING) -> Array:
        values = self._numbers(column, first, missing)
        usual = ~np.isnan(values) & ~np.isin(values, self.special)
        for bound, wrong in ((self.low, np.less), (self.high, np.greater)):
            if bound is not None:
                what = f"is {'below' if wrong is np.less else 'above'} the schema's {bound:g}"
                refuse(self.name, column, usual & wrong(values, bound), first, what)
        if self.step:
            what = f"is no multiple of the schema's step {self.step:g}"
            with np.errstate(invalid="ignore"):
                uneven = np.abs(values - self.rounded(values)) > 1e-6 * self.step
            refuse(self.name, column, usual & uneven, first, what)
        return self.check_missing(column, values, first)

    def _numbers(self, column: Array, first: int, missing: Sequence[str]) -> Array:
        return to_floats(self.name, column, first, missing, comma=self.comma)

    def write(self, values: Array) -> Array:
        return self.nearest(values)

    def nearest(self, values: Array) -> Array:
        values = np.asarray(values, np.float64)
        if self.special:
            special = np.array(self.special)
            near = special[np.abs(values[:, None] - special).argmin(axis=1)]
            is_special = np.abs(values - near) <= 1e-6 * np.maximum(1, np.abs(near))
            return np.where(is_special, near, self._usual(values))
        return self._usual(values)

    def _usual(self, values: Array) -> Array:
        values = self.rounded(values)
        if self.low is not None or self.high is not None:
            values = np.clip(values, self.low, self.high)
        return values

    def rounded(self, values: Array) -> Array:
        """The nearest multiples of the step: those that their digits stand for."""
        if not self.step:
            return values
        parts = round(1 / self.step) if self.step < 1 else 0
        if parts and math.isclose(parts * self.step, 1, rel_tol=1e-9):
            return np.asarray(np.rint(values * parts) / parts + 0.0)
        return np.asarray(np.rint(values / self.step) * self.step + 0.0)

    @property
    def decimals(self) -> int | None:
        """Digits after the point; None: as many as it takes."""
        if not self.step:
            return None
        for digits in range(13):
            if math.isclose(self.step * 10**digits, round(self.step * 10**digits), rel_tol=1e-9):
                return digits
        return None

    def text(self, cells: Array) -> list[str]:
        values, inverse = np.unique(cells, return_inverse=True)
        form = "{!r}" if self.decimals is None else f"{{:.{self.decimals}f}}"
        texts = ["" if math.isnan(v) else form.format(v) for v in values.tolist()]
        if self.comma:
            texts = [text.replace(".", ",") for text in texts]
        return np.array(texts, object)[inverse].tolist()


def _wrong_number(column: Number) -> str:
    low, high, shift = column.low, column.high, column.shift
    if column.map not in MAPS:
        return f"map is {column.map!r}: expected one of {', '.join(MAPS)}"
    if column.step < 0 or shift < 0 or len(column.special) > MOST_SPECIAL:
        return f"expected step and shift of 0 or more, and up to {MOST_SPECIAL} special values"
    if low is not None and high is not None and not low < high:
        return f"low is {low:g} and high is {high:g}: expected a low below the high"
    if (column.map != "identity" and low is None) or (column.map == "logit" and high is None):
        return f"map {column.map!r} needs low{' and high' if column.map == 'logit' else ''}"
    if column.step and column.map != "identity" and shift <= column.step / 2:
        return f"shift is {shift:g}: expected more than half of the step {column.step:g}"
    return ""


@dataclass(frozen=True)
class Count(Number):
    """A number of things: 0, 1, 2, …"""

    step: float = 1.0
    low: float | None = 0.0

    kind: ClassVar[str] = "count"


@dataclass(frozen=True)
class Date(Number):
    """A date, as days since 1970-01-01, or with a time, as seconds.

    Attributes:
        unit: "D" or "s".
    """

    step: float = 1.0
    unit: str = "D"

    kind: ClassVar[str] = "date"

    def _numbers(self, column: Array, first: int, missing: Sequence[str]) -> Array:
        if column.dtype.kind != "M":
            return self._of_text(column, first, missing)
        numbers = column.astype(f"M8[{self.unit}]").astype(np.int64).astype(np.float64)
        return np.where(np.isnat(column), np.nan, numbers)

    def _of_text(self, column: Array, first: int, missing: Sequence[str]) -> Array:
        def parse(text: str) -> float:
            if date_unit(text) is None:
                return math.inf
            return date_number(text, self.unit)

        numbers, texts = parse_cells(column, missing, parse)
        what = "is no date such as 1999-12-31"
        refuse(self.name, texts, np.isinf(numbers), first, what)
        return numbers

    def write(self, values: Array) -> Array:
        numbers = self.nearest(values)
        known = ~np.isnan(numbers)
        dates = np.full(len(numbers), "NaT", f"M8[{self.unit}]")
        dates[known] = numbers[known].astype(np.int64).astype(f"M8[{self.unit}]")
        return dates

    def text(self, cells: Array) -> list[str]:
        return [text if text != "NaT" else "" for text in np.datetime_as_string(cells).tolist()]


@dataclass(frozen=True)
class Category(Learned):
    """One of several labels, without an order.

    Attributes:
        labels: all that there are.
        pooled: the label that stands for those too rare to be learned; None: there is none, and an
            unknown label is an error.
        numeric: whether the labels are numbers, as 0 and 1 are.
    """

    labels: tuple[str, ...] = ()
    pooled: str | None = None
    numeric: bool = False

    kind: ClassVar[str] = "category"

    def __post_init__(self) -> None:
        if not 1 <= len(self.labels) <= MOST_LABELS or len({*self.labels}) < len(self.labels):
            raise ConfigError(
                f"column {self.name!r} has {len(self.labels):,} labels: expected 1 to "
                f"{MOST_LABELS:,}, each once; pool the rare ones, or leave the column out."
            )
        if self.numeric and not all(map(is_number, self.labels)):
            raise ConfigError(f"column {self.name!r} is numeric, and its labels are no numbers.")
        if self.pooled is not None and self.pooled not in self.labels:
            raise ConfigError(
                f"column {self.name!r}: pooled {self.pooled!r} is none of its labels."
            )

    def read(self, column: Array, first: int = 0, missing: Sequence[str] = MISSING) -> Array:
        codes = {label: float(code) for code, label in enumerate(self.labels)}
        other = math.inf if self.pooled is None else codes[self.pooled]
        numbers = {float(label): codes[label] for label in self.labels} if self.numeric else {}

        def parse(text: str) -> float:
            return codes.get(text, numbers.get(_float(text), other) if numbers else other)

        absent = [text for text in missing if text not in codes]
        values, texts = parse_cells(column, absent, parse)
        near = ", ".join(self.labels[:4]) + (", …" if len(self.labels) > 4 else "")
        what = f"is none of the column's labels, {near}"
        refuse(self.name, texts, np.isinf(values), first, what)
        return self.check_missing(texts, values, first)

    def nearest(self, values: Array) -> Array:
        return np.clip(np.rint(values), 0, len(self.labels) - 1)

    def write(self, values: Array) -> Array:
        known = ~np.isnan(values)
        codes = self.nearest(np.where(known, values, 0)).astype(int)
        if self.numeric:
            return np.where(known, np.array(self.labels, np.float64)[codes], np.nan)
        cells = np.array(self.labels, object)[codes]
        cells[~known] = None
        return cells

    def text(self, cells: Array) -> list[str]:
        if not self.numeric:
            return super().text(cells)
        texts = {float(label): label for label in self.labels}
        return [texts.get(cell, "") for cell in cells.tolist()]


@dataclass(frozen=True)
class YesNo(Category):
    """One of two labels, such as Yes and No, or 0 and 1."""

    kind: ClassVar[str] = "yes_no"


@dataclass(frozen=True)
class Ordinal(Number):
    """One of several labels in an order, which are learned as their ranks.

    Attributes:
        labels: from the lowest to the highest.
    """

    step: float = 1.0
    labels: tuple[str, ...] = ()

    kind: ClassVar[str] = "ordinal"
    follows: ClassVar[frozenset[str]] = frozenset({"name", "low", "high"})

    def __post_init__(self) -> None:
        if len({*self.labels}) < max(2, len(self.labels)):
            raise ConfigError(f"column {self.name!r}: expected two labels or more, each once.")
        object.__setattr__(self, "low", 0.0)
        object.__setattr__(self, "high", float(len(self.labels) - 1))
        super().__post_init__()

    def _numbers(self, column: Array, first: int, missing: Sequence[str]) -> Array:
        return Category(self.name, "ignored", self.labels).read(column, first, missing)

    def write(self, values: Array) -> Array:
        return Category(self.name, labels=self.labels).write(self.nearest(values))

    def text(self, cells: Array) -> list[str]:
        return Category(self.name, labels=self.labels).text(cells)


@dataclass(frozen=True)
class Identifier(Column):
    """A key that is never learned, and made anew: prefix and number, from `start` on.

    Attributes:
        prefix: of text; "" for whole numbers.
        start: the first number.
    """

    prefix: str = ""
    start: int = 1

    kind: ClassVar[str] = "identifier"
    is_learned: ClassVar[bool] = False

    def make(self, num: int, first: int = 0) -> Array:
        """New ones, of rows from `first` on."""
        numbers = np.arange(self.start + first, self.start + first + num)
        if not self.prefix:
            return numbers
        return np.array([f"{self.prefix}{number}" for number in numbers.tolist()], object)


@dataclass(frozen=True)
class Constant(Column):
    """The same cell in every row.

    Attributes:
        value: as text; "" where all are missing.
        numeric: whether it is a number.
    """

    value: str = ""
    numeric: bool = False

    kind: ClassVar[str] = "constant"
    is_learned: ClassVar[bool] = False

    def make(self, num: int, first: int = 0) -> Array:
        """The cell, `num` times."""
        if self.numeric:
            return np.full(num, float(self.value))
        cells = np.empty(num, object)
        cells[:] = self.value or None
        return cells


KINDS: Mapping[str, type[Column]] = {
    kind.kind: kind
    for kind in (Number, Count, Ordinal, Category, YesNo, Date, Identifier, Constant)
}


def column_of(values: object) -> Column:
    """A column from a table of TOML or of a manifest.

    Raises:
        ValueError: no column, or an unknown kind or key.
        ConfigError: values that do not fit together.
    """
    given = dict(fields.mapping(values))
    kind = KINDS[fields.choice(given.pop("kind", None), KINDS)]
    known = {item.name: str(item.type) for item in dataclasses.fields(kind)}
    for key, value in given.items():
        if key not in known:
            raise ValueError(
                f"{key!r} is no key of a column of kind {kind.kind}: {', '.join(known)}"
            )
        given[key] = _value(key, known[key], value)
    try:
        return kind(**given)
    except TypeError:
        raise ValueError("a column has no name") from None


def _value(key: str, annotation: str, value: object) -> Any:
    if key == "missing":
        return fields.choice(value, WHY_MISSING)
    if key == "unit":
        return fields.choice(value, ("D", "s"))
    if annotation.startswith("tuple[str"):
        return tuple(_label(item) for item in fields.sequence(value, MOST_LABELS))
    if annotation.startswith("tuple[float"):
        return tuple(float(fields.number(item)) for item in fields.sequence(value, MOST_SPECIAL))
    if annotation.startswith("str") and key != "name":
        return _label(value)
    check: dict[str, Callable[[object], Any]] = {
        "bool": fields.flag,
        "int": fields.whole,
        "float": fields.number,
    }
    check |= {"float | None": fields.number}
    return check.get(annotation, fields.text)(value)


def _float(text: str) -> float:
    return float(text) if is_number(text) else math.nan


def _label(value: object) -> str:
    """Cells may have several lines."""
    if isinstance(value, str) and len(value) <= fields.LONGEST:
        return value
    raise ValueError(f"{value!r} is no text of up to {fields.LONGEST:,} characters")


__all__ = [
    "KINDS", "Category", "Column", "Constant", "Count", "DataError", "Date", "Identifier",
    "Learned", "Number", "Ordinal", "YesNo", "column_of",
]  # fmt: skip
