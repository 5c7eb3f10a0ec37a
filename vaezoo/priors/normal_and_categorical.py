"""Priors over real numbers and one relaxed category."""

from __future__ import annotations

from functools import cached_property

import keras
import tensorflow as tf

from vaezoo.distributions import Joint, tfd
from vaezoo.distributions.spaces import RealAndSimplex
from vaezoo.priors.base import NO_CONTEXT, Context, Prior
from vaezoo.priors.standard_normal import StandardNormal
from vaezoo.priors.uniform_categorical import UniformCategorical


@keras.saving.register_keras_serializable("vaezoo")
class NormalAndCategoricalPrior(RealAndSimplex, Prior):
    """p(z) = N(z[:-C]; 0, I) Concrete(z[-C:]; uniform, temperature).

    Dupont 2018, https://arxiv.org/abs/1804.00104, with a relaxed category.

    Args:
        latent_dim, num_categories, temperature: as the posterior's, `NormalAndCategorical`.

    Raises:
        ConfigError: an argument is out of its range.
    """

    @cached_property
    def normal(self) -> StandardNormal:
        """The prior of the real numbers."""
        return StandardNormal(self.real_dim)

    @cached_property
    def category(self) -> UniformCategorical:
        """The prior of the category."""
        return UniformCategorical(self.num_categories, self.num_categories, self.temperature)

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return Joint([self.normal.distribution(), self.category.distribution()])

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        normal, category = tf.split(noise, [-1, self.category.noise_dim], axis=-1)
        return tf.concat([normal, self.category.from_noise(category)], axis=-1)
