"""Uniform priors on the sphere."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import tfd
from vaezoo.distributions.spaces import two_or_more
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class UniformSphere(Prior):
    """p(z) = Gamma(D/2) / (2 pi^(D/2)) on the sphere |z| = 1, a density on its surface.

    Davidson et al. 2018, https://arxiv.org/abs/1804.00891.

    Args:
        latent_dim: D, the size of z: the sphere has D - 1 dimensions.

    Raises:
        ConfigError: `latent_dim` is below 2.
    """

    space = "sphere"

    def __init__(self, latent_dim: int, **prior_args: Unpack[PriorArguments]) -> None:
        super().__init__(two_or_more(latent_dim, "sphere"), **prior_args)

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return tfd.SphericalUniform(self.latent_dim)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return tf.math.l2_normalize(noise, axis=-1)
