"""All codes alike."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class UniformCodes(Prior):
    """p(c) = S^-T: T codes, each of S.

    van den Oord et al. 2017, sec. 3.1, https://arxiv.org/abs/1711.00937: what the codes are
    learned under.

    Args:
        latent_dim: T, codes of an example.
        codebook_size: S.
        prior_args: as for every prior.
    """

    def __init__(self, latent_dim: int, *, codebook_size: int, **prior_args: Any) -> None:
        super().__init__(latent_dim, **prior_args)
        self.codebook_size = codebook_size
        self.space = f"codes_{codebook_size}"

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        logits = tf.zeros((self.latent_dim, self.codebook_size))
        return tfd.Independent(tfd.Categorical(logits=logits, dtype=tf.float32), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        uniform = 0.5 * (1 + tf.math.erf(noise / 2**0.5))
        return tf.minimum(tf.floor(uniform * self.codebook_size), self.codebook_size - 1.0)
