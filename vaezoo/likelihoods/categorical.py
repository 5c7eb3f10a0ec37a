"""Likelihood of quantised values, with a free probability for each level."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import CategoricalValue
from vaezoo.likelihoods.discretised import DiscretisedValues


@keras.saving.register_keras_serializable("vaezoo")
class Categorical(DiscretisedValues):
    """p(x|z) = prod_i softmax(scores_i(z))[k_i],  x_i = k_i / (levels - 1).

    van den Oord et al. 2016, sec. 3, https://arxiv.org/abs/1601.06759.

    Args:
        data_shape: shape of one example.
        levels: the number of quantisation levels, 2 or more; the decoder outputs a logit for each.

    Raises:
        ConfigError: `levels` is below 2.
    """

    @property
    def parameters_per_value(self) -> int:
        return self.levels

    def value_distribution(self, raw: tf.Tensor) -> CategoricalValue:
        return CategoricalValue(self.levels, raw)
