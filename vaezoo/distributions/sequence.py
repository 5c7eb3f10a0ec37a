"""Codes that are drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class CodeSequence(tfd.Distribution):
    """p(c) = prod_t p(c_t | c_1, ..., c_{t-1}), c_t whole numbers below S, given as floats.

    Args:
        logits: codes [N, T] -> of all p(c_t | c_<t), [N, T, S], each made of the c before it.
        from_noise: noise ~ N(0, I), [N, T], -> a draw of c, [N, T].
        length: T.
    """

    def __init__(
        self,
        logits: Callable[[tf.Tensor], tf.Tensor],
        from_noise: Callable[[tf.Tensor], tf.Tensor],
        length: int,
    ) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={},
            name="CodeSequence",
        )
        self._logits, self._from_noise, self._length = logits, from_noise, length

    @classmethod
    def _parameter_properties(cls, dtype: Any, num_classes: Any = None) -> dict[str, Any]:
        return {}

    def _batch_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._length])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([self._length])

    def _sample_n(self, n: Any, seed: Any = None) -> tf.Tensor:
        return self._from_noise(tf.random.stateless_normal((n, self._length), seed))

    def _log_prob(self, codes: tf.Tensor) -> tf.Tensor:
        rows = tf.reshape(codes, (-1, self._length))
        each = tfd.Categorical(logits=self._logits(rows)).log_prob(tf.cast(rows, tf.int32))
        return tf.reshape(tf.reduce_sum(each, axis=-1), tf.shape(codes)[:-1])
