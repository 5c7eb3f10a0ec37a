"""Codes of any place and size."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.distributions import tfb, tfd

_LEAST = 1e-6  # of the scales: a code may never change


class Standardised:
    """z = mean + scale y, where y is of a sampler fitted to codes of mean 0 and variance 1.

    Networks begin near the unit normal, and would take long to reach codes far from it.

    Args:
        sampler: of y.
        mean: of the codes, [D].
        scale: their standard deviations, [D].
    """

    def __init__(self, sampler: Any, mean: np.ndarray, scale: np.ndarray) -> None:
        self.sampler = sampler
        self.mean = mean
        self.scale = scale

    @property
    def noise_dim(self) -> int:
        """As the sampler's."""
        return self.sampler.noise_dim

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        return self.mean + self.scale * self.sampler.from_noise(noise)

    def distribution(self) -> tfd.Distribution:
        """p(z), where the sampler has a density."""
        to_codes = tfb.Chain([tfb.Shift(self.mean), tfb.Scale(self.scale)])
        return tfd.TransformedDistribution(self.sampler.distribution(), to_codes)


def mean_and_scale(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the codes [N, D], number by number; a scale is never 0."""
    return z.mean(axis=0), np.maximum(z.std(axis=0), _LEAST)
