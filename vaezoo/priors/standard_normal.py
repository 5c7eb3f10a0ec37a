"""The standard normal prior."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class StandardNormal(Prior):
    """p(z) = N(z; 0, I). Kingma & Welling 2014, sec. 3, https://arxiv.org/abs/1312.6114.

    Args:
        latent_dim: D, the size of z.

    Example:
        >>> from vaezoo.priors import StandardNormal
        >>> StandardNormal(latent_dim=2).distribution().event_shape.as_list()
        [2]
    """

    export_graph = None

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return tfd.Independent(tfd.Normal(tf.zeros(self.latent_dim), tf.ones(self.latent_dim)), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return noise
