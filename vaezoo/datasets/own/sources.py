"""What lies at a path, and who reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vaezoo._storage import memory
from vaezoo.datasets.base import Source
from vaezoo.datasets.on_disk import RowsOnDisk
from vaezoo.datasets.own import hdf5, hugging_face, zarr_arrays
from vaezoo.datasets.own.arrays import rows_of_arrays
from vaezoo.datasets.own.episodes import rows_of_episodes
from vaezoo.datasets.own.folder import rows_of_folder
from vaezoo.datasets.own.rows import Reading, Rows
from vaezoo.datasets.own.tabular import rows_of_table
from vaezoo.errors import DamagedFileError, DataError, VaezooError
from vaezoo.protocols import Array
from vaezoo.tables.frames import is_table
from vaezoo.world.episodes import is_collection


def open_rows(path: Path, reading: Reading) -> Rows:
    """All examples at a path, and what is known of each. Raises as `vaezoo.datasets.load`."""
    if is_collection(path):
        return rows_of_episodes(path, reading)
    if path.is_dir() and not zarr_arrays.is_zarr(path):
        if hugging_face.is_hugging_face(path):
            return hugging_face.rows_of_hugging_face(path, reading)
        return rows_of_folder(path, reading)
    if is_table(path):
        return rows_of_table(path, reading)
    arrays = _arrays(path)
    if not arrays:
        raise DataError(f"{path} is empty: expected at least one array.")
    return rows_of_arrays(path, arrays, reading)


def _arrays(path: Path) -> dict[str, Source]:
    if path.is_dir():
        return zarr_arrays.read_zarr(path)
    if path.suffix in hdf5.SUFFIXES:
        return hdf5.read_hdf5(path)
    if path.suffix in (".npy", ".npz"):
        return _of_numpy(path)
    raise DataError(
        f"{path}: expected a .npy, .npz, .h5 or .csv file, a folder of images, or one of Zarr or "
        "Hugging Face datasets."
    )


def _of_numpy(path: Path) -> dict[str, Source]:
    try:
        if path.suffix == ".npy":
            return {path.stem: _rows(np.load(path, mmap_mode="r", allow_pickle=False))}
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            _need_memory(path, content)
            return {name: content[name] for name in content.files}
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except VaezooError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib, tokenizer or array
        if "object" in str(error).lower():
            raise DataError(
                f"{path} holds Python objects: save a uint8 or float32 array instead."
            ) from None
        raise DamagedFileError(
            f"{path} is not a readable {path.suffix} file ({error}): save it again."
        ) from None


def _need_memory(path: Path, content: np.lib.npyio.NpzFile) -> None:
    """Of compressed arrays: a file of megabytes may hold gigabytes."""
    size = sum(member.file_size for member in content.zip.infolist()) if content.zip else 0
    advice = "save it as .npy, which is read in pieces, or fewer examples"
    memory.need(2 * size, f"{path}, which expands to {size:,} bytes,", advice)


def _rows(array: Array) -> Source:
    if isinstance(array, np.memmap) and array.flags.c_contiguous and array.ndim:
        return RowsOnDisk.of(array)
    return array
