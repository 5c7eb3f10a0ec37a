"""Named arrays of one file -> examples, labels and further columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import SPLITS, Source
from vaezoo.datasets.own.array_checks import checked
from vaezoo.datasets.own.rows import OF_ALIAS, Reading, Rows, joined
from vaezoo.datasets.own.table import LABELS, label_column
from vaezoo.errors import DataError
from vaezoo.protocols import Array

_EXAMPLES = ("x", "images", "image", "data", "features", "samples", "inputs")


def rows_of_arrays(path: Path, arrays: Mapping[str, Source], reading: Reading) -> Rows:
    """Examples and what is known of them.

    Args:
        path: where they are, for messages.
        arrays: by name: one of examples, or those of the splits, such as "train" or "x_train";
            and beside it columns of a value for each example, such as "y" or "y_train".
        reading: how to read them.

    Raises:
        DataError: no such arrays, or they do not fit each other.
    """
    by_split: dict[str, dict[str, Source]] = {}
    for name, array in arrays.items():
        kind, split = _parsed(name)
        by_split.setdefault(split, {})[kind] = array
    whole = by_split.pop("", {})
    if len(arrays) == 1:  # the only array is examples, whatever its name
        whole, by_split = dict(arrays), {}
    if whole and not by_split:
        return _part(path, whole, reading)
    if whole or not {"train", "test"} <= by_split.keys():
        raise _unknown_names(path, arrays, sorted({"train", "test"} - by_split.keys()))
    parts = {split: by_split[split] for split in SPLITS if split in by_split}
    return _of_splits(path, {name: _part(path, part, reading) for name, part in parts.items()})


def _parsed(name: str) -> tuple[str, str]:
    """ "y_train" -> "y", "train"; "train" -> "x", "train"; "x" -> "x", ""."""
    parts = re.split("[_/]", name)
    if name in OF_ALIAS:
        return "x", OF_ALIAS[name]
    for place, alias in ((-1, parts[-1]), (0, parts[0])):
        if len(parts) > 1 and alias in OF_ALIAS:
            rest = parts[:-1] if place else parts[1:]
            return "_".join(rest), OF_ALIAS[alias]
    return name, ""


def _part(path: Path, arrays: Mapping[str, Source], reading: Reading) -> Rows:
    """The examples of one split, or all of them."""
    name = _examples(path, arrays)
    array = arrays[name]
    what = f"{path}[{name}]" if len(arrays) > 1 or path.suffix != ".npy" else str(path)
    source, kept, notes = checked(what, array, counts=reading.counts, skip_bad=reading.skip_bad)
    columns = {
        key: _column(path, key, column, len(array))[kept]
        for key, column in arrays.items()
        if key != name
    }
    return Rows(source, columns=columns, label_column=label_column(columns), notes=notes)


def _examples(path: Path, arrays: Mapping[str, Source]) -> str:
    """The name of the array that holds the examples."""
    others = [name for name, array in arrays.items() if _is_examples(name, array)]
    named = [name for name in _EXAMPLES if name in others]
    if len(arrays) == 1 or (len(others) == 1 and not named):
        return (others or list(arrays))[0]
    if len(named) != 1 or len(others) > 1:
        raise _unknown_names(path, arrays, ["train"])
    return named[0]


def _is_examples(name: str, array: Source) -> bool:
    return len(array.shape) > 1 and name not in LABELS and name != "attributes"


def _column(path: Path, name: str, column: Source, num: int) -> Array:
    values = np.asarray(column[np.arange(len(column))])
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind in "SO":  # as HDF5 has strings
        values = np.array([v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()])
    if len(values.shape) not in (1, 2) or len(values) != num:
        kind = "labels have" if name in LABELS else f"{name} has"
        raise DataError(
            f"{path}: {kind} shape {list(values.shape)} and dtype {values.dtype}: expected "
            f"[{num}], one value for each row."
        )
    return values


def _of_splits(path: Path, parts: Mapping[str, Rows]) -> Rows:
    shapes = {split: rows.source.shape[1:] for split, rows in parts.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(f"{path}: the splits' examples differ in shape: {shapes}.")
    source, split, names = joined({name: rows.source for name, rows in parts.items()})
    columns = {}
    for name in dict.fromkeys(key for rows in parts.values() for key in rows.columns):
        pieces = [rows.columns.get(name) for rows in parts.values()]
        columns[name] = _stacked(pieces, [len(rows.source) for rows in parts.values()])
    given = f"the file's {', '.join([*parts][:-1])} and {[*parts][-1]}"
    notes = [note for rows in parts.values() for note in rows.notes]
    return Rows(source, names, columns, label_column(columns), split, given, notes)


def _stacked(pieces: list[Array | None], sizes: list[int]) -> Array:
    """A column of all splits; those without it have none of its values: -1, NaN or ""."""
    kind = next(piece for piece in pieces if piece is not None)
    missing = {"U": "", "f": np.nan}.get(kind.dtype.kind, -1)
    absent = [np.full((size, *kind.shape[1:]), missing) for size in sizes]
    return np.concatenate([b if a is None else a for a, b in zip(pieces, absent, strict=True)])


def _unknown_names(path: Path, arrays: Mapping[str, Source], missing: list[str]) -> DataError:
    return DataError(
        f"{path} holds the arrays {', '.join(arrays)}: expected one array of examples (x), labels "
        "beside it (y), or train, validation and test with y_train and so on "
        f"({', '.join(missing)} is missing)."
    )
