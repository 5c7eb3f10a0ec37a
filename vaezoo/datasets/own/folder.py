"""A folder of images: labels by folder or by a .csv, splits by folder or by a column of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaezoo.datasets.own.listing import Listing
from vaezoo.datasets.own.rows import OF_ALIAS, Reading, Rows
from vaezoo.datasets.own.survey import read_pictures
from vaezoo.datasets.own.table import find_table, label_column, read_table
from vaezoo.errors import DataError
from vaezoo.protocols import Array

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
FOLDER = "folder"  # the column of class folders


@dataclass(frozen=True)
class ImageFiles:
    """Images below a folder, by name relative to it."""

    folder: Path
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def name(self, row: int) -> str:
        return self.names[row]

    def open(self, row: int) -> str:
        return str(self.folder / self.names[row])


def rows_of_folder(folder: Path, reading: Reading) -> Rows:
    """Images below a folder, each with the names of its class folder and of its split's.

    Raises:
        DataError: no images, some that cannot be read, or a .csv that does not match them.
    """
    listing = Listing(folder, SUFFIXES)
    if not listing.names:
        raise DataError(f"{folder} holds no images: expected {', '.join(sorted(SUFFIXES))}.")
    notes = list(listing.notes)
    names, columns = _described(folder, listing.names, reading, notes)
    source, kept, found = read_pictures(str(folder), ImageFiles(folder, names), reading)
    split = _folders_of_splits(names)
    columns |= _classes(names, split is not None)
    return Rows(
        source,
        [names[row] for row in kept],
        {name: column[kept] for name, column in columns.items()},
        label_column(columns),
        None if split is None else split[kept],
        "" if split is None else f"the folders {_listed(names)}",
        (*notes, *found),
    )


def _described(
    folder: Path, names: list[str], reading: Reading, notes: list[str]
) -> tuple[list[str], dict[str, Array]]:
    """The files and the columns of the folder's .csv, if it has one.

    Raises:
        DataError: it does not match the files.
    """
    path = find_table(folder)
    table = None if path is None else read_table(path, names)
    if table is None:
        if path is not None:
            notes.append(f"{path} names none of the images: it is not read.")
        return names, {}
    if not table.mismatch:
        return names, dict(table.columns)
    if not reading.skip_bad:
        raise DataError(
            f"{table.mismatch}: correct it (an empty cell is an unknown label); training leaves "
            "these out by --set data.skip_bad=true."
        )
    notes.append(f"{table.mismatch}: these are left out.")
    kept = np.flatnonzero(table.known)
    columns = {name: column[kept] for name, column in table.columns.items()}
    return [names[row] for row in kept], columns


def _folders_of_splits(names: list[str]) -> Array | None:
    """The split of each file, where the folders at the top are train, test, and so on."""
    tops = [name.split("/", 1)[0].lower() if "/" in name else "" for name in names]
    splits = {OF_ALIAS.get(top) for top in set(tops)}
    if None in splits or not {"train"} < splits:
        return None
    return np.array([OF_ALIAS[top] for top in tops])


def _classes(names: list[str], have_splits: bool) -> dict[str, Array]:
    """The folder of each file, below that of its split, if every file is in one."""
    parts = [name.split("/")[have_splits:-1] for name in names]
    if not all(parts):
        return {}
    return {FOLDER: np.array([folders[0] for folders in parts])}


def _listed(names: list[str]) -> str:
    """The folders at the top, in words."""
    *first, last = sorted({name.split("/", 1)[0] for name in names}, key=_order)
    return f"{', '.join(first)} and {last}"


def _order(folder: str) -> int:
    return list(OF_ALIAS.values()).index(OF_ALIAS[folder.lower()])


def parent_folders(names: list[str]) -> Array:
    """The folder of each file, a group of `split_by`.

    Example:
        >>> parent_folders(["a/1/x.png", "y.png"]).tolist()
        ['a/1', '']
    """
    return np.array([name.rpartition("/")[0] for name in names])


def prefixes(names: list[str]) -> Array:
    """What comes before the first "_" or "-" of each file's name, a group of `split_by`.

    Example:
        >>> prefixes(["a/p12_03.png", "b/p7-1.png"]).tolist()
        ['p12', 'p7']
    """
    stems = [name.rpartition("/")[2].rpartition(".")[0].replace("-", "_") for name in names]
    return np.array([stem.partition("_")[0] for stem in stems])
