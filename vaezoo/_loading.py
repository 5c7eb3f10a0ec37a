"""Finds an exported model by name or path, and opens it."""

from __future__ import annotations

import os

from vaezoo import zoo
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.model import Model


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
    return Model(folder, manifest, device, variant=variant, num_threads=num_threads)
