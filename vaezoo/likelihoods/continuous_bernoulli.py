"""Likelihood of values between 0 and 1."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.likelihoods.base import Likelihood


@keras.saving.register_keras_serializable("vaezoo")
class ContinuousBernoulli(Likelihood):
    """p(x|z) = prod_i C(l_i) l_i^x_i (1 - l_i)^(1 - x_i), l = sigmoid(logits(z)), 0 <= x <= 1.

        C(l) = 2 artanh(1 - 2 l) / (1 - 2 l)

    Loaiza-Ganem & Cunningham 2019, eqs. 5 and 6, https://arxiv.org/abs/1907.06845: C(l)
    makes the cross-entropy a density of grey values. "mean" is the mean, which is not l.

    Args:
        data_shape: shape of one example.
    """

    value_range = (0.0, 1.0)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = tf.cast(outputs, tf.float32)
        # TFP's mean uses an operation that ONNX lacks. Near 0, where both fractions diverge, the
        # series replaces them; the 1 keeps their gradients finite there.
        near = tf.abs(logits) < 0.3
        safe = tf.where(near, 1.0, logits)
        mean = 0.5 / tf.tanh(safe / 2) - 1 / safe
        series = logits / 12 - logits**3 / 720
        return {"mean": 0.5 + tf.where(near, series, mean), "logits": logits}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        logits = tf.cast(outputs, tf.float32)
        return tfd.Independent(tfd.ContinuousBernoulli(logits=logits), len(self.data_shape))
