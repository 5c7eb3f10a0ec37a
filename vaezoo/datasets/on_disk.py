"""Arrays that stay on disk."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import Source
from vaezoo.errors import DataError
from vaezoo.protocols import Array


@dataclass(frozen=True)
class RowsOnDisk:
    """The rows of a .npy file, read when needed.

    Not through a memory map: the pages it has read count as this process's memory, which would
    grow to the size of the file.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype

    @classmethod
    def of(cls, array: np.memmap) -> RowsOnDisk:
        """The rows of a C-contiguous memory map."""
        return cls(Path(str(array.filename)), array.offset, array.shape, array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Array) -> Array:
        rows = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows)
        result = np.empty((len(rows), *self.shape[1:]), self.dtype)
        pieces = result.reshape(len(rows), math.prod(self.shape[1:])).view(np.uint8)
        with open(self.path, "rb", buffering=0) as file:
            for piece, row in zip(pieces, rows.tolist(), strict=True):
                file.seek(self.offset + row * piece.nbytes)
                if file.readinto(piece.data) != piece.nbytes:
                    raise DataError(f"{self.path} ends before row {row}: it has changed.")
        return result


@dataclass(frozen=True)
class Converted:
    """An array on disk whose examples are converted when they are read."""

    array: Source
    convert: Callable[[Array], Array]

    @cached_property
    def _sample(self) -> Array:
        return self.convert(self.array[np.arange(1)])

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.array), *self._sample.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        return self._sample.dtype

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, rows: Array) -> Array:
        return self.convert(np.asarray(self.array[rows]))
