"""A table in a file -> rows, encoded by its schema; in memory, or on disk where they are many."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import Source
from vaezoo.datasets.on_disk import RowsOnDisk
from vaezoo.datasets.own.memory import fits
from vaezoo.datasets.own.rows import Reading, Rows
from vaezoo.protocols import Array
from vaezoo.tables.constraints import constrained
from vaezoo.tables.frames import read_table
from vaezoo.tables.schema import Schema


def rows_of_table(path: Path, reading: Reading) -> Rows:
    """The rows of a .csv, .parquet and the like, read once for the schema and once for the rows.

    Raises:
        DataError: it cannot be read, or a cell is none that its column can have.
        DamagedFileError: the schema is none.
    """
    if reading.schema is None:
        pieces = read_table(path)
        schema = Schema.infer(pieces, rare=reading.rare, leave_out=reading.leave_out)
    else:
        schema = Schema.read(reading.schema)
    if reading.constraints is not None:
        allow = reading.allow_violations
        schema = constrained(schema, reading.constraints, read_table(path), allow=allow)
    source = _encoded(path, schema)
    return Rows(source, notes=_notes(schema), schema=schema.to_dict())


def _encoded(path: Path, schema: Schema) -> Source:
    """All rows, float32: in memory as far as they fit."""
    kept: list[np.ndarray] = []
    pieces, num = read_table(path), 0
    for piece in pieces:
        kept.append(_rows(schema, piece, num))
        num += len(kept[-1])
        if not fits(2 * num * 4 * schema.width):
            return _on_disk(schema, kept, pieces, num)
    return np.concatenate(kept)


def _rows(schema: Schema, piece: dict[str, Array], first: int) -> Array:
    return schema.encode(piece, first).astype(np.float32)


def _on_disk(
    schema: Schema, kept: list[Array], pieces: Iterator[dict[str, Array]], num: int
) -> Source:
    """In a file that goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="vaezoo_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open(folder / "rows", "wb") as file:
        for rows in kept:
            file.write(rows.tobytes())
        for piece in pieces:
            rows = _rows(schema, piece, num)
            file.write(rows.tobytes())
            num += len(rows)
    return RowsOnDisk(folder / "rows", 0, (num, schema.width), np.dtype(np.float32))


def _notes(schema: Schema) -> list[str]:
    """What each column was taken for, where that is not to be learned, or is worth a look."""
    left = [f"{c.name} ({c.kind})" for c in schema.columns if not c.is_learned]
    notes = [f"not learned: {', '.join(left)}"] if left else []
    gaps = sum(column.missing == "learned" for column in schema.learned)
    return [*notes, f"{len(schema.learned)} columns are learned, and the gaps of {gaps} of them"]
