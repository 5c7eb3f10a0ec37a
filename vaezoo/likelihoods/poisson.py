"""Likelihood of counts."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.likelihoods.counts import Counts


@keras.saving.register_keras_serializable("vaezoo")
class Poisson(Counts):
    """p(x|z) = prod_i mean_i(z)^x_i exp(-mean_i(z)) / x_i!

    Liang et al. 2018, sec. 2, https://arxiv.org/abs/1802.05814.

    Args:
        data_shape: shape of one example.
    """

    def value_distribution(self, mean: tf.Tensor) -> tfd.Distribution:
        return tfd.Poisson(mean)
