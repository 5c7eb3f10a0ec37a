"""Weights files: written whole or not at all, checked before Keras opens them."""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras

from vaezoo._core.components import FORMER_NAMES
from vaezoo._storage import files
from vaezoo.errors import DamagedFileError


def write_weights(model: keras.Model, path: Path) -> None:
    """`save_weights`, with the optimiser's state if there is one; the file is whole or absent."""
    variables = [*model.weights, *(model.optimizer.variables if model.compiled else [])]
    size = sum(math.prod(variable.shape) * 4 for variable in variables)
    with files.replaced_file(path) as temporary:
        files.reserve(temporary, 2 * size + 2**16)  # HDF5 needs room for its tables
        model.save_weights(temporary)


def load_weights(model: keras.Model, path: Path) -> None:
    """`load_weights`, also of files that name a component's class as earlier versions did."""
    with h5py.File(path, "r") as file:
        names = [name for name in FORMER_NAMES if f"layers/{name}" in file]
    if not names:
        with _complete():
            model.load_weights(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, Path(folder) / path.name))
        with h5py.File(copy, "r+") as file:
            for name in names:
                file.move(f"layers/{name}", f"layers/{FORMER_NAMES[name]}")
        with _complete():
            model.load_weights(copy)


@contextlib.contextmanager
def _complete() -> Iterator[None]:
    """Raises `ValueError` where Keras would warn that a file lacks weights, and go on without."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Skipping nested container", UserWarning)
        try:
            yield
        except UserWarning:
            raise ValueError("its weights file lacks layers that its configuration has") from None


def saved_optimizers(path: str | os.PathLike[str]) -> dict[str, int]:
    """Numbers of the variables of optimisers in a file of `save_weights` or `save`, by the model's
    attribute; step count and learning rate are there before the first step too."""
    try:
        with contextlib.ExitStack() as stack:
            file: object = path
            if str(path).endswith(".keras"):
                archive = stack.enter_context(zipfile.ZipFile(path))
                file = io.BytesIO(archive.read("model.weights.h5"))
            weights = stack.enter_context(h5py.File(file, "r"))
            names = [name for name in weights if name.endswith("optimizer")]
            return {name: sum(1 for _ in _bytes_of(weights[name], set())) for name in names}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}  # loading it says what is wrong


def check_weights(path: Path, named: Path | None = None) -> None:
    """Raises `DamagedFileError` unless a weights file is what Keras writes: arrays as large as
    they claim to be, in groups, and nothing that leads to other files or back up.

    `named` is the path in messages, where it is another."""
    named = named or path
    try:
        with h5py.File(path, "r") as file:
            claimed = sum(_bytes_of(file, set()))
    except (OSError, RuntimeError, ValueError, KeyError, RecursionError) as error:
        raise DamagedFileError(
            f"{named} holds no weights that are safe to read: {error}."
        ) from None
    if claimed > path.stat().st_size:
        raise DamagedFileError(
            f"{named} has {path.stat().st_size:,} bytes and claims to hold {claimed:,}: it was not "
            "read."
        )


def _bytes_of(group: h5py.Group, addresses: set[int]) -> Iterator[int]:
    """Sizes of all arrays below a group; `addresses` are those of the objects before."""
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name!r} is a {type(link).__name__}")
        item = group[name]
        address = h5py.h5o.get_info(item.id).addr
        if address in addresses:
            raise ValueError(f"{name!r} leads back to an object before it")
        addresses.add(address)
        if isinstance(item, h5py.Group):
            yield from _bytes_of(item, addresses)
        elif not isinstance(item, h5py.Dataset) or item.dtype.hasobject:
            raise ValueError(f"{name!r} is not an array of numbers")
        elif item.external or item.is_virtual:
            raise ValueError(f"{name!r} lies in another file")
        else:
            yield item.nbytes
