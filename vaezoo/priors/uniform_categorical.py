"""Uniform priors over relaxed categories."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import RelaxedCategories, from_noise, tfd
from vaezoo.distributions.spaces import Simplices
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class UniformCategorical(Simplices, Prior):
    """p(z): z_g = softmax(Gumbel noise / t) for each group g of categories.

    The relaxed counterpart of the uniform distribution over num_categories, with its own
    temperature: Maddison et al. 2017, app. C, https://arxiv.org/abs/1611.00712.

    Args:
        latent_dim: D, the size of z.
        num_categories: C, categories per group.
        temperature: t > 0. Default 2/3, as the posterior's.

    Raises:
        ConfigError: `num_categories` is below 2 or does not divide `latent_dim`, or
            `temperature` is not a finite number above 0.
    """

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        logits = tf.zeros([self.num_groups, self.num_categories])
        return RelaxedCategories(self.temperature, logits)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return from_noise(self.distribution(context), noise)
