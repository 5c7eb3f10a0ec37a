"""Columns of numbers, counts and dates."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.tables.cells import MISSING, date_number, date_unit, parse_cells, refuse, to_floats
from vaezoo.tables.columns import Learned

MAPS = ("identity", "log", "logit")
MOST_SPECIAL = 3


@dataclass(frozen=True)
class Grid:
    """What cells of several columns of numbers can be, each array [V].

    Attributes:
        up, down: a column's numbers are multiples of down / up: one of them is 1.
        is_rounded: whether they are multiples of anything.
        low, high: bounds; infinite where there is none.
        special: other values that there are, [V, S]; NaN fills up.
    """

    up: Array
    down: Array
    is_rounded: Array
    low: Array
    high: Array
    special: Array

    @classmethod
    def of(cls, columns: Sequence[Number]) -> Grid:
        """That of columns."""
        special = np.full((len(columns), max((len(c.special) for c in columns), default=0)), np.nan)
        for row, column in enumerate(columns):
            special[row, : len(column.special)] = column.special
        steps = np.array([column.step or 1.0 for column in columns])
        parts = np.where(steps < 1, np.rint(1 / steps), 0)
        has_parts = (parts > 0) & (np.abs(parts * steps - 1) <= 1e-9)
        return cls(
            np.where(has_parts, parts, 1.0),
            np.where(has_parts, 1.0, steps),
            np.array([column.step > 0 for column in columns], bool),
            np.array([-np.inf if c.low is None else c.low for c in columns]),
            np.array([np.inf if c.high is None else c.high for c in columns]),
            special,
        )

    def rounded(self, x: Array) -> Array:
        """The nearest multiples, [N, V]: those that their digits stand for."""
        rounded = np.rint(x * self.up / self.down) * self.down / self.up + 0.0  # never -0
        return rounded if self.is_rounded.all() else np.where(self.is_rounded, rounded, x)

    def nearest(self, x: Array) -> Array:
        """The nearest numbers that cells can be, [N, V]."""
        near = np.clip(self.rounded(x), self.low, self.high)
        for special in self.special.T:
            is_special = np.abs(x - special) <= 1e-6 * np.maximum(1, np.abs(special))
            near = np.where(is_special, special, near)
        return near


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
        return np.array(values, np.float64)

    @functools.cached_property
    def grid(self) -> Grid:
        """What its cells can be."""
        return Grid.of([self])

    def nearest(self, values: Array) -> Array:
        return self.grid.nearest(np.asarray(values, np.float64)[:, None])[:, 0]

    def rounded(self, values: Array) -> Array:
        """The nearest multiples of the step: those that their digits stand for."""
        return self.grid.rounded(values[:, None])[:, 0]

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
        numbers = np.asarray(values, np.float64)
        known = ~np.isnan(numbers)
        dates = np.full(len(numbers), "NaT", f"M8[{self.unit}]")
        dates[known] = np.rint(numbers[known]).astype(np.int64).astype(f"M8[{self.unit}]")
        return dates

    def text(self, cells: Array) -> list[str]:
        return [text if text != "NaT" else "" for text in np.datetime_as_string(cells).tolist()]


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
