"""Priors over proportions."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import above_zero
from vaezoo._core.types import PriorArguments
from vaezoo.distributions import OpenDirichlet, tfd
from vaezoo.distributions.simplex import off_faces
from vaezoo.distributions.spaces import two_or_more
from vaezoo.errors import ConfigError
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class DirichletPrior(Prior):
    """p(z) = prod_d z_d^(a - 1) / Beta(a, ..., a) where sum_d z_d = 1.

    Joo et al. 2019, https://arxiv.org/abs/1901.02739, with a just below 1. Samples are functions
    of unit normals: a gamma variable of shape a is half the sum of 2 a squares.

    Args:
        latent_dim: D, the size of z.
        concentration: a, a multiple of 0.5. Default 1: uniform.

    Raises:
        ConfigError: `latent_dim` is below 2, or `concentration` is not such a multiple.
    """

    space = "simplex"

    def __init__(
        self, latent_dim: int, concentration: float = 1.0, **prior_args: Unpack[PriorArguments]
    ) -> None:
        super().__init__(two_or_more(latent_dim, "simplex"), **prior_args)
        if above_zero("concentration", concentration) % 0.5:
            raise ConfigError(
                f"concentration={concentration!r}: give a multiple of 0.5, for which "
                "samples are exact functions of normal noise."
            )
        self.concentration = concentration

    @property
    def noise_dim(self) -> int:
        return int(2 * self.concentration) * self.latent_dim

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return OpenDirichlet(tf.fill([self.latent_dim], float(self.concentration)))

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        squares = tf.reshape(noise**2, [-1, self.latent_dim, int(2 * self.concentration)])
        gammas = tf.reduce_sum(squares, axis=-1)
        return off_faces(gammas / tf.reduce_sum(gammas, axis=-1, keepdims=True))
