"""Likelihood of real-valued data, with the maximum-likelihood scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.scaled import MIN_LOG_SCALE
from vaezoo.likelihoods.standardised import Standardised
from vaezoo.protocols import Array


@keras.saving.register_keras_serializable("vaezoo")
class OptimalNormal(Standardised):
    """p(x|z) = N(x; mean(z), sigma^2 I),  sigma^2 = mean of (x - mean(z))^2 over the batch.

    The sigma-VAE: Rybkin et al. 2021, sec. 3.2, https://arxiv.org/abs/2006.13202. In training
    sigma is the maximum-likelihood value of each batch; elsewhere it is the exponential of a
    moving average of log sigma, which soon forgets the large errors of the first steps.

    Args:
        data_shape: shape of one example.
        momentum: of the moving average of log sigma, 0 or more and below 1.
        standardise: None, "shared", "per_channel" or "per_dimension", as for `Standardised`:
            sigma is then that of standardised values.

    Raises:
        ConfigError: `momentum` is out of its range.
        UnknownNameError: `standardise` is none of these.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        momentum: float = 0.99,
        standardise: str | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, standardise, **keras_args)
        if not isinstance(momentum, (int, float)) or not 0 <= momentum < 1:
            raise ConfigError(f"momentum={momentum!r}: give a number of 0 or more and below 1.")
        self.momentum = momentum
        state = {"shape": (), "trainable": False, "dtype": "float32", "aggregation": "mean"}
        # Both decay at the same rate, so that their ratio is an unbiased weighted average.
        self.total = self.add_weight(initializer="zeros", name="total", **state)
        self.weight = self.add_weight(initializer="zeros", name="weight", **state)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    def log_scale(self) -> tf.Tensor:
        """log sigma outside training, []; 0 before the first training step."""
        total, weight = map(tf.convert_to_tensor, (self.total, self.weight))
        return tf.math.divide_no_nan(total, weight)

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean, scale = self.in_units(tf.cast(outputs, tf.float32), tf.exp(self.log_scale()))
        return {"mean": mean, "scale": tf.broadcast_to(scale, tf.shape(mean))}

    def start_noise(self, mean: Array, variances: Array) -> None:
        self.total.assign(np.log(max(variances.mean(), math.exp(2 * MIN_LOG_SCALE))) / 2)
        self.weight.assign(1.0)

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return self._normal(outputs, self.log_scale())

    def training_distribution(
        self, outputs: tf.Tensor, x: tf.Tensor, weights: tf.Tensor | None = None
    ) -> tfd.Distribution:
        squares = (self.encoder_inputs(x) - tf.cast(outputs, tf.float32)) ** 2
        error, share = tf.reduce_mean(squares), tf.ones([])
        if weights is not None:
            per_sample = tf.reduce_mean(squares, axis=list(range(-len(self.data_shape), 0)))
            share = tf.reduce_mean(tf.reduce_sum(weights, axis=0))  # 0 on a replica that waits
            weighted = tf.reduce_mean(tf.reduce_sum(weights * per_sample, axis=0))
            error = tf.where(share > 0, tf.math.divide_no_nan(weighted, share), error)
        log_scale = tf.math.log(tf.maximum(error, math.exp(2 * MIN_LOG_SCALE))) / 2
        current = tf.stop_gradient(log_scale)
        # The averages are means over the replicas, of which each counts by its share.
        rate = (1 - self.momentum) * share
        self.total.assign(self.momentum * tf.convert_to_tensor(self.total) + rate * current)
        self.weight.assign(self.momentum * tf.convert_to_tensor(self.weight) + rate)
        return self._normal(outputs, log_scale)

    def _normal(self, outputs: tf.Tensor, log_scale: tf.Tensor) -> tfd.Distribution:
        location, scale = self.in_units(tf.cast(outputs, tf.float32), tf.exp(log_scale))
        return tfd.Independent(tfd.Normal(location, scale), len(self.data_shape))
