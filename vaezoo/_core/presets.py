"""Models on disk: config.json, metadata.json, model.weights.h5."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import tensorflow as tf

import vaezoo
from vaezoo import zoo
from vaezoo._core.components import FORMER_NAMES
from vaezoo._storage import fields, files
from vaezoo._storage.files import describe
from vaezoo.errors import DamagedFileError
from vaezoo.runtime import manifest

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def save(
    model: Any,
    path: str | os.PathLike[str],
    *,
    export: bool = True,
    name: str | None = None,
    data: Mapping[str, Any] | None = None,
    sampler: Any = None,
) -> None:
    """Writes a preset, and its export into the folder `export` inside it.

    Args:
        model: a `VAE`.
        path: a folder, made if absent.
        export: also export.
        name: of the preset; the folder's name by default.
        data: what it was trained on: arguments of `vaezoo.datasets.load`.
        sampler: of `vaezoo.samplers`, which the export then generates by.
    """
    path = Path(path)
    name = name or path.resolve().name
    config = keras.saving.serialize_keras_object(model)
    config.pop("build_config", None)  # models are built by their constructor
    config.pop("compile_config", None)
    copy = type(model).from_config(model.get_config())  # has no optimiser to save
    copy.set_weights(model.get_weights())
    if (path / "export" / manifest.FILE).is_file():
        shutil.rmtree(path / "export")  # of other weights, from now on
    write_weights(copy, path / WEIGHTS)
    files.write_json(path / CONFIG, config)
    described = {file: describe(path / file) for file in (CONFIG, WEIGHTS)}
    metadata = {
        "preset": name,
        "model": type(model).__name__,
        "parameters": model.count_params(),
        "data": dict(data or {}),
        "files": {file: dataclasses.asdict(entry) for file, entry in described.items()},
        "versions": {
            "vaezoo": vaezoo.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }
    files.write_json(path / METADATA, metadata)
    if export:
        from vaezoo.export import export_model

        export_model(
            model,
            path / "export",
            preset=name,
            weights_sha256=described[WEIGHTS].sha256,
            data=str(metadata["data"].get("name", "")),
            sampler=sampler,
        )


def write_weights(model: Any, path: Path) -> None:
    """`save_weights`, with the optimiser's state if there is one; the file is whole or absent."""
    variables = [*model.weights, *(model.optimizer.variables if model.compiled else [])]
    size = sum(math.prod(variable.shape) * 4 for variable in variables)
    with files.replaced_file(path) as temporary:
        files.reserve(temporary, 2 * size + 2**16)  # HDF5 needs room for its tables
        model.save_weights(temporary)


def load(name_or_path: str | os.PathLike[str]) -> Any:
    """The model that `save` wrote; hashes are checked before anything is parsed.

    Raises:
        UnknownNameError: no such preset.
        DamagedFileError: a file is missing, damaged, or not the one that was saved.
    """
    import vaezoo.models  # noqa: F401  (registers the classes that configs name)

    folder = zoo.find_preset(name_or_path)
    metadata = read_metadata(folder)
    for file in (CONFIG, WEIGHTS):
        files.check(folder / file, metadata["files"][file])
    config = files.read_json(folder / CONFIG)
    check_weights(folder / WEIGHTS)
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        _load_weights(model, folder / WEIGHTS)
    except (TypeError, ValueError, KeyError, AttributeError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise DamagedFileError(
            f"{folder} holds no model that this version can read: {reason} "
            "(a model class of your own must be imported first)."
        ) from None
    return model


def _load_weights(model: Any, path: Path) -> None:
    """`load_weights`, also of files that name a component's class as earlier versions did."""
    with h5py.File(path, "r") as file:
        names = [name for name in FORMER_NAMES if f"layers/{name}" in file]
    if not names:
        model.load_weights(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, Path(folder) / path.name))
        with h5py.File(copy, "r+") as file:
            for name in names:
                file.move(f"layers/{name}", f"layers/{FORMER_NAMES[name]}")
        model.load_weights(copy)


def check_weights(path: Path) -> None:
    """Raises `DamagedFileError` unless a weights file is what Keras writes: arrays as large as
    they claim to be, in groups, and nothing that leads to other files or back up."""
    try:
        with h5py.File(path, "r") as file:
            claimed = sum(_bytes_of(file, set()))
    except (OSError, RuntimeError, ValueError, KeyError, RecursionError) as error:
        raise DamagedFileError(f"{path} holds no weights that are safe to read: {error}.") from None
    if claimed > path.stat().st_size:
        raise DamagedFileError(
            f"{path} has {path.stat().st_size:,} bytes and claims to hold {claimed:,}: it was not "
            "opened further."
        )


def _bytes_of(group: h5py.Group, seen: set[int]) -> Iterator[int]:
    """Sizes of all arrays below a group, of which `seen` are the addresses of those before."""
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name!r} is a {type(link).__name__}")
        item = group[name]
        address = h5py.h5o.get_info(item.id).addr
        if address in seen:
            raise ValueError(f"{name!r} leads back to what was there before")
        seen.add(address)
        if isinstance(item, h5py.Group):
            yield from _bytes_of(item, seen)
        elif not isinstance(item, h5py.Dataset) or item.dtype.hasobject:
            raise ValueError(f"{name!r} is no array of numbers")
        elif item.external or item.is_virtual:
            raise ValueError(f"{name!r} lies in another file")
        else:
            yield item.nbytes


def read_metadata(folder: Path) -> dict[str, Any]:
    """The preset's name, what it was trained on, and its `File`s, from metadata.json.
    Raises `DamagedFileError`."""
    metadata = files.read_json(folder / METADATA)
    try:
        listed = fields.files(metadata["files"])
        return {
            "preset": fields.text(metadata["preset"]),
            "data": fields.mapping(metadata["data"]),
            "files": {file: listed[file] for file in (CONFIG, WEIGHTS)},
        }
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{folder / METADATA} is no preset's metadata: {error}.") from None
