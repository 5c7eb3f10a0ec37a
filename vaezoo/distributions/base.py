"""Distributions over vectors, as TensorFlow Probability wants them."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class VectorDistribution(tfd.Distribution):
    """A distribution over float32 vectors.

    Subclasses implement `_sample_n` and `_log_prob`, and `_parameter_properties`, from which
    TensorFlow Probability infers the batch shape.

    Args:
        size: D, the size of an event.
        parameters: by name, as `_parameter_properties` names them.
        reparameterised: whether samples are differentiable by the parameters.
    """

    def __init__(
        self, size: int, parameters: Mapping[str, object], *, reparameterised: bool = True
    ) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=(
                tfd.FULLY_REPARAMETERIZED if reparameterised else tfd.NOT_REPARAMETERIZED
            ),
            validate_args=False,
            allow_nan_stats=True,
            parameters=dict(parameters),
            name=type(self).__name__,
        )
        self._size = size

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._size])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([self._size])
