"""Sequences of discrete codes, each of which depends on those before it."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.base import VectorDistribution


class CodeSequence(VectorDistribution):
    """p(c) = prod_t p(c_t | c_1, ..., c_{t-1}), c_t an integer from 0 to S - 1, as float32.

    Args:
        logits: codes [N, T] -> logits of all p(c_t | c_<t), [N, T, S].
        from_noise: noise ~ N(0, I), [N, T] -> a sample of c, [N, T].
        length: T.
    """

    def __init__(
        self,
        logits: Callable[[tf.Tensor], tf.Tensor],
        from_noise: Callable[[tf.Tensor], tf.Tensor],
        length: int,
    ) -> None:
        super().__init__(length, {}, reparameterised=False)
        self._logits, self._from_noise, self._length = logits, from_noise, length

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return {}

    def _batch_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        return self._from_noise(tf.random.stateless_normal((n, self._length), seed))

    def _log_prob(self, codes: tf.Tensor) -> tf.Tensor:
        rows = tf.reshape(codes, (-1, self._length))
        log_probs = tfd.Categorical(logits=self._logits(rows)).log_prob(tf.cast(rows, tf.int32))
        return tf.reshape(tf.reduce_sum(log_probs, axis=-1), tf.shape(codes)[:-1])
