"""Models on disk: config.json, metadata.json, model.weights.h5."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import keras
import tensorflow as tf

import vaezoo
from vaezoo import zoo
from vaezoo._model import budget
from vaezoo._model.registration import check_registered
from vaezoo._model.weights import check_weights, load_weights, write_weights
from vaezoo._storage import fields, files, leftovers
from vaezoo._storage.files import describe
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError
from vaezoo.runtime import consistency, manifest
from vaezoo.runtime.preparation import Preparation

if TYPE_CHECKING:
    from vaezoo.samplers import Sampler

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
# What Keras, TensorFlow and HDF5 raise for a model that cannot be.
_UNREADABLE = (
    TypeError, ValueError, LookupError, AttributeError, OSError, ArithmeticError, AssertionError,
    RuntimeError, MemoryError, RecursionError, zipfile.BadZipFile, tf.errors.OpError,
)  # fmt: skip


class PresetMethods:
    """A model's own methods for presets."""

    def save_to_preset(self, path: str | os.PathLike[str], *, export: bool = True) -> None:
        """Writes config.json, metadata.json and model.weights.h5 to the folder `path`.

        Args:
            path: a folder, made if absent. Other files in it are left alone.
            export: also writes path/export, which `vaezoo.load(path)` runs without TensorFlow.

        Raises:
            ExportError: the preset was written, but its graphs cannot be exported.
        """
        save(self, path, export=export)

    @classmethod
    def from_preset(cls, name_or_path: str | os.PathLike[str]) -> Self:
        """The model that `save_to_preset` wrote, by name from the zoo or by path.

        Raises:
            UnknownNameError: no such preset, or it needs a class of your own that is not imported.
            DamagedFileError: a file is missing or its hash is wrong.
            ConfigError: the preset holds a model of a class that is not a `cls`.
        """
        model = load(name_or_path)
        if not isinstance(model, cls):
            raise ConfigError(
                f"{name_or_path} holds a {type(model).__name__}, not a {cls.__name__}: "
                f"use {type(model).__name__}.from_preset."
            )
        return model


def save(
    model: keras.Model,
    path: str | os.PathLike[str],
    *,
    export: bool = True,
    name: str | None = None,
    data: Mapping[str, object] | None = None,
    sampler: Sampler | None = None,
) -> None:
    """Writes a preset, and its export into the folder `export` inside it.

    Args:
        model: a `LatentVariableModel`.
        path: a folder, made if absent.
        export: also export.
        name: of the preset; the folder's name by default.
        data: what it was trained on: arguments of `vaezoo.datasets.load`.
        sampler: of `vaezoo.samplers`: the export then generates from it.
    """
    path = Path(path)
    name = name or path.resolve().name
    copy = type(model).from_config(model.get_config())  # has no optimiser to save
    copy.set_weights(model.get_weights())
    leftovers.recover(path)
    with files.replaced_file(path / WEIGHTS) as temporary:
        write_weights(copy, temporary)
        _remove_export_of_others(path / "export", files.sha256(temporary), keep=export)
    files.write_json(path / CONFIG, _config(model))
    entries = {file: describe(path / file) for file in (CONFIG, WEIGHTS)}
    preparation = Preparation.of(data or {}) or model.preparation
    metadata = {
        "preset": name,
        "model": type(model).__name__,
        "parameters": model.count_params(),
        "data": dict(data or {}),
        "preparation": None if preparation is None else dataclasses.asdict(preparation),
        "files": {file: dataclasses.asdict(entry) for file, entry in entries.items()},
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
            weights_sha256=entries[WEIGHTS].sha256,
            data=str(metadata["data"].get("name", "")),
            sampler=sampler,
            preparation=preparation,
        )


def _remove_export_of_others(folder: Path, weights_sha256: str, *, keep: bool) -> None:
    """Removes an export of other weights, or half of one; one of these weights is replaced."""
    entries = list(folder.iterdir()) if folder.is_dir() else []
    if not entries or not all(_is_of_an_export(entry.name) for entry in entries):
        return
    try:
        same = manifest.Manifest.read(folder).weights_sha256 == weights_sha256
    except DamagedFileError:
        same = False
    if not (same and keep):
        files.remove_directory(folder)


def _is_of_an_export(name: str) -> bool:
    known = {manifest.FILE, "saved_model", "test_data_set_0"}
    return name in known or name.endswith(".onnx") or leftovers.is_temporary(name)


def _config(model: keras.Model) -> dict[str, Any]:
    """The configuration, without what the constructor and `compile` recreate."""
    config: dict[str, Any] = keras.saving.serialize_keras_object(model)
    return {k: v for k, v in config.items() if k not in ("build_config", "compile_config")}


def load(name_or_path: str | os.PathLike[str]) -> Any:
    """The model that `save` wrote; hashes are checked before anything is parsed.

    Raises:
        UnknownNameError: no such preset, or it needs a class of your own that is not imported.
        DamagedFileError: a file is missing, damaged, or not the one that was saved.
    """
    import vaezoo.models  # noqa: F401  (registers the classes that configs name)

    folder = zoo.find_preset(name_or_path)
    metadata = read_metadata(folder)
    contents = {file: files.read(folder / file, entry) for file, entry in metadata["files"].items()}
    config = files.parse_json(contents[CONFIG], folder / CONFIG)
    check_registered(config, folder)
    _check_shape(config, folder)
    try:
        with _private_copy(contents[WEIGHTS]) as weights:
            check_weights(weights, folder / WEIGHTS)
            with budget.limited(len(contents[WEIGHTS]), folder / CONFIG):
                model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            load_weights(model, weights)
    except DamagedFileError:
        raise
    except UnknownNameError as error:
        raise UnknownNameError(
            f"{folder}: {error} If the name is one of your own, import its module first."
        ) from None
    except _UNREADABLE as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DamagedFileError(
            f"{folder} holds a model that this version cannot read: {reason}"
        ) from None
    model.preparation = metadata["preparation"]
    return model


def _check_shape(config: object, folder: Path) -> None:
    """Models are built on one example of zeros."""
    try:
        inner = fields.mapping(fields.mapping(config)["config"])
        shape = [fields.whole(size, 1) for size in fields.sequence(inner["data_shape"], 16)]
        consistency.at_most("data_shape", math.prod(shape), consistency.LARGEST)
    except (KeyError, ValueError) as error:
        raise DamagedFileError(f"{folder / CONFIG} is not a preset's: {error}.") from None


@contextlib.contextmanager
def _private_copy(weights: bytes) -> Iterator[Path]:
    """Keras opens weights by path: of a file that nobody else can exchange."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WEIGHTS
        path.write_bytes(weights)
        yield path


def read_metadata(folder: Path) -> dict[str, Any]:
    """The preset's name, what it was trained on, the `Preparation` of that, and its `File`s, from
    metadata.json. Raises `DamagedFileError`."""
    metadata = files.read_json(folder / METADATA)
    try:
        entries = fields.files(metadata["files"])
        return {
            "preset": fields.text(metadata["preset"]),
            "data": fields.mapping(metadata["data"]),
            "preparation": Preparation.of_metadata(metadata),
            "files": {file: entries[file] for file in (CONFIG, WEIGHTS)},
        }
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"{folder / METADATA} is not a preset's metadata: {error}."
        ) from None
