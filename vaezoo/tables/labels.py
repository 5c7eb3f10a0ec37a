"""Columns of labels, with or without an order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.tables.cells import MISSING, is_number, parse_cells, refuse
from vaezoo.tables.columns import Learned
from vaezoo.tables.numbers import Number

MOST_LABELS = 10_000


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
        return Category(self.name, labels=self.labels).write(values)

    def text(self, cells: Array) -> list[str]:
        return Category(self.name, labels=self.labels).text(cells)


def _float(text: str) -> float:
    return float(text) if is_number(text) else math.nan
