"""Models on disk: config.json, metadata.json, model.weights.h5."""

from __future__ import annotations

import dataclasses
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import keras
import tensorflow as tf

import vaezoo
from vaezoo import zoo
from vaezoo._model.weights import check_weights, load_weights, write_weights
from vaezoo._storage import fields, files
from vaezoo._storage.files import describe
from vaezoo.errors import ConfigError, DamagedFileError
from vaezoo.runtime import manifest
from vaezoo.runtime.preparation import Preparation

if TYPE_CHECKING:
    from vaezoo.samplers import Sampler

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


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
            UnknownNameError: no such preset.
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
    if (path / "export" / manifest.FILE).is_file():
        shutil.rmtree(path / "export")  # it was of other weights
    write_weights(copy, path / WEIGHTS)
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


def _config(model: keras.Model) -> dict[str, Any]:
    """The configuration, without what the constructor and `compile` recreate."""
    config: dict[str, Any] = keras.saving.serialize_keras_object(model)
    return {k: v for k, v in config.items() if k not in ("build_config", "compile_config")}


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
        load_weights(model, folder / WEIGHTS)
    except (TypeError, ValueError, KeyError, AttributeError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise DamagedFileError(
            f"{folder} holds a model that this version cannot read: {reason} "
            "(a model class of your own must be imported first)."
        ) from None
    model.preparation = metadata["preparation"]
    return model


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
