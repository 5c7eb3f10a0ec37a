"""Arrays of an HDF5 file, which stay there where they are large."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo.datasets.base import Source
from vaezoo.datasets.own.memory import fits
from vaezoo.errors import DamagedFileError, need
from vaezoo.protocols import Array

SUFFIXES = (".h5", ".hdf5")


def read_hdf5(path: Path) -> dict[str, Source]:
    """The arrays of a file by name, "group/name" within groups.

    Raises:
        MissingExtraError: h5py is not installed.
        DamagedFileError: not a readable HDF5 file.
    """
    need("train", "h5py", f"reading {path.name}")
    import h5py

    found: dict[str, Source] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            small = fits(item.size * item.dtype.itemsize)
            found[name] = item[()] if small else RowsInHDF5(path, name, item.shape, item.dtype)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, ValueError) as error:
        raise DamagedFileError(f"{path} is not a readable HDF5 file ({error}).") from None
    return found


@dataclass(frozen=True)
class RowsInHDF5:
    """The rows of an array in an HDF5 file, read when needed."""

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Array) -> Array:
        import h5py

        with h5py.File(self.path, "r") as file:
            array = file[self.name]
            if isinstance(rows, slice):
                return np.asarray(array[rows])
            if not len(rows):
                return np.empty((0, *self.shape[1:]), self.dtype)
            once, places = np.unique(rows, return_inverse=True)  # rising, as h5py wants them
            return np.asarray(array[once])[places]
