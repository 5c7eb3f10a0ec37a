"""Tables in .csv files: read and written a piece at a time."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from vaezoo._storage import files
from vaezoo.errors import DataError
from vaezoo.protocols import Array

PIECE = 50_000  # rows
_DELIMITERS = ",;\t|"
_LARGEST_CELL = 10_000_000
_QUOTED = frozenset(',"\r\n')


def read_csv(path: str | os.PathLike[str], piece: int = PIECE) -> Iterator[dict[str, Array]]:
    """The columns of a .csv, in pieces of so many rows: texts, [N] each.

    Cells are separated by commas, semicolons, tabs or bars, whichever the header has most of;
    they may be in quotes, with line breaks in them. The file is UTF-8, or UTF-16 with its mark.

    Raises:
        DataError: it cannot be read, has no header, or a name twice, or lines of different
            length; the message names the line.
    """
    path = Path(path)
    try:
        with open(path, encoding=_encoding(path), newline="") as file:
            yield from _pieces(path, file, piece)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} has a byte in line {_line_of(path, error)} that is not {error.encoding}, as "
            "where encodings are mixed: save it as UTF-8."
        ) from None
    except (OSError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a .csv ({error}).") from None


def _encoding(path: Path) -> str:
    with open(path, "rb") as file:
        mark = file.read(2)
    return "utf-16" if mark in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _line_of(path: Path, error: UnicodeDecodeError) -> int:
    """The line of the first byte that cannot be decoded."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(error.encoding.replace("-sig", ""))
            except UnicodeDecodeError:
                return number
    return 1


def _pieces(path: Path, file: IO[str], piece: int) -> Iterator[dict[str, Array]]:
    csv.field_size_limit(_LARGEST_CELL)
    start = file.readline()
    file.seek(0)
    delimiter = max(_DELIMITERS, key=start.count)
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
    header = _header(path, next(reader, []))
    is_empty = True
    while rows := list(_rows(path, reader, len(header), piece)):
        is_empty = False
        yield dict(zip(header, map(_column, zip(*rows, strict=True)), strict=True))
    if is_empty:
        raise DataError(f"{path} has no rows: expected a header, and a line for each row.")


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not names or "" in names:
        place = names.index("") + 1 if names else 1
        raise DataError(f"{path} has no name in its header for column {place}: give each a name.")
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{path} has two columns {twice!r} in its header: give each its own name.")
    return names


def _rows(path: Path, reader: Iterator[list[str]], width: int, most: int) -> Iterator[list[str]]:
    """The next rows, without empty lines."""
    for row in itertools.islice((row for row in reader if row), most):
        if len(row) != width:
            line = reader.line_num  # type: ignore[attr-defined]
            raise DataError(
                f"{path} has {len(row)} cells in the row that ends in line {line}: expected "
                f"{width}, as in its header."
            )
        yield row


def _column(cells: Sequence[str]) -> Array:
    column = np.empty(len(cells), object)
    column[:] = cells
    return column


def write_csv(path: str | os.PathLike[str], pieces: Iterable[Mapping[str, Sequence[str]]]) -> int:
    """Writes texts by column, a piece after the other; the file is complete or absent.

    Returns:
        How many rows there are.
    """
    num = 0
    with (
        files.replaced_file(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as file,
    ):
        for piece in pieces:
            if not num:
                file.write(",".join(quoted(list(piece))) + "\n")
            num += _write_rows(file, list(piece.values()))
    return num


def write_lines(path: str | os.PathLike[str], pieces: Iterable[bytes]) -> None:
    """Writes lines that are bytes already; the file is complete or absent."""
    with files.replaced_file(path) as temporary, open(temporary, "wb") as file:
        file.writelines(pieces)


def _write_rows(file: IO[str], columns: Sequence[Sequence[str]]) -> int:
    columns = [quoted(column) for column in columns]
    lines = list(map(",".join, zip(*columns, strict=True)))
    if len(columns) == 1:  # an empty line would be no row
        lines = [line or '""' for line in lines]
    file.write("\n".join(lines) + "\n")
    return len(lines)


def quoted(cells: Sequence[str]) -> Sequence[str]:
    """The cells, in quotes where a reader needs them."""
    special = [cell for cell in {*cells} if not _QUOTED.isdisjoint(cell) or cell != cell.strip()]
    if not special:
        return cells
    in_quotes = {cell: '"' + cell.replace('"', '""') + '"' for cell in special}
    return [in_quotes.get(cell, cell) for cell in cells]
