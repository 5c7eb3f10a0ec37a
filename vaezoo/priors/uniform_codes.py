"""Uniform priors over discrete codes."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import tfd
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class UniformCodes(Prior):
    """p(c) = S^-T: T independent codes, each uniform over S values.

    van den Oord et al. 2017, sec. 3.1, https://arxiv.org/abs/1711.00937: the prior under which
    the codes are learned.

    Args:
        latent_dim: T, codes per example.
        codebook_size: S, the number of different codes.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.
    """

    def __init__(
        self, latent_dim: int, *, codebook_size: int, **prior_args: Unpack[PriorArguments]
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.codebook_size = codebook_size
        self.space = f"codes_{codebook_size}"

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        logits = tf.zeros((self.latent_dim, self.codebook_size))
        return tfd.Independent(tfd.Categorical(logits=logits, dtype=tf.float32), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        uniform = 0.5 * (1 + tf.math.erf(noise / 2**0.5))
        return tf.minimum(tf.floor(uniform * self.codebook_size), self.codebook_size - 1.0)
