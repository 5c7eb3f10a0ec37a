"""Bernoulli variables, scored in fewer operations."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class Binary(tfd.Bernoulli):
    """`tfd.Bernoulli` of logits, whose log_prob costs less than half.

        log p(x) = x logit - softplus(logit)

    TFP's has a softplus for x = 0 and one for x = 1, and two sigmoids in the gradient. For logits
    between 8 and 17 the two round differently, by up to 2.5e-6.
    """

    def _log_prob(self, event: tf.Tensor) -> tf.Tensor:
        return tf.cast(event, self.logits.dtype) * self.logits - tf.nn.softplus(self.logits)
