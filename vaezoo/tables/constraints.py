"""Rules of a schema's columns: read for a training, carried by the schema, obeyed by its rows."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.tables.cells import Columns
from vaezoo.tables.columns import Learned
from vaezoo.tables.labels import Category, Ordinal
from vaezoo.tables.numbers import Date, Number
from vaezoo.tables.rules import Column, Rules
from vaezoo.tables.rules.columns import is_missing
from vaezoo.tables.rules.library import NUMPY, Library

if TYPE_CHECKING:
    from vaezoo.tables.schema import Schema


def facts_of(schema: Schema) -> dict[str, Column]:
    """What rules need to know of the columns that a schema learns."""
    return {column.name: _facts(column) for column in schema.learned}


def _facts(column: Learned) -> Column:
    nullable = column.missing != "never"
    if isinstance(column, (Category, Ordinal)):
        kind = "ordinal" if isinstance(column, Ordinal) else "category"
        return Column(kind, categories=column.labels, nullable=nullable)
    assert isinstance(column, Number)
    if isinstance(column, Date):
        in_days = column.unit == "D"
        low, high = (column.low, column.high) if in_days else (None, None)
        return Column("date", low, high, 1.0 if in_days else None, nullable=nullable)
    return Column("number", column.low, column.high, column.step or None, nullable=nullable)


def constrained(
    schema: Schema, path: str | os.PathLike[str], pieces: Iterable[Columns], *, allow: bool = False
) -> Schema:
    """The schema, with the rules of a .toml, which the data were checked against.

    Args:
        schema: of the data.
        path: of the rules: docs/rules.md has their grammar.
        pieces: of the data, as they are read.
        allow: whether data may break rules.

    Raises:
        ConfigError: rules that cannot be read, or that clash.
        DataError: the data break some, and that is not allowed.
    """
    table = _joined(schema.decode(schema.encode(piece)) for piece in pieces)
    cells = _as_labels(schema, table)
    rules = Rules.from_toml(path, facts_of(schema), cells)
    rules.check_data(cells, allow=allow)
    return dataclasses.replace(schema, rules=rules.to_json())


def _joined(pieces: Iterable[dict[str, Array]]) -> dict[str, Array]:
    every = list(pieces)
    return {name: np.concatenate([piece[name] for piece in every]) for name in every[0]}


def _as_labels(schema: Schema, table: Columns) -> dict[str, Array]:
    """Columns whose labels are numbers as texts: rules tell labels by their texts."""
    numeric = [c for c in schema.learned if isinstance(c, Category) and c.numeric]
    texts = {column.name: column.text(table[column.name]) for column in numeric}
    labels = {name: np.array([t or None for t in cells], object) for name, cells in texts.items()}
    return {**table, **labels}


class Constraints:
    """The rules that a schema carries.

    Args:
        schema: with rules.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema, self.rules = schema, Rules.from_json(schema.rules or {})

    def check(self, columns: Columns) -> dict[str, Array]:
        """Which rows break each rule, by its name, bool [N] each."""
        return self.rules.check(_as_labels(self.schema, columns))

    def repair(self, columns: Columns, keep: Sequence[str] = ()) -> dict[str, Array]:
        """The nearest rows that obey every rule; columns to keep stay as they are."""
        repaired = self.rules.repair(_as_labels(self.schema, columns), keep=self._ruled(keep))
        return {**columns, **self._as_numbers(repaired)}

    def repair_rows(self, rows: Array, keep: Sequence[str] = ()) -> Array:
        """`repair` of encoded rows that there can be, [N, width]."""
        values = self.schema.values(rows)
        numbers, learned = self._numbers(values), enumerate(self.schema.learned)
        repaired = self.rules.repair_numbers(numbers, len(rows), keep=self._ruled(keep))
        for place, column in learned:
            if column.name in repaired:
                values[:, place] = encoded(column, repaired[column.name])
        return self.schema.of_values(values)

    def check_rows(self, rows: Array) -> dict[str, Array]:
        """`check` of encoded rows, [N, width]."""
        return self.rules.check_numbers(self._numbers(self.schema.values(rows)), len(rows))

    def _numbers(self, values: Array) -> dict[str, Array]:
        """Learned cells [N, V], NaN in gaps, as rules compute on them."""
        return {
            column.name: computable(column, values[:, place])
            for place, column in enumerate(self.schema.learned)
            if column.name in self.rules.columns
        }

    def repair_gaps(self, columns: Columns, seen: Array) -> dict[str, Array]:
        """Rows that obey every rule, of which the cells that were there stay: a row whose own
        cells break a rule stays as it is. Each set of cells that are to stay, and that rules
        name, has a repair of its own.

        Args:
            columns: with their gaps filled.
            seen: which of the learned cells were there, bool, [N, V].
        """
        repaired = {name: np.array(cells) for name, cells in self.repair(columns).items()}
        changed = (self._changed(columns, repaired) & seen).any(axis=1)
        names = np.array([column.name for column in self.schema.learned], object)
        kept = seen & np.isin(names, self._ruled(names.tolist()))
        for pattern in np.unique(kept[changed], axis=0):
            rows = np.flatnonzero(changed & (kept == pattern).all(axis=1))
            self._keeping(columns, repaired, rows, names[pattern].tolist())
        left = (self._changed(columns, repaired) & seen).any(axis=1)
        return {name: np.where(left, columns[name], cells) for name, cells in repaired.items()}

    def _keeping(
        self, columns: Columns, repaired: dict[str, Array], rows: Array, keep: Sequence[str]
    ) -> None:
        """Writes rows whose kept columns did not change; those that cannot obey stay as they are,
        and are found by halves."""
        these = {name: np.asarray(cells)[rows] for name, cells in columns.items()}
        try:
            found = self.repair(these, keep)
        except (DataError, ConfigError):  # the own cells of some break a rule
            for half in np.array_split(rows, 2) if len(rows) > 1 else ():
                self._keeping(columns, repaired, half, keep)
            return
        for name, cells in found.items():
            repaired[name][rows] = cells

    def _ruled(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name in self.rules.columns]

    def _changed(self, before: Columns, after: Columns) -> Array:
        """Which learned cells differ, bool, [N, V]."""
        pairs = [(np.asarray(before[c.name]), after[c.name]) for c in self.schema.learned]
        return np.stack([(a != b) & ~(is_missing(a) & is_missing(b)) for a, b in pairs], axis=1)

    def _as_numbers(self, table: Mapping[str, Array]) -> dict[str, Array]:
        numeric = {c.name for c in self.schema.learned if isinstance(c, Category) and c.numeric}
        return {
            name: np.array([np.nan if cell is None else float(cell) for cell in cells.tolist()])
            if name in numeric
            else cells
            for name, cells in table.items()
        }


def computable(column: Learned, x: Array, library: Library = NUMPY) -> Array:
    """Encoded cells, NaN where missing, as rules compute on them."""
    if isinstance(column, (Category, Ordinal)):
        return library.where(library.isnan(x), float(len(column.labels)), x)
    return x / 86400.0 if isinstance(column, Date) and column.unit == "s" else x


def encoded(column: Learned, numbers: Array, library: Library = NUMPY) -> Array:
    """The inverse of `computable`."""
    if isinstance(column, (Category, Ordinal)):
        return library.where(numbers < len(column.labels), numbers, np.nan)
    in_seconds = isinstance(column, Date) and column.unit == "s"
    return library.rint(numbers * 86400.0) if in_seconds else numbers
