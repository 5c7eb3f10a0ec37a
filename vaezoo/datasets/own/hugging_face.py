"""Folders of the package `datasets` of Hugging Face: saved to disk, or of Parquet files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from vaezoo.datasets.base import SPLITS, Source
from vaezoo.datasets.own.array_checks import checked
from vaezoo.datasets.own.memory import fits
from vaezoo.datasets.own.rows import OF_ALIAS, Reading, Rows, joined
from vaezoo.datasets.own.survey import read_pictures
from vaezoo.datasets.own.table import label_column
from vaezoo.errors import DamagedFileError, DataError, missing_package
from vaezoo.protocols import Array

_MARKS = ("dataset_dict.json", "dataset_info.json", "state.json")


def is_hugging_face(path: Path) -> bool:
    """Whether a folder was saved by `datasets`, or holds Parquet files of it."""
    return any((path / mark).is_file() for mark in _MARKS) or bool(_parquet(path))


def rows_of_hugging_face(path: Path, reading: Reading) -> Rows:
    """The column of images, or of arrays of one shape, and the others as columns.

    Raises:
        MissingExtraError: datasets is not installed.
        DamagedFileError: it cannot read the folder.
        DataError: no column holds examples, or several do.
    """
    tables = _tables(path)
    by_split = {OF_ALIAS[name]: table for name, table in tables.items() if name in OF_ALIAS}
    if len(tables) == 1:
        by_split = {"": next(iter(tables.values()))}
    elif len(by_split) < len(tables) or "train" not in by_split:
        raise DataError(f"{path} has the splits {', '.join(tables)}: expected train and test.")
    parts = {
        name: _rows(path, by_split[name], reading) for name in ("", *SPLITS) if name in by_split
    }
    if "" in parts:
        return parts[""]
    source, split, names = joined({name: part.source for name, part in parts.items()})
    columns = {
        name: np.concatenate([part.columns[name] for part in parts.values()])
        for name in parts["train"].columns
    }
    given = f"the data set's {', '.join(parts)}"
    notes = [note for part in parts.values() for note in part.notes]
    return Rows(source, names, columns, label_column(columns), split, given, notes)


def _parquet(path: Path) -> list[Path]:
    return sorted([*path.glob("*.parquet"), *path.glob("data/*.parquet")])


def _tables(path: Path) -> Mapping[str, Any]:
    try:
        import datasets
    except ImportError:
        raise missing_package("datasets", f"reading {path.name}") from None
    try:
        if files := _parquet(path):
            by_split: dict[str, list[str]] = {}
            for file in files:
                by_split.setdefault(file.stem.split("-")[0], []).append(str(file))
            return dict(datasets.load_dataset("parquet", data_files=by_split))
        found = datasets.load_from_disk(str(path))
    except Exception as error:  # Arrow and its own
        raise DamagedFileError(f"{path} cannot be read by datasets ({error}).") from None
    return dict(found) if isinstance(found, datasets.DatasetDict) else {"train": found}


def _rows(path: Path, table: Any, reading: Reading) -> Rows:
    import datasets

    images = [n for n, kind in table.features.items() if isinstance(kind, datasets.Image)]
    arrays = [n for n, kind in table.features.items() if _is_array(datasets, kind)]
    found = images or arrays
    if len(found) != 1:
        raise DataError(
            f"{path} has the columns {', '.join(table.features)}: expected one of images, or of "
            "arrays of one shape."
        )
    if images:
        files = _Encoded(table.cast_column(images[0], datasets.Image(decode=False)), images[0])
        source, kept, notes = read_pictures(str(path), files, reading)
    else:
        source, kept, notes = checked(
            f"{path}[{arrays[0]}]",
            _array(path, table, arrays[0]),
            counts=reading.counts,
            skip_bad=reading.skip_bad,
        )
    columns = {
        name: _values(table, name, kind)[kept]
        for name, kind in table.features.items()
        if name not in found and isinstance(kind, datasets.Value | datasets.ClassLabel)
    }
    return Rows(source, columns=columns, label_column=label_column(columns), notes=notes)


def _is_array(datasets: Any, kind: object) -> bool:
    named = ("Array2D", "Array3D", "Array4D", "Sequence", "List", "LargeList")
    return type(kind).__name__ in named


def _array(path: Path, table: Any, column: str) -> Source:
    """A column of arrays, in memory where it fits."""
    kind = table.features[column]
    while not hasattr(kind, "dtype") or kind.dtype in ("list", "dict"):  # lists of lists
        kind = kind.feature
    first = np.asarray(table[0][column])
    shape, dtype = (len(table), *first.shape), np.dtype(kind.dtype)
    source = RowsInTable(path, table, column, shape, dtype)
    small = fits(int(np.prod(shape)) * dtype.itemsize)
    return source[np.arange(len(table))] if small else source


@dataclass(frozen=True)
class RowsInTable:
    """A column of arrays of one shape, read when needed."""

    path: Path
    table: Any
    column: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Array) -> Array:
        if not len(rows):
            return np.empty((0, *self.shape[1:]), self.dtype)
        values = self.table[np.asarray(rows).tolist()][self.column]
        try:
            return np.array(values, self.dtype).reshape(len(rows), *self.shape[1:])
        except ValueError:
            raise DataError(
                f"{self.path}: arrays of {self.column} differ in shape: expected "
                f"{list(self.shape[1:])}."
            ) from None


def _values(table: Any, name: str, kind: Any) -> Array:
    """A column; class labels by their names."""
    values = table[name][:]
    names = getattr(kind, "names", None)
    if names is not None:
        values = ["" if v is None or v < 0 else names[v] for v in values]
    elif any(value is None for value in values):
        values = ["" if value is None else str(value) for value in values]
    return np.asarray(values)


@dataclass(frozen=True)
class _Encoded:
    """Images of a column, as they were stored."""

    table: Any
    column: str

    def __len__(self) -> int:
        return len(self.table)

    def name(self, row: int) -> str:
        return f"row {row}"

    def open(self, row: int) -> str | IO[bytes]:
        entry = self.table[int(row)][self.column]
        return io.BytesIO(entry["bytes"]) if entry["bytes"] is not None else str(entry["path"])
