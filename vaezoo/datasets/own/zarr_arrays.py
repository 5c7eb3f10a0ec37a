"""Arrays of a Zarr store, which stay there where they are large."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo.datasets.base import Source
from vaezoo.datasets.own.memory import fits
from vaezoo.errors import DamagedFileError, VaezooError, missing_package
from vaezoo.protocols import Array

_MARKS = (".zarray", ".zgroup", "zarr.json")


def is_zarr(path: Path) -> bool:
    """Whether a folder is a Zarr store."""
    return any((path / mark).is_file() for mark in _MARKS)


def read_zarr(path: Path) -> dict[str, Source]:
    """The arrays of a store by name.

    Raises:
        MissingExtraError: zarr is not installed.
        DamagedFileError: not a readable store.
    """
    try:
        import zarr
    except ImportError:
        raise missing_package("zarr", f"reading {path.name}") from None
    try:
        store = zarr.open(str(path), mode="r")
        arrays = dict(store.arrays()) if hasattr(store, "arrays") else {path.stem: store}
        return {str(name): _source(array) for name, array in arrays.items() if array.shape}
    except VaezooError:
        raise
    except Exception as error:  # its backends raise their own
        raise DamagedFileError(f"{path} is not a readable Zarr store ({error}).") from None


def _source(array: Any) -> Source:
    if fits(int(np.prod(array.shape)) * array.dtype.itemsize):
        return np.asarray(array[:])
    return RowsInZarr(array)


@dataclass(frozen=True)
class RowsInZarr:
    """The rows of an array in a Zarr store, read when needed."""

    array: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Array) -> Array:
        if isinstance(rows, slice):
            return np.asarray(self.array[rows])
        return np.asarray(self.array.oindex[np.asarray(rows, np.int64)])
