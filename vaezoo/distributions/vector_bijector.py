"""Base class of bijectors with vectors as parameters."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import bijectors as tfb


class VectorBijector(tfb.Bijector):
    """An invertible map of R^D whose parameters are vectors or numbers.

    Args:
        parameters: by name, [..., size]; each becomes an attribute.

    Attributes:
        vectors: the names of the parameters of size D.
        scalars: the names of the parameters of size 1. All others are Python numbers.
    """

    vectors: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()

    def __init__(self, **parameters: tf.Tensor | float) -> None:
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.float32,
            parameters=parameters,
            name=type(self).__name__.lower(),
        )
        for name, value in parameters.items():
            setattr(self, name, value)

    @classmethod
    def _parameter_properties(cls, dtype: tf.DType) -> dict[str, object]:
        one_axis = tfp.util.ParameterProperties(event_ndims=1)
        return dict.fromkeys(cls.vectors + cls.scalars, one_axis)


def dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Inner products over the last axis, which is kept: [..., 1]."""
    return tf.reduce_sum(a * b, axis=-1, keepdims=True)


def length(v: tf.Tensor) -> tf.Tensor:
    """|v|, [..., 1], never 0: its gradient is finite everywhere."""
    return tf.sqrt(dot(v, v) + 1e-24)
