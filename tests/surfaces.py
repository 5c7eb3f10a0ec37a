"""Models whose decoder is a surface with known distances, or a linear map, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.latent import LatentSpace
from vaezoo.protocols import Array


class Surface:
    """x = f(z), with draws of N(0, I) as `sample_latents`; examples are encoded by `inverse`."""

    def __init__(
        self,
        f: Callable[[Array], Array],
        latent_dim: int,
        size: int,
        inverse: Callable[[Array], Array] | None = None,
        space: LatentSpace | None = None,
    ) -> None:
        self.f, self.inverse = f, inverse
        self.data_shape, self.latent_dim = (size,), latent_dim
        self.latent_space = space or LatentSpace()

    def encode_mean(self, x: Any, *, condition: Any = None) -> Array:
        assert self.inverse is not None
        return self.inverse(np.asarray(x))

    def encode(self, x: Any, *, condition: Any = None) -> Any:
        raise ConfigError("z is a point")

    def decode_mean(self, z: Any, *, condition: Any = None) -> Array:
        return self.f(np.asarray(z, np.float64))

    def sample_latents(
        self, num: int, *, condition: Any = None, seed: Any = None, source: Any = None
    ) -> Array:
        return np.random.default_rng(seed).normal(0, 1, (num, self.latent_dim))


def linear(weights: Array) -> Any:
    """x = W z, encoded by the pseudo-inverse."""
    inverse = np.linalg.pinv(weights)
    return Surface(lambda z: z @ weights.T, weights.shape[1], len(weights), lambda x: x @ inverse.T)


def globe(extra: int = 0) -> Any:
    """A unit sphere by longitude and latitude, and further dimensions as they are."""

    def f(z: Array) -> Array:
        east, north = z[:, :1], z[:, 1:2]
        ball = [np.cos(east) * np.cos(north), np.sin(east) * np.cos(north), np.sin(north)]
        return np.concatenate([*ball, z[:, 2:]], axis=1)

    return Surface(f, 2 + extra, 3 + extra)


def cone(slope: float) -> Any:
    """The points (z, slope |z|), which unroll to a sector of a disc."""
    return Surface(lambda z: np.column_stack([z, slope * np.linalg.norm(z, axis=1)]), 2, 3)


def cylinder() -> Any:
    """(cos u, sin u, v): the plane, rolled up, of which straight lines are shortest."""
    return Surface(lambda z: np.column_stack([np.cos(z[:, 0]), np.sin(z[:, 0]), z[:, 1]]), 2, 3)
