"""A table's schema: what each column is, and how rows become numbers and return."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vaezoo._storage import fields, files
from vaezoo.errors import ConfigError, DamagedFileError, DataError, VaezooError, unknown_name
from vaezoo.protocols import Array
from vaezoo.tables.cells import MISSING, Columns
from vaezoo.tables.kinds import (
    Category,
    Column,
    Constant,
    Identifier,
    Learned,
    Number,
    column_of,
)
from vaezoo.tables.numbers import Grid

if TYPE_CHECKING:
    from vaezoo.tables.constraints import Constraints
    from vaezoo.tables.survey import Survey

MOST_COLUMNS = 5000


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in their order.

    A row becomes V values, one for each learned column: a number in its own unit, or the place of
    a label; then, for each column in which cells may be missing, 1 where there is one and 0 where
    it is missing, with a value of 0. `decode` of `encode` is the table again, to the last digit;
    models take the same numbers as float32.

    Attributes:
        columns: what each is.
        missing: texts of missing cells in files.
        rules: that every row obeys, as `vaezoo.tables.Rules.to_json` gives them.

    Example:
        >>> import numpy as np
        >>> from vaezoo.tables import Schema
        >>> table = {"age": np.array([34.0, 4.0, np.nan]), "sex": np.array(["m", "f", "m"])}
        >>> schema = Schema.infer(table)
        >>> [column.kind for column in schema.columns]
        ['number', 'category']
        >>> schema.encode(table)
        array([[34.,  1.,  1.,  1.],
               [ 4.,  0.,  1.,  1.],
               [ 0.,  1.,  0.,  1.]])
        >>> schema.decode(schema.encode(table))["age"]
        array([34.,  4., nan])
    """

    columns: tuple[Column, ...]
    missing: tuple[str, ...] = MISSING
    rules: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not 1 <= len(names) <= MOST_COLUMNS:
            raise ConfigError(
                f"a schema has {len(names):,} columns: expected 1 to {MOST_COLUMNS:,}."
            )
        if len({*names}) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ConfigError(f"a schema has two columns {twice!r}: give each its own name.")
        if not self.learned:
            kinds = ", ".join(sorted({column.kind for column in self.columns}))
            raise DataError(f"no column can be learned, all are of kind {kinds}: see the schema.")

    @classmethod
    def infer(
        cls,
        table: Columns | Iterable[Columns],
        *,
        rare: int = 0,
        leave_out: Sequence[str] = (),
        missing: Sequence[str] = MISSING,
    ) -> Schema:
        """What a table's columns are, as far as its cells say.

        Args:
            table: columns by name, [N] each; or pieces of such a table, for one that is larger
                than memory.
            rare: labels of fewer rows than these are pooled as "(other)".
            leave_out: columns that the schema is not to have.
            missing: texts of missing cells.

        Raises:
            DataError: no rows; free text, too many labels, infinite numbers, and whatever else no
                column can have. The message names row and column.
            UnknownNameError: a column to leave out that the table does not have.
        """
        from vaezoo.tables import infer
        from vaezoo.tables.survey import Survey

        surveys: dict[str, Survey] = {}
        for piece in [table] if isinstance(table, Mapping) else table:
            for name in leave_out:
                if name not in piece:
                    raise unknown_name("column", name, piece)
            for name in (name for name in piece if name not in leave_out):
                surveys.setdefault(name, Survey(name, missing)).add(np.asarray(piece[name]))
        if not surveys or not next(iter(surveys.values())).num:
            raise DataError("the table has no rows: expected a header, and a line for each row.")
        return cls(tuple(infer.columns_of(surveys, rare)), tuple(missing))

    @classmethod
    def of_numbers(cls, size: int) -> Schema:
        """So many columns of real numbers, without gaps."""
        return cls(tuple(Number(f"value {i}", "never") for i in range(size)))

    @functools.cached_property
    def learned(self) -> tuple[Learned, ...]:
        """The columns that a model learns."""
        return tuple(column for column in self.columns if isinstance(column, Learned))

    @functools.cached_property
    def with_gaps(self) -> tuple[int, ...]:
        """Places, among the learned columns, of those in which cells may be missing."""
        return tuple(i for i, column in enumerate(self.learned) if column.missing != "never")

    @functools.cached_property
    def constraints(self) -> Constraints | None:
        """The rules, to be checked and obeyed; None where there are none."""
        if self.rules is None:
            return None
        from vaezoo.tables.constraints import Constraints

        return Constraints(self)

    @property
    def width(self) -> int:
        """Numbers of an encoded row."""
        return len(self.learned) + len(self.with_gaps)

    @property
    def names(self) -> list[str]:
        """Of all columns."""
        return [column.name for column in self.columns]

    def encode(self, table: Columns, first: int = 0, *, absent: bool = False) -> Array:
        """Rows as numbers, float64, [N, width].

        Args:
            table: columns by name, in any order; others than the schema's are left out.
            first: the number of the first row, for messages.
            absent: whether columns that the table lacks are missing cells.

        Raises:
            DataError: a column is missing, or a cell is one that the schema does not have; the
                message names row and column.
        """
        num = self._check_names(table, absent)
        values = np.full((num, len(self.learned)), np.nan)
        for place, column in enumerate(self.learned):
            if column.name in table:
                cells = np.asarray(table[column.name])
                values[:, place] = column.read(cells, first, self.missing)
        return self.of_values(values)

    def _check_names(self, table: Columns, absent: bool) -> int:
        lacking = [column.name for column in self.learned if column.name not in table]
        if lacking and (not absent or len(lacking) == len(self.learned)):
            found = ", ".join(list(table)[:8]) + (", …" if len(table) > 8 else "")
            raise DataError(
                f"the table lacks the column {lacking[0]!r}"
                + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else "")
                + f": it has {found or 'none'}."
            )
        sizes = {len(np.asarray(column)) for column in table.values()}
        if len(sizes) != 1:
            raise DataError(
                f"the table's columns have {sorted(sizes)} rows: expected as many each."
            )
        if not (num := sizes.pop()):
            raise DataError("the table has no rows: expected a header, and a line for each row.")
        return num

    def observed(self, rows: Array) -> Array:
        """Which of the learned cells of encoded rows are there, bool, [N, V]."""
        seen = np.ones((len(self.learned), len(rows)), bool)
        seen[[*self.with_gaps]] = rows[:, len(self.learned) :].T > 0.5
        return seen.T

    def values(self, rows: Array) -> Array:
        """The learned cells of encoded rows, [N, V]: NaN in gaps."""
        return np.where(self.observed(rows), rows[:, : len(self.learned)], np.nan)

    def of_values(self, values: Array) -> Array:
        """Encoded rows of learned cells [N, V], NaN in gaps: the inverse of `values`."""
        seen = ~np.isnan(values)
        return np.concatenate([np.where(seen, values, 0), seen[:, self.with_gaps]], axis=1)

    def nearest(self, rows: Array) -> Array:
        """The nearest rows that encoded ones can be, float64, of the same shape: 0 in gaps."""
        flat = rows.reshape(-1, self.width).astype(np.float64)
        seen, columns = self.observed(flat), flat.T  # a view
        numbers, grid, labels, last = self._possible
        columns[numbers] = grid.nearest(columns[numbers].T).T
        columns[labels] = np.clip(np.rint(columns[labels]), 0, last[:, None])
        columns[: len(self.learned)] = np.where(seen.T, columns[: len(self.learned)], 0)
        columns[len(self.learned) :] = seen.T[[*self.with_gaps]]
        return flat.reshape(rows.shape)

    @functools.cached_property
    def _possible(self) -> tuple[Array, Grid, Array, Array]:
        """Places of numbers, and what they can be; of labels, and the last code of each."""
        pairs = list(enumerate(self.learned))
        numbers = {place: column for place, column in pairs if isinstance(column, Number)}
        last = {place: len(c.labels) - 1 for place, c in pairs if isinstance(c, Category)}
        places = (np.array([*found], np.int64) for found in (numbers, last))
        return next(places), Grid.of([*numbers.values()]), next(places), np.array([*last.values()])

    def decode(self, rows: Array, first: int = 0) -> dict[str, Array]:
        """Encoded rows [N, width], or the nearest that there can be, as columns by name, in their
        own units: numbers with NaN, dates with NaT, labels with None. Identifiers are made anew,
        from row `first` on."""
        return self.to_columns(self.nearest(rows), first)

    def to_columns(self, rows: Array, first: int = 0) -> dict[str, Array]:
        """`decode` of rows that there can be, as `nearest` gives them."""
        values, places = self.values(rows), {c.name: i for i, c in enumerate(self.learned)}
        table = {}
        for column in self.columns:
            if isinstance(column, Learned):
                table[column.name] = column.write(values[:, places[column.name]])
            elif isinstance(column, (Identifier, Constant)):
                table[column.name] = column.make(len(rows), first)
        return table

    def to_text(self, table: Columns) -> dict[str, list[str]]:
        """Columns in their own units as texts, "" where a cell is missing."""
        texts = {}
        for column in self.columns:
            cells = np.asarray(table[column.name])
            if isinstance(column, Learned):
                texts[column.name] = column.text(cells)
            elif isinstance(column, Constant):
                texts[column.name] = [column.value] * len(cells)
            else:
                texts[column.name] = [str(cell) for cell in cells.tolist()]
        return texts

    def to_dict(self) -> dict[str, Any]:
        """As TOML and manifests have it."""
        values: dict[str, Any] = {"columns": [column.to_dict() for column in self.columns]}
        if self.missing != MISSING:
            values = {"missing": list(self.missing), **values}
        return values if self.rules is None else {**values, "rules": dict(self.rules)}

    @classmethod
    def of_dict(cls, value: object) -> Schema:
        """From what `to_dict` gives, of a file from elsewhere.

        Raises:
            ValueError, ConfigError: it is none; the message names the column.
        """
        values, columns = fields.mapping(value), []
        unknown = {*values} - {"columns", "missing", "rules"}
        if unknown:
            raise ValueError(f"{sorted(unknown)[0]!r} is no key of a schema: columns, missing")
        rules = fields.mapping(values["rules"]) if "rules" in values else None
        for number, item in enumerate(fields.sequence(values["columns"], MOST_COLUMNS)):
            try:
                columns.append(column_of(item))
            except ConfigError:
                raise
            except ValueError as error:
                raise ValueError(f"columns[{number}]: {error}") from None
        missing = fields.sequence(values.get("missing", list(MISSING)), 100)
        schema = cls(tuple(columns), tuple(map(fields.text, missing)), rules)
        _ = schema.constraints  # which reads the rules
        return schema

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Schema:
        """From a .toml. Raises `DamagedFileError`."""
        path = Path(path)
        try:
            return cls.of_dict(files.read_toml(path))
        except DamagedFileError:
            raise
        except (KeyError, TypeError, ValueError, VaezooError) as error:
            reason = "it has no columns" if isinstance(error, KeyError) else error
            raise DamagedFileError(f"{path} is no schema: {reason}.".replace("..", ".")) from None

    def write(self, path: str | os.PathLike[str]) -> None:
        """To a .toml, to be read, and corrected by hand. Rules have a file of their own."""
        with files.replaced_file(path) as temporary:
            temporary.write_text(self.to_toml(), encoding="utf-8")

    def to_toml(self) -> str:
        """The text of a .toml."""
        values = self.to_dict()
        lines = [f"missing = {_toml(values['missing'])}", ""] if "missing" in values else []
        for column in values["columns"]:
            lines += ["[[columns]]", *(f"{key} = {_toml(v)}" for key, v in column.items()), ""]
        return "\n".join(lines)


def _toml(value: object) -> str:
    """A text, number, flag or list as TOML writes it: as JSON does, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
