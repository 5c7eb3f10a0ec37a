"""Exported models on ONNX Runtime: arrays in, arrays out, no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo import _noise as noise
from vaezoo._checks import check_array, check_codes, check_labels, positive
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.metrics import ImportanceWeights
from vaezoo.runtime.manifest import Graph, Manifest
from vaezoo.runtime.sessions import Sessions, choose_device

# A batch of any size is run in pieces of at most this many rows, so that memory stays bounded.
ROWS = {"cpu": 256, "cuda": 4096}
# Numbers that decoders put out at once when draws of z are scored.
_NUMBERS = 1024 * 784


class Model:
    """An exported model. Arrays are float32, batch first; a graph is loaded when first used.

    Any number of threads may call it at once. Another process opens its own sessions, whether
    it was forked or was sent the model.

    A model of p(x|c) takes `condition`: labels [N], or one for all; shares of them
    [N, classes]; or attributes [N, dim], or [dim] for all.

    Attributes:
        manifest: what the export says of itself.
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        device: "cpu" or "cuda".
        variant: of its graphs; None: float32.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        device: str = "cpu",
        *,
        variant: str | None = None,
        num_threads: int | None = None,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.data_shape = manifest.data_shape
        self.latent_dim = manifest.latent_dim
        self.device = choose_device(device)
        self.variant = variant
        self._rows = ROWS[self.device]
        self._graphs = {**manifest.graphs, **_variant(manifest, variant)}
        self._sessions = Sessions(folder, manifest, self._graphs, self.device, num_threads)

    def generate(
        self, num: int, seed: int | None = None, condition: Any = None, *, source: str | None = None
    ) -> np.ndarray:
        """Means of p(x|z) for `num` draws of z, [num, *data_shape].

        The same seed gives the same noise, and so the same pictures, everywhere.

        Args:
            num: how many.
            seed: decides the noise; None draws anew every time.
            condition: of each, or of all.
            source: of z: "prior", or "sampler", fitted to the codes of data; the sampler by
                default, where the export has one.
        """
        graph = self._source(source)
        if graph in (None, "step"):
            return self.decode(self.sample(num, seed, condition, source=source), condition)
        return self._decoded(graph, "z", self._noise(graph, num, seed), condition)

    def sample(
        self, num: int, seed: int | None = None, condition: Any = None, *, source: str | None = None
    ) -> np.ndarray:
        """The z that `generate` decodes, [num, D]."""
        graph = self._source(source)
        if graph is None:
            return noise.standard_normal(num, self.latent_dim, seed)
        if graph == "step":
            return self._codes(noise.standard_normal(num, self.latent_dim, seed))
        taken = self._graphs[graph].takes_condition
        conditions = self._conditions(condition, num) if taken else []
        return self._run(graph, *self._noise(graph, num, seed), *conditions)["z"]

    def encode(self, x: Any, condition: Any = None) -> np.ndarray:
        """Mean of q(z|x), [N, D], for x of shape [N, *data_shape].

        Raises:
            DataError: wrong shape, no numbers, not finite, out of the likelihood's range; or a
                condition that is none.
            ConfigError: a condition is missing, or the model has none.
        """
        x = self._data(x)
        return self._run("encoder", x, *self._conditions(condition, len(x), x), only="mean")["mean"]

    def decode(self, z: Any, condition: Any = None) -> np.ndarray:
        """Mean of p(x|z), [N, *data_shape], for z of shape [N, D]. Raises as `encode`."""
        z = self._z(z)
        return self._run("decoder", z, *self._conditions(condition, len(z)), only="mean")["mean"]

    def reconstruct(self, x: Any, condition: Any = None) -> np.ndarray:
        """Mean of p(x|z) at the mean of q(z|x), [N, *data_shape]. Raises as `encode`.

        Where labels are latents, the likeliest ones stand in for those not given.
        """
        x = self._data(x)
        return self._decoded("encoder", "mean", [x], condition, x)

    def posterior(self, x: Any, condition: Any = None) -> dict[str, np.ndarray]:
        """Parameters of q(z|x) by name, "mean" among them. Raises as `encode`."""
        x = self._data(x)
        return self._run("encoder", x, *self._conditions(condition, len(x), x))

    def likelihood(self, z: Any, condition: Any = None) -> dict[str, np.ndarray]:
        """Parameters of p(x|z) by name, "mean" among them. Raises as `encode`."""
        z = self._z(z)
        return self._run("decoder", z, *self._conditions(condition, len(z)))

    def to_device(self, x: np.ndarray) -> Any:
        """An array on the model's device, an `onnxruntime.OrtValue`."""
        import onnxruntime

        array = np.ascontiguousarray(x, np.float32)
        return onnxruntime.OrtValue.ortvalue_from_numpy(array, self.device, 0)

    def decode_on_device(self, z: Any, condition: Any = None) -> Any:
        """Mean of p(x|z) where everything stays on the device: `OrtValue`s in, and one out.

        Nothing is looked at, and a batch is not split: memory is up to the caller.

        Args:
            z: [N, D], float32: `to_device(z)`, or what another model left there.
            condition: as graphs take it, [N, dim] (one-hot labels), for a model that has one.
        """
        return self._bound("decoder", [z] if condition is None else [z, condition], "mean")

    def classify(self, x: Any) -> np.ndarray:
        """Probabilities of the labels, [N, classes], where labels are latents.
        Raises as `encode`."""
        return self._run("classifier", self._data(x))["probabilities"]

    def score(self, x: Any, noise: Any = None, condition: Any = None) -> np.ndarray:
        """log p(x, z) - log q(z|x) for the z that noise stands for, nats, [N, K].

        The same numbers as `LatentVariableModel.score` of the model gives for the same noise.

        Args:
            x: data, [N, *data_shape].
            noise: ~ N(0, I), [N, K, `noise_size`]; None where q(z|x) is a point.
            condition: of each example, or of all.

        Raises:
            ConfigError: the export has no such graph, and why.
            DataError: as `encode`, or noise of another shape.
        """
        x = self._data(x)
        conditions = self._score_conditions(condition, len(x))
        sizes = self._noise_sizes()
        if not sizes:
            return self._run("score", x, *conditions)["log_weights"]
        given = np.asarray(noise, np.float32)
        if given.ndim != 3 or (len(given), given.shape[2]) != (len(x), sum(sizes)):
            raise DataError(
                f"noise has shape {list(given.shape)}: expected [{len(x)}, K, {sum(sizes)}]."
            )
        groups = np.split(given, np.cumsum(sizes)[:-1], axis=2)
        return self._run("score", x, *groups, *conditions)["log_weights"]

    @property
    def noise_size(self) -> int:
        """How many unit normals make one draw of q(z|x) for `score`. Raises `ConfigError`."""
        return sum(self._noise_sizes())

    def log_likelihood(
        self, x: Any, num_samples: int = 100, condition: Any = None, *, seed: int = 0
    ) -> np.ndarray:
        """Importance-weighted estimate of log p(x), nats per example, [N].

        log 1/K sum_k p(x, z_k) / q(z_k|x): Burda et al. 2016, eq. 8,
        https://arxiv.org/abs/1509.00519. Examples unlike the training data have a low one.
        Raises as `score`.
        """
        return self.importance_weights(x, num_samples, condition, seed=seed).log_likelihood()

    def elbo(
        self, x: Any, num_samples: int = 1, condition: Any = None, *, seed: int = 0
    ) -> np.ndarray:
        """The evidence lower bound, estimated by `num_samples` draws, nats per example, [N].
        Raises as `score`."""
        return self.importance_weights(x, num_samples, condition, seed=seed).elbo()

    def importance_weights(
        self, x: Any, num_samples: int = 100, condition: Any = None, *, seed: int = 0
    ) -> ImportanceWeights:
        """The weights behind `log_likelihood`, which also give sample sizes.

        Memory does not grow with K = `num_samples`, nor but for x with N. Raises as `score`.
        """
        x, num_samples = self._data(x), positive("num_samples", num_samples)
        conditions = self._score_conditions(condition, len(x))
        weights = ImportanceWeights(len(x), num_samples)
        most = max(1, _NUMBERS // math.prod(self.data_shape))  # draws of z at once
        rows = max(1, min(self._rows, most // num_samples))
        for start in range(0, len(x), rows):
            piece = slice(start, min(start + rows, len(x)))
            rng = np.random.default_rng([seed, start])
            for first in range(0, num_samples, most):
                shape = (piece.stop - start, min(most, num_samples - first), self.noise_size)
                drawn = rng.standard_normal(shape, dtype=np.float32)
                given = conditions[0][piece] if conditions else None
                scored = self.score(x[piece], drawn, given)
                weights.add(piece, np.broadcast_to(scored, shape[:2]).T)  # a point has one
        return weights

    @property
    def sources(self) -> list[str]:
        """What `generate` can draw z from: "prior", and "sampler" where one was fitted."""
        return ["prior", *(["sampler"] if "sampler" in self._graphs else [])]

    def _source(self, source: str | None) -> str | None:
        """The graph that z comes from; None: from no graph."""
        prior = next((name for name in ("prior", "step") if name in self._graphs), None)
        if source in (None, "sampler") and "sampler" in self._graphs:
            return "sampler"
        if source in (None, "prior"):
            return prior
        raise ConfigError(
            f"source={source!r}: z comes from "
            f"{'sampler or prior' if 'sampler' in self._graphs else 'prior; no sampler was fitted'}"
            " here."
        )

    def _score_graph(self) -> Graph:
        if "score" not in self._graphs:
            reason = self.manifest.refused.get("score", "its export has none")
            raise ConfigError(f"{self.manifest.preset} has no score: {reason}")
        return self._graphs["score"]

    def _score_conditions(self, condition: Any, num: int) -> list[np.ndarray]:
        if self._score_graph().takes_condition:
            return self._conditions(condition, num)
        if condition is not None:
            raise ConfigError(f"{self.manifest.model} scores x alone: leave condition= out.")
        return []

    def _noise_sizes(self) -> list[int]:
        ports = self._score_graph().inputs
        return [int(port.shape[1] or 0) for port in ports if port.name.startswith("noise")]

    def _data(self, x: Any) -> np.ndarray:
        return check_array(
            x,
            self.data_shape,
            value_range=self.manifest.value_range,
            reason=f"the {self.manifest.likelihood} likelihood",
        )

    def _z(self, z: Any) -> np.ndarray:
        z = check_array(z, (self.latent_dim,), what="z")
        check_codes(z, self.manifest.codebook_size)
        return z

    def _conditions(self, condition: Any, num: int, x: Any = None) -> list[np.ndarray]:
        """The condition as graphs take it, [num, dim]; an empty list for a model without.

        Args:
            condition: as the user gave it.
            num: examples.
            x: the data, from which labels that are latents can be guessed.
        """
        expected = self.manifest.condition
        if expected is None:
            if condition is not None:
                raise ConfigError(f"{self.manifest.model} has no condition: leave condition= out.")
            return []
        if condition is None:
            if x is None or "classifier" not in self._graphs:
                raise ConfigError(
                    f"this {self.manifest.model} has a condition ({expected.kind}): give "
                    "condition=."
                )
            condition = self._run("classifier", x)["probabilities"].argmax(axis=1)
        c = np.asarray(condition)
        if expected.kind == "labels":
            if c.ndim == 0:
                c = np.full(num, c)
            check_labels(c, expected.dim)
            if c.ndim == 1:  # -1 is the row of zeros
                c = np.eye(expected.dim + 1, expected.dim, dtype=np.float32)[c.astype(int)]
        else:
            c = np.broadcast_to(c, (num, c.shape[-1])) if c.ndim == 1 else c
        c = check_array(c, (expected.dim,), what="condition")
        if len(c) != num:
            raise DataError(f"condition has {len(c)} rows: expected {num}, one an example.")
        return [c]

    def _codes(self, noise: np.ndarray) -> np.ndarray:
        """z, drawn one code after the other."""
        codes = np.zeros_like(noise)
        for place in range(self.latent_dim):
            places = np.full((len(noise), 1), place, np.float32)
            codes = self._run("step", codes, noise, places)["z"]
        return codes

    def _noise(self, graph: str, num: int, seed: int | None) -> list[np.ndarray]:
        """Unit normals for each input of a graph that makes z of them, [num, size] each."""
        ports = self._graphs[graph].inputs
        sizes = [int(port.shape[0] or 0) for port in ports if port.name != "condition"]
        drawn = noise.standard_normal(num, sum(sizes), seed)
        return np.split(drawn, np.cumsum(sizes)[:-1], axis=1)

    def _run(
        self, graph: str, *inputs: np.ndarray, only: str | None = None
    ) -> dict[str, np.ndarray]:
        """The outputs of a graph by name, or only one of them."""
        session, ports = self._sessions[graph], self._graphs[graph]
        names = [only] if only else [port.name for port in ports.outputs]

        def run(arrays: Iterable[np.ndarray]) -> list[np.ndarray]:
            fed = {port.name: x for port, x in zip(ports.inputs, arrays, strict=True)}
            found: list[np.ndarray] = session.run(names, fed)
            return found

        if len(inputs[0]) <= self._rows:
            found = run(inputs)
        else:
            parts = [run(pieces) for pieces in self._pieces(inputs)]
            found = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return dict(zip(names, found, strict=True))

    def _decoded(
        self,
        graph: str,
        output: str,
        inputs: Sequence[np.ndarray],
        condition: Any,
        x: np.ndarray | None = None,
    ) -> np.ndarray:
        """The decoder's mean for the z that another graph gives, which stays on the device."""
        conditions = self._conditions(condition, len(inputs[0]), x)
        taken = len(inputs) + self._graphs[graph].takes_condition
        means = []
        for pieces in self._pieces([*inputs, *conditions]):
            values = [self.to_device(piece) for piece in pieces]
            z = self._bound(graph, values[:taken], output)
            means.append(self._bound("decoder", [z, *values[len(inputs) :]], "mean").numpy())
        return np.concatenate(means) if len(means) > 1 else means[0]

    def _bound(self, graph: str, inputs: Sequence[Any], output: str) -> Any:
        """One output of a graph, on the device as its inputs are: `OrtValue`s."""
        session, ports = self._sessions[graph], self._graphs[graph].inputs
        binding = session.io_binding()
        for port, value in zip(ports, inputs, strict=True):
            binding.bind_ortvalue_input(port.name, value)
        binding.bind_output(output, self.device)
        session.run_with_iobinding(binding)
        return binding.get_outputs()[0]

    def _pieces(self, arrays: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
        for start in range(0, len(arrays[0]), self._rows):
            yield [x[start : start + self._rows] for x in arrays]


def _variant(manifest: Manifest, name: str | None) -> Mapping[str, Graph]:
    if name is None:
        return {}
    if name in manifest.variants:
        return manifest.variants[name].graphs
    if name in manifest.refused:
        raise ConfigError(f"{manifest.preset} has no {name}: {manifest.refused[name]}.")
    if not manifest.variants:
        raise ConfigError(f"variant={name!r}: {manifest.preset} has none; leave variant= out.")
    raise unknown_name("variant", name, manifest.variants)
