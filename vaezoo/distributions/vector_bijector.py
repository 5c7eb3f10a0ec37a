"""What the bijectors of this package share."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import bijectors as tfb


class VectorBijector(tfb.Bijector):
    """An invertible map of R^D whose parameters are vectors too.

    Args:
        parameters: by name, [..., size]; each becomes an attribute.

    Attributes:
        vectors: the names of the parameters of size D.
        numbers: the names of the parameters of size 1. Others are plain numbers.
    """

    vectors: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    def __init__(self, **parameters: Any) -> None:
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.float32,
            parameters=parameters,
            name=type(self).__name__.lower(),
        )
        for name, value in parameters.items():
            setattr(self, name, value)

    @classmethod
    def _parameter_properties(cls, dtype: Any) -> dict[str, Any]:
        one_axis = tfp.util.ParameterProperties(event_ndims=1)
        return dict.fromkeys(cls.vectors + cls.numbers, one_axis)


def dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Inner products of the last axis, which stays: [..., 1]."""
    return tf.reduce_sum(a * b, axis=-1, keepdims=True)


def length(v: tf.Tensor) -> tf.Tensor:
    """|v|, [..., 1], never 0: its gradient is finite everywhere."""
    return tf.sqrt(dot(v, v) + 1e-24)
