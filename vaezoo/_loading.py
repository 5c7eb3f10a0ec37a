"""Finds an exported model by name or path, and opens it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from vaezoo import zoo
from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.model import Model
from vaezoo.runtime.preparation import Preparation


def load(
    name_or_path: str | os.PathLike[str],
    device: str = "cpu",
    *,
    variant: str | None = None,
    num_threads: int | None = None,
) -> Model:
    """An exported model, by a preset's name or the folder of a run, preset or export.

    Args:
        name_or_path: "digits_vae", "runs/mine".
        device: "cpu", "cuda", or "auto": CUDA where this ONNX Runtime has it.
        variant: "fp16" or "int8", where the export has it: smaller and slightly less accurate;
            the manifest says by how much. None: float32.
        num_threads: threads that one call may use; None: as many as there are cores.

    Example:
        >>> import vaezoo
        >>> model = vaezoo.load("digits_vae")
        >>> model.data_shape, model.latent_dim
        ((8, 8, 1), 8)

    Raises:
        UnknownNameError: no such preset, device or variant.
        DamagedFileError: a file is missing, or its hash is wrong.
        ConfigError: this ONNX Runtime has no CUDA.
    """
    folder = zoo.find_export(name_or_path)
    manifest = Manifest.read(folder)
    if manifest.preparation is None:  # written before there was this field, or not by a recipe
        places = (zoo.local_preset(name_or_path), folder.parent)
        manifest = dataclasses.replace(manifest, preparation=_preparation(manifest, *places))
    return Model(folder, manifest, device, variant=variant, num_threads=num_threads)


def _preparation(manifest: Manifest, *presets: Path | None) -> Preparation | None:
    """As the metadata of the same weights have it, where these lie on this machine."""
    for preset in filter(None, presets):
        try:
            metadata = fields.mapping(files.read_json(preset / "metadata.json"))
            entries = fields.files(metadata["files"]).values()
            if manifest.weights_sha256 in (file.sha256 for file in entries):
                return Preparation.of_metadata(metadata)
        except (DamagedFileError, KeyError, TypeError, ValueError):
            continue  # what was measured on these data is unknown
    return None
