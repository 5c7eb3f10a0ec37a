"""Likelihood of real-valued data with absolute errors."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.likelihoods.scaled import Scaled


@keras.saving.register_keras_serializable("vaezoo")
class Laplace(Scaled):
    """p(x|z) = prod_i exp(-|x_i - mean_i(z)| / scale_i) / (2 scale_i).

    Less sensitive to outliers than `Normal`.

    Args:
        data_shape: shape of one example.
        scale: a fixed number > 0, "shared" or "per_dimension", as for `Normal`; the standard
            deviation is sqrt(2) times the scale.
        standardise, least_scale: as for `Normal`.

    Raises:
        ConfigError: `scale` is neither.
    """

    def value_distribution(self, mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
        return tfd.Laplace(mean, scale)
