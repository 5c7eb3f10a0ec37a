"""Proportions."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import OpenDirichlet, tfd
from vaezoo.distributions.simplex import off_faces
from vaezoo.distributions.spaces import above_zero, at_least_two
from vaezoo.errors import ConfigError
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class DirichletPrior(Prior):
    """p(z) = prod_d z_d^(a - 1) / Beta(a, ..., a) where sum_d z_d = 1.

    Joo et al. 2019, https://arxiv.org/abs/1901.02739, who take a just below 1. A whole number
    of unit normals makes such a z: gamma(a) is half the sum of 2a squares.

    Args:
        latent_dim: D, the size of z.
        concentration: a, a multiple of 0.5. Default 1: every z alike.

    Raises:
        ConfigError: `latent_dim` is below 2, or `concentration` is no such multiple.
    """

    space = "simplex"

    def __init__(self, latent_dim: int, concentration: float = 1.0, **prior_args: Any) -> None:
        super().__init__(at_least_two(latent_dim, "simplex"), **prior_args)
        if above_zero("concentration", concentration) % 0.5:
            raise ConfigError(
                f"concentration={concentration!r}: give a multiple of 0.5, which samples can "
                "be made of from normal noise exactly."
            )
        self.concentration = concentration

    @property
    def noise_dim(self) -> int:
        return int(2 * self.concentration) * self.latent_dim

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        return OpenDirichlet(tf.fill([self.latent_dim], float(self.concentration)))

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        squares = tf.reshape(noise**2, [-1, self.latent_dim, int(2 * self.concentration)])
        gammas = tf.reduce_sum(squares, axis=-1)
        return off_faces(gammas / tf.reduce_sum(gammas, axis=-1, keepdims=True))
