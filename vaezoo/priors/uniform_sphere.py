"""Every direction alike."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.distributions.spaces import at_least_two
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class UniformSphere(Prior):
    """p(z) = Gamma(D/2) / (2 pi^(D/2)) on the sphere |z| = 1, a density by its surface.

    Davidson et al. 2018, https://arxiv.org/abs/1804.00891.

    Args:
        latent_dim: D, the size of z: the sphere has D - 1 dimensions.

    Raises:
        ConfigError: `latent_dim` is below 2.
    """

    space = "sphere"

    def __init__(self, latent_dim: int, **prior_args: Any) -> None:
        super().__init__(at_least_two(latent_dim, "sphere"), **prior_args)

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        return tfd.SphericalUniform(self.latent_dim)

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        return tf.math.l2_normalize(noise, axis=-1)
