"""Posteriors over relaxed categories."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import RelaxedCategories, tfd
from vaezoo.distributions.simplex import merge_groups, split_groups
from vaezoo.distributions.spaces import Simplices
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class GumbelSoftmax(Simplices, Posterior):
    """q(z|x): z_g = softmax((logits_g(x) + Gumbel noise) / t) for each group g of categories.

    z is a concatenation of latent_dim / num_categories relaxed one-hot vectors. Jang et al.
    2017, eq. 2, https://arxiv.org/abs/1611.01144; Maddison et al. 2017, definition 1,
    https://arxiv.org/abs/1611.00712. The density is that of the relaxed z, with respect to the
    first num_categories - 1 numbers of each group, and the prior is relaxed too (Maddison et
    al., app. C), so that the ELBO is a bound of the model that is trained. All numbers are
    clipped to at least 1e-30.

    Args:
        latent_dim: D, the size of z.
        num_categories: C, categories per group.
        temperature: t > 0, fixed; the lower, the nearer z is to one-hot, and the noisier the
            gradients. Default 2/3.

    Raises:
        ConfigError: `num_categories` is below 2 or does not divide `latent_dim`, or
            `temperature` is not a finite number above 0.
    """

    @property
    def num_outputs(self) -> int:
        return self.latent_dim

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" is the categories' probabilities."""
        outputs = tf.cast(outputs, tf.float32)
        logits = split_groups(outputs, self.num_groups, self.num_categories)
        return {"mean": merge_groups(tf.nn.softmax(logits), self.latent_dim), "logits": logits}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return RelaxedCategories(self.temperature, self.parameters(outputs)["logits"])
