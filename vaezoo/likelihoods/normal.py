"""Likelihood of real-valued data."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.likelihoods.scaled import Scaled


@keras.saving.register_keras_serializable("vaezoo")
class Normal(Scaled):
    """p(x|z) = prod_i N(x_i; mean_i(z), scale_i^2), normalised.

    Kingma & Welling 2014, app. C.2, https://arxiv.org/abs/1312.6114; learned scales as in
    Rybkin et al. 2021, sec. 3, https://arxiv.org/abs/2006.13202.

    Args:
        data_shape: shape of one example.
        scale: a fixed standard deviation > 0; "shared" learns one for all dimensions,
            "per_dimension" one for each. Learned scales are initialised as 1.
        standardise: None, "shared", "per_channel" or "per_dimension", as for `Standardised`;
            scales are then in the units of the data.
        least_scale: of learned scales, in these units; e^-7 by default.

    Raises:
        ConfigError: `scale` is neither.
    """

    def value_distribution(self, mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
        return tfd.Normal(mean, scale)
