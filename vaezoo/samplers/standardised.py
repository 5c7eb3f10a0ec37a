"""Latents of any location and scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._core.constructors import CheckedConstructor
from vaezoo.distributions import tfb, tfd
from vaezoo.protocols import Array
from vaezoo.samplers.base import Sampler

_LEAST = 1e-6  # of the scales: a dimension may be constant


class Standardised(metaclass=CheckedConstructor):
    """z = mean + scale y, where y comes from a sampler fitted to latents of mean 0 and variance 1.

    Networks start near the unit normal, and would take long to reach latents far from it.

    Args:
        sampler: of y.
        mean: of the latents, [D].
        scale: their standard deviations, [D].
    """

    is_conditional = False

    def __init__(self, sampler: Sampler, mean: Array, scale: Array) -> None:
        self.sampler = sampler
        self.mean = mean
        self.scale = scale

    @property
    def noise_dim(self) -> int:
        """The sampler's."""
        return self.sampler.noise_dim

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        return self.mean + self.scale * self.sampler.from_noise(noise)

    def distribution(self) -> tfd.Distribution:
        """p(z), where the sampler has a density."""
        to_latents = tfb.Chain([tfb.Shift(self.mean), tfb.Scale(self.scale)])
        sampler: Any = self.sampler
        return tfd.TransformedDistribution(sampler.distribution(), to_latents)


def mean_and_scale(z: Array) -> tuple[Array, Array]:
    """Of the latents [N, D], per dimension; a scale is never 0."""
    return z.mean(axis=0), np.maximum(z.std(axis=0), _LEAST)
