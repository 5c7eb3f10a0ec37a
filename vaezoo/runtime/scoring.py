"""Scores of an export: log p(x, z) - log q(z|x), one by one or as importance weights."""

from __future__ import annotations

import math

import numpy as np

from vaezoo._checks import check_noise, check_num_samples
from vaezoo._noise import generator
from vaezoo._progress import steps
from vaezoo.errors import ConfigError
from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.graphs import Graphs
from vaezoo.runtime.manifest import Graph, Manifest

# Numbers that decoders put out at once when draws of z are scored.
_NUMBERS = 1024 * 784


class Scorer:
    """Runs the score of an export.

    Args:
        graphs: of the export.
        manifest: of the export.
    """

    def __init__(self, graphs: Graphs, manifest: Manifest) -> None:
        self._graphs, self._manifest = graphs, manifest

    @property
    def graph(self) -> Graph:
        """The graph. Raises `ConfigError` where the export has none, and why."""
        if "score" not in self._graphs:
            reason = self._manifest.refused.get("score", "its export has none")
            raise ConfigError(f"{self._manifest.preset} has no score: {reason}")
        return self._graphs["score"]

    @property
    def noise_sizes(self) -> list[int]:
        """How many unit normals make one draw of each latent group; none for a point."""
        ports = self.graph.inputs
        return [int(port.shape[1] or 0) for port in ports if port.name.startswith("noise")]

    def score(self, x: Array, noise: ArrayLike | None, conditions: list[Array]) -> Array:
        """log p(x, z) - log q(z|x), [N, K], for x and conditions that were checked."""
        sizes = self.noise_sizes
        normals = check_noise(noise, len(x), sum(sizes))
        if normals is None:
            return self._graphs.run("score", x, *conditions)["log_weights"]
        groups = np.split(normals, np.cumsum(sizes)[:-1], axis=2)
        return self._graphs.run("score", x, *groups, *conditions)["log_weights"]

    def weights(
        self, x: Array, num_samples: int, conditions: list[Array], seed: int, progress: bool
    ) -> ImportanceWeights:
        """Weights of `num_samples` draws per example; memory grows with neither number."""
        num_samples = check_num_samples(num_samples)
        generator(seed)  # refuses a negative one
        most = max(1, _NUMBERS // math.prod(x.shape[1:]))  # draws of z at once
        rows = max(1, min(self._graphs.rows, most // num_samples))
        weights, noise_size = ImportanceWeights(len(x), num_samples), sum(self.noise_sizes)
        starts, firsts = range(0, len(x), rows), range(0, num_samples, most)
        total = len(starts) * len(firsts)
        with steps("importance weights", total, shown=progress) as advance:
            for start in starts:
                piece = slice(start, min(start + rows, len(x)))
                rng = np.random.default_rng([seed, start])
                here = [c[piece] for c in conditions]
                for first in firsts:
                    shape = (piece.stop - start, min(most, num_samples - first), noise_size)
                    noise = rng.standard_normal(shape, dtype=np.float32) if noise_size else None
                    scores = self.score(x[piece], noise, here)
                    weights.add(piece, np.broadcast_to(scores, shape[:2]).T)  # a point has one
                    advance()
        return weights
