"""Exported models on ONNX Runtime: arrays in, arrays out, no TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo import noise, zoo
from vaezoo.checks import check_array, check_codes
from vaezoo.errors import ConfigError, DamagedFileError, unknown_name
from vaezoo.manifest import Manifest

# A batch of any size is run in pieces of at most this many rows, so that memory stays bounded.
ROWS = 256
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def load(name_or_path: str | os.PathLike[str], device: str = "cpu") -> Model:
    """An exported model, by a preset's name or the folder of a run, preset or export.

    Args:
        name_or_path: "digits_vae", "runs/mine".
        device: "cpu" or "cuda".

    Raises:
        UnknownNameError: no such preset or device.
        DamagedFileError: a file is missing, or its hash is wrong.
        ConfigError: this ONNX Runtime has no CUDA.
    """
    folder = zoo.find_export(name_or_path)
    return Model(folder, Manifest.read(folder), device)


class Model:
    """An exported model. Arrays are float32, batch first; a graph is loaded when first used.

    Attributes:
        manifest: what the export says of itself.
        data_shape: shape of one example.
        latent_dim: D, the size of z.
    """

    def __init__(self, folder: Path, manifest: Manifest, device: str = "cpu") -> None:
        if device not in _PROVIDERS:
            raise unknown_name("device", device, _PROVIDERS)
        self.folder = folder
        self.manifest = manifest
        self.data_shape = manifest.data_shape
        self.latent_dim = manifest.latent_dim
        self._provider = _PROVIDERS[device]
        self._sessions: dict[str, Any] = {}

    def generate(self, num: int, seed: int | None = None) -> np.ndarray:
        """Means of p(x|z) for `num` draws z ~ p(z), [num, *data_shape].

        The same seed gives the same noise, and so the same pictures, everywhere.
        """
        if "step" in self.manifest.graphs:
            return self.decode(self._codes(noise.standard_normal(num, self.latent_dim, seed)))
        if "prior" not in self.manifest.graphs:
            return self.decode(noise.standard_normal(num, self.latent_dim, seed))
        sizes = [port.shape[0] for port in self.manifest.graphs["prior"].inputs]
        drawn = noise.standard_normal(num, sum(sizes), seed)
        groups = np.split(drawn, np.cumsum(sizes)[:-1], axis=1)
        return self.decode(self._run("prior", *groups)["z"])

    def encode(self, x: Any) -> np.ndarray:
        """Mean of q(z|x), [N, D], for x of shape [N, *data_shape].

        Raises:
            DataError: wrong shape, no numbers, not finite, out of the likelihood's range.
        """
        return self.posterior(x)["mean"]

    def decode(self, z: Any) -> np.ndarray:
        """Mean of p(x|z), [N, *data_shape], for z of shape [N, D]. Raises as `encode`."""
        return self.likelihood(z)["mean"]

    def reconstruct(self, x: Any) -> np.ndarray:
        """Mean of p(x|z) at the mean of q(z|x), [N, *data_shape]. Raises as `encode`."""
        return self.decode(self.encode(x))

    def posterior(self, x: Any) -> dict[str, np.ndarray]:
        """Parameters of q(z|x) by name, "mean" among them. Raises as `encode`."""
        x = check_array(
            x,
            self.data_shape,
            value_range=self.manifest.value_range,
            reason=f"the {self.manifest.likelihood} likelihood",
        )
        return self._run("encoder", x)

    def likelihood(self, z: Any) -> dict[str, np.ndarray]:
        """Parameters of p(x|z) by name, "mean" among them. Raises as `encode`."""
        z = check_array(z, (self.latent_dim,), what="z")
        check_codes(z, self.manifest.codebook_size)
        return self._run("decoder", z)

    def _codes(self, noise: np.ndarray) -> np.ndarray:
        """z, drawn one code after the other."""
        codes = np.zeros_like(noise)
        for place in range(self.latent_dim):
            places = np.full((len(noise), 1), place, np.float32)
            codes = self._run("step", codes, noise, places)["z"]
        return codes

    def _run(self, graph: str, *inputs: np.ndarray) -> dict[str, np.ndarray]:
        session = self._session(graph)
        ports = self.manifest.graphs[graph]
        names = [port.name for port in ports.outputs]
        fed = [port.name for port in ports.inputs]
        parts = [
            session.run(names, dict(zip(fed, pieces, strict=True)))
            for pieces in zip(*map(_pieces, inputs), strict=True)
        ]
        return {
            name: np.concatenate(arrays)
            for name, arrays in zip(names, zip(*parts, strict=True), strict=True)
        }

    def _session(self, graph: str) -> Any:
        if graph not in self._sessions:
            if graph not in self.manifest.graphs:
                raise unknown_name("graph", graph, self.manifest.graphs)
            file = self.manifest.graphs[graph].file
            self.manifest.check(self.folder, [file])  # hash before parse
            self._sessions[graph] = open_session(self.folder / file, self._provider)
        return self._sessions[graph]


def open_session(path: Path, provider: str = "CPUExecutionProvider") -> Any:
    """An `onnxruntime.InferenceSession` on this provider and no other.

    Raises:
        ConfigError: this ONNX Runtime lacks the provider.
        DamagedFileError: ONNX Runtime cannot load the file.
    """
    import onnxruntime

    if provider not in onnxruntime.get_available_providers():
        raise ConfigError(
            f"this onnxruntime has no {provider}: it offers "
            f"{', '.join(onnxruntime.get_available_providers())}; install onnxruntime-gpu in "
            "place of onnxruntime, or use device='cpu'."
        )
    try:
        session = onnxruntime.InferenceSession(path, providers=[provider])
    except Exception as error:  # its exceptions share no base class
        raise DamagedFileError(f"{path}: ONNX Runtime cannot load it ({error}).") from None
    if provider not in session.get_providers():  # asked for CUDA, it may fall back in silence
        raise ConfigError(f"{provider} could not be started: use device='cpu'.")
    return session


def _pieces(x: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(x), ROWS):
        yield x[start : start + ROWS]
