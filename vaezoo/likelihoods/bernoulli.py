"""Binary data."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from vaezoo.distributions import Binary, tfd
from vaezoo.likelihoods.base import Likelihood
from vaezoo.protocols import Array

_LEAST = 0.02  # a probability below which logits would be steep


@keras.saving.register_keras_serializable("vaezoo")
class Bernoulli(Likelihood):
    """p(x|z) = prod_i m_i^x_i (1 - m_i)^(1 - x_i), m = sigmoid(logits(z)), on x in {0, 1}.

    Kingma & Welling 2014, eq. 11, https://arxiv.org/abs/1312.6114. On grey values between
    0 and 1 the same expression is a cross-entropy, not a density: it can be trained on, but
    binarise the data on which a log-likelihood is reported.

    Args:
        data_shape: shape of one example.

    Example:
        >>> import numpy as np
        >>> from vaezoo.likelihoods import Bernoulli
        >>> likelihood = Bernoulli((2,))
        >>> likelihood.is_normalised_on(np.array([[0.0, 1.0]]))
        True
        >>> likelihood.is_normalised_on(np.array([[0.0, 0.5]]))
        False
    """

    value_range = (0.0, 1.0)
    is_discrete = True
    support = (0.0, 1.0)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = tf.cast(outputs, tf.float32)
        return {"mean": tf.sigmoid(logits), "logits": logits}

    def outputs_near(self, mean: Array, slopes: Array) -> tuple[Array, Array]:
        mean = np.clip(mean, _LEAST, 1 - _LEAST)
        return np.log(mean / (1 - mean)), slopes / (mean * (1 - mean))

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        logits = self.parameters(outputs)["logits"]
        return tfd.Independent(Binary(logits=logits, dtype=tf.float32), len(self.data_shape))
