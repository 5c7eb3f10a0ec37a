"""The unit normal."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class StandardNormal(Prior):
    """p(z) = N(z; 0, I). Kingma & Welling 2014, sec. 3, https://arxiv.org/abs/1312.6114.

    Args:
        latent_dim: D, the size of z.
    """

    export_graph = None

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        return tfd.Independent(tfd.Normal(tf.zeros(self.latent_dim), tf.ones(self.latent_dim)), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        return noise
