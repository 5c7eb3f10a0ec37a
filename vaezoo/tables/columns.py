"""What all columns of a table have in common."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.cells import MISSING, refuse

WHY_MISSING = ("never", "ignored", "learned")


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
        """The cells of numbers that the column can have, NaN where missing, in its own units."""

    def text(self, cells: Array) -> list[str]:
        """Cells in the column's own units as a .csv has them; "" where they are missing."""
        return ["" if cell is None else str(cell) for cell in cells.tolist()]

    def check_missing(self, column: Array, values: Array, first: int) -> Array:
        """The same values. Raises `DataError` for a missing cell where there are never any."""
        if self.missing == "never":
            what = "is missing, which this column never is by the schema"
            refuse(self.name, column, np.isnan(values), first, what)
        return values
