"""Columns of what is known of examples: which are labels, and a .csv of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import numpy as np

from vaezoo.datasets.own.rows import as_split
from vaezoo.errors import DataError
from vaezoo.protocols import Array

LABELS = ("label", "labels", "y", "class", "classes", "category", "target", "targets")
_FILES = ("file", "filename", "file_name", "image", "path", "name")
_SPLITS = ("split", "set", "subset", "partition")
_SHOWN = 3


def label_column(columns: Mapping[str, Array]) -> str | None:
    """The column that holds labels: by its name, or as the only one that could."""
    named = [name for name in LABELS for column in columns if column.lower() == name]
    if named:
        return next(column for column in columns if column.lower() == named[0])
    able = candidates(columns)
    return able[0] if len(able) == 1 else None


def candidates(columns: Mapping[str, Array]) -> list[str]:
    """Columns that could hold labels: few values that occur often."""
    return [
        name
        for name, column in columns.items()
        if column.ndim == 1
        and name.lower() not in _SPLITS
        and 1 < len(np.unique(column)) <= len(column) / 2
    ]


def split_column(columns: Mapping[str, Array]) -> tuple[str, Array] | None:
    """A column that says which split each example belongs to, with the splits' names."""
    for name, column in columns.items():
        split = as_split(column) if name.lower() in _SPLITS else None
        if split is not None:
            return name, split
    return None


def find_table(folder: Path) -> Path | None:
    """The .csv that describes a folder's files: the only one in it, or `labels.csv` or
    `metadata.csv` of several; or the one beside it with its name."""
    inside = sorted(file for file in folder.glob("*.csv") if not file.name.startswith("."))
    usual = [file for file in inside if file.stem.lower() in ("labels", "metadata")]
    beside = folder.parent / f"{folder.resolve().name}.csv"
    if len(usual or inside) == 1:
        return (usual or inside)[0]
    return beside if beside.is_file() else None


@dataclass(frozen=True)
class Table:
    """What a .csv says of files.

    Attributes:
        columns: by name, strings, one for each file: "" where the table lacks it.
        known: which files the table has.
        mismatch: what does not match, in words; "" where all does.
    """

    columns: Mapping[str, Array]
    known: Array
    mismatch: str


def read_table(path: Path, names: Sequence[str]) -> Table | None:
    """The table of the named files in a .csv; None where it is about other things.

    Raises:
        DataError: it cannot be read, or lists a file twice.
    """
    header, lines = _read(path)
    found = _file_column(header, lines, names)
    if found is None:
        return None
    column, key = found
    where = {key(name): row for row, name in enumerate(names)}
    columns = {name: [""] * len(names) for name in header if name != header[column]}
    known, extra = np.zeros(len(names), bool), []
    for line in lines:
        row = where.get(key(line[column]))
        if row is None:
            extra.append(line[column])
        elif known[row]:
            raise DataError(f"{path} has two lines for {names[row]}: remove one.")
        else:
            known[row] = True
            for name, value in zip(header, line, strict=True):
                if name in columns:
                    columns[name][row] = value.strip()
    missing = [names[row] for row in np.flatnonzero(~known).tolist()]
    arrays = {name: np.array(values) for name, values in columns.items()}
    return Table(arrays, known, _mismatch(path, missing, extra, len(names)))


def few(names: Sequence[str]) -> str:
    """The first of some names.

    Example:
        >>> few(["a", "b", "c", "d"])
        'a, b, c, …'
    """
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _mismatch(path: Path, missing: Sequence[str], extra: Sequence[str], num: int) -> str:
    found = []
    if missing:
        found.append(f"has no line for {len(missing)} of {num} images ({few(missing)})")
    if extra:
        found.append(f"names {len(extra)} that are not there ({few(extra)})")
    return f"{path} {' and '.join(found)}" if found else ""


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header, and the lines of as many cells."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=first.count)
            rows = [row for row in csv.reader(file, delimiter=delimiter, strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a .csv ({error}): save it as UTF-8.") from None
    header = [name.strip() for name in rows[0]] if rows else []
    if len(header) < 2 or len(set(header)) < len(header):
        raise DataError(
            f"{path} has the columns {', '.join(header) or 'none'}: expected a header with a "
            "column of files and others of labels, each with a name of its own."
        )
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise DataError(
                f"{path} has {len(row)} cells in line {number + 1}: expected {len(header)}, as in "
                "its header."
            )
    return header, rows[1:]


Key: TypeAlias = Callable[[str], str]


def _file_column(
    header: Sequence[str], lines: Sequence[Sequence[str]], names: Sequence[str]
) -> tuple[int, Key] | None:
    """The column of files and how its values are compared with names: those that match most."""
    usual = [i for i, name in enumerate(header) if name.lower() in _FILES]
    best, most = None, 0
    for key in (_path, _stem_path, _name, _stem):
        known = {key(name) for name in names}
        if len(known) < len(names):
            continue
        for column in usual or range(len(header)):
            matches = sum(key(line[column]) in known for line in lines)
            if matches > most:
                best, most = (column, key), matches
    return best


def _path(value: str) -> str:
    return str(PurePosixPath(value.strip().replace("\\", "/")))


def _stem_path(value: str) -> str:
    return str(PurePosixPath(_path(value)).with_suffix("")) if value.strip() else ""


def _name(value: str) -> str:
    return PurePosixPath(_path(value)).name


def _stem(value: str) -> str:
    return PurePosixPath(_path(value)).stem
