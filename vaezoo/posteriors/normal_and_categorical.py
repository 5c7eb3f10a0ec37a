"""Posteriors over real numbers and one relaxed category."""

from __future__ import annotations

from functools import cached_property

import keras
import tensorflow as tf

from vaezoo.distributions import Joint, tfd
from vaezoo.distributions.spaces import RealAndSimplex
from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.diagonal_normal import DiagonalNormal
from vaezoo.posteriors.gumbel_softmax import GumbelSoftmax


@keras.saving.register_keras_serializable("vaezoo")
class NormalAndCategorical(RealAndSimplex, Posterior):
    """q(z|x) = N(z[:-C]; mean(x), diag(scale(x)^2)) Concrete(z[-C:]; logits(x), temperature).

    JointVAE: Dupont 2018, https://arxiv.org/abs/1804.00104. The category's density is
    that of `GumbelSoftmax`; the paper uses the KL divergence of unrelaxed categories instead.

    Args:
        latent_dim: D, the size of z.
        num_categories: C, how many of the D numbers represent the category.
        temperature: of the relaxed category, > 0. Default 2/3.

    Raises:
        ConfigError: `num_categories` is below 2 or not below `latent_dim`, or `temperature`
            is not a finite number above 0.
    """

    @cached_property
    def normal(self) -> DiagonalNormal:
        """The posterior of the real numbers."""
        return DiagonalNormal(self.real_dim)

    @cached_property
    def category(self) -> GumbelSoftmax:
        """The posterior of the category."""
        return GumbelSoftmax(self.num_categories, self.num_categories, self.temperature)

    @property
    def num_outputs(self) -> int:
        return self.normal.num_outputs + self.category.num_outputs

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" ends with the categories' probabilities."""
        normal, category = self._split(outputs)
        parts = (self.normal.parameters(normal), self.category.parameters(category))
        return parts[0] | parts[1] | {"mean": tf.concat([part["mean"] for part in parts], axis=-1)}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        normal, category = self._split(outputs)
        return Joint([self.normal.distribution(normal), self.category.distribution(category)])

    def _split(self, outputs: tf.Tensor) -> list[tf.Tensor]:
        return tf.split(outputs, [-1, self.category.num_outputs], axis=-1)
