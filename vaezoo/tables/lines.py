"""Rows of a table as lines of a .csv, many at once: bytes, without a text for each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.columns import Column
from vaezoo.tables.csv_files import quoted
from vaezoo.tables.kinds import Category, Constant, Date, Identifier, Learned, Number, Ordinal
from vaezoo.tables.schema import Schema

_PAD = 0xFF  # which no UTF-8 has: the rest of a cell that is shorter than others
_TABLE = 2**16  # most numbers of a column whose texts are kept
_COMMA, _POINT, _MINUS, _ZERO, _END = b",.-0\n"

# Numbers of a column [N], which of them are there, and the first row's number -> bytes [N, W].
Writer: TypeAlias = Callable[[Array, Array, int], Array]


class Lines:
    """Writes encoded rows, which have to be some that there can be, as lines of a .csv: the same
    bytes that `write_csv` writes of their texts.

    Args:
        schema: of the rows.

    Example:
        >>> import numpy as np
        >>> from vaezoo.tables import Schema
        >>> table = {"age": np.array([34, 4]), "sex": np.array(["m", "f"])}
        >>> schema = Schema.infer(table)
        >>> lines = Lines(schema)
        >>> lines.header + lines(schema.encode(table))
        b'age,sex\\n34,m\\n4,f\\n'
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.header = ",".join(quoted(schema.names)).encode() + b"\n"
        alone = len(schema.columns) == 1  # an empty line would be no row
        self._writers = [_writer(column, b'""' if alone else b"") for column in schema.columns]
        self._places = {column.name: place for place, column in enumerate(schema.learned)}

    def __call__(self, rows: Array, first: int = 0) -> bytes:
        """The lines of rows [N, width], of which the first is that of this number in its table."""
        seen = self.schema.observed(rows)
        nothing = np.zeros(len(rows)), np.ones(len(rows), bool)
        cells = []
        for column, write in zip(self.schema.columns, self._writers, strict=True):
            place = self._places.get(column.name)
            x, there = nothing if place is None else (rows[:, place], seen[:, place])
            cells.append(write(x, there, first))
        return _joined(cells, len(rows))


def _joined(cells: Sequence[Array], num: int) -> bytes:
    """Cells [num, W] each, with commas between them, and the ends of lines."""
    buffer = np.full((num, sum(each.shape[1] + 1 for each in cells)), _COMMA, np.uint8)
    buffer[:, -1] = _END
    start = 0
    for each in cells:
        buffer[:, start : start + each.shape[1]] = each
        start += each.shape[1] + 1
    return buffer[buffer != _PAD].tobytes()


def _writer(column: Column, empty: bytes) -> Writer:
    """What writes a column: from a table of its labels, digit by digit, or text by text."""
    if isinstance(column, (Category, Ordinal)):
        return _Labels(column.labels, empty)
    if isinstance(column, Constant):
        return _Labels((column.value,), empty)
    is_plain = not isinstance(column, Date)
    if isinstance(column, Number) and is_plain and column.decimals is not None and not column.comma:
        return _Numbers(column, empty)
    assert isinstance(column, (Learned, Identifier))
    return _Texts(column, empty)


class _Labels:
    """Of columns that have few different cells."""

    def __init__(self, labels: Sequence[str], empty: bytes) -> None:
        texts = [text.encode() or empty for text in quoted(labels)]
        self.table = _padded([*texts, empty])

    def __call__(self, x: Array, seen: Array, first: int) -> Array:
        places = np.where(seen, x, len(self.table) - 1).astype(np.intp)
        return np.asarray(self.table.take(places, axis=0))


class _Numbers:
    """Of numbers with so many decimals: from a table where there are few, else by their digits."""

    def __init__(self, column: Number, empty: bytes) -> None:
        self.decimals, self.empty = column.decimals or 0, _padded([empty])
        ends = [0.0, 10.0 * _TABLE]  # too many for a table
        if column.low is not None and column.high is not None:
            ends = [column.low, column.high, *column.special]
        counts = self._counts(np.array(ends))
        self.low, self.high = int(counts.min()), int(counts.max())
        self.table: Array | None = None

    def _counts(self, x: Array) -> Array:
        return np.rint(x * 10**self.decimals).astype(np.int64)

    def __call__(self, x: Array, seen: Array, first: int) -> Array:
        counts = np.where(seen, self._counts(np.where(seen, x, 0.0)), self.high + 1)
        beyond = (
            counts.min(initial=self.low) < self.low
            or counts[seen].max(initial=self.low) > self.high
        )
        if beyond or self.high - self.low >= min(_TABLE, 8 * len(x)):
            return self._texts(counts, ~seen)
        if self.table is None:  # with an empty cell at the end
            every = np.arange(self.low, self.high + 2)
            self.table = self._texts(every, every > self.high)
        return np.asarray(self.table.take(counts - self.low, axis=0))

    def _texts(self, counts: Array, missing: Array) -> Array:
        text = _digits(counts, self.decimals)
        if missing.any():
            text[missing] = _PAD
            text[missing, : self.empty.shape[1]] = self.empty
        return text


class _Texts:
    """Of all other columns: a text for each cell."""

    def __init__(self, column: Learned | Identifier, empty: bytes) -> None:
        self.column, self.empty = column, empty

    def __call__(self, x: Array, seen: Array, first: int) -> Array:
        if isinstance(self.column, Identifier):
            texts = [str(cell) for cell in self.column.make(len(x), first).tolist()]
        else:
            texts = self.column.text(self.column.write(np.where(seen, x, np.nan)))
        return _padded([text.encode() or self.empty for text in quoted(texts)])


def _digits(counts: Array, decimals: int) -> Array:
    """Whole numbers [N] as digits, with a point before the last of them: bytes, [N, W].

    Example:
        >>> bytes(_digits(np.array([1234]), 2)[0]).strip(b"\\xff")
        b'12.34'
    """
    left = np.abs(counts)
    most = int(left.max(initial=0))
    left = left.astype(np.uint32 if most < 2**32 else np.uint64)
    places = max(len(str(most)), decimals + 1)
    text = np.full((1 + places + (decimals > 0), len(counts)), _PAD, np.uint8)
    row = len(text) - 1
    for place in range(places):
        if decimals and place == decimals:
            text[row] = _POINT
            row -= 1
        rest = left // 10
        digit = left - 10 * rest + _ZERO
        text[row] = digit if place <= decimals else np.where(left > 0, digit, _PAD)
        left, row = rest, row - 1
    text[0] = np.where(counts < 0, _MINUS, _PAD)
    return text.T


def _padded(texts: Iterable[bytes]) -> Array:
    """Texts of different lengths, [N, W]."""
    every = list(texts)
    sizes = np.fromiter(map(len, every), np.int64, len(every))
    padded = np.full((len(every), sizes.max(initial=0)), _PAD, np.uint8)
    padded[np.arange(padded.shape[1]) < sizes[:, None]] = np.frombuffer(b"".join(every), np.uint8)
    return padded
