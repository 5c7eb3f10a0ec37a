"""Networks, by name: functions that return built functional Keras models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from vaezoo.errors import DataError
from vaezoo.networks.conv import conv_decoder, conv_encoder
from vaezoo.networks.mlp import mlp

__all__ = ["NETWORKS", "Network", "apply", "conv_decoder", "conv_encoder", "mlp"]


class Network(NamedTuple):
    """An encoder's and a decoder's maker: (input_shape, output_shape, ...) -> keras.Model."""

    encoder: Callable[..., keras.Model]
    decoder: Callable[..., keras.Model]


NETWORKS = {"mlp": Network(mlp, mlp), "conv": Network(conv_encoder, conv_decoder)}


def apply(network: keras.Model, x: Any, training: bool = False) -> tf.Tensor:
    """Applies `network` to x of shape [..., *input_shape], whatever the leading axes are.

    Raises:
        DataError: x has another shape.
    """
    x = tf.cast(tf.convert_to_tensor(x), tf.float32)
    event_shape = network.input_shape[1:]
    leading = len(x.shape) - len(event_shape)
    if leading < 0 or not x.shape[leading:].is_compatible_with(event_shape):
        raise DataError(
            f"the {network.name} was given shape {list(x.shape)}: expected "
            f"[..., {', '.join(map(str, event_shape))}]."
        )
    outputs = network(tf.reshape(x, (-1, *event_shape)), training=training)
    shape = tf.concat([tf.shape(x)[:leading], outputs.shape[1:]], axis=0)
    return tf.ensure_shape(tf.reshape(outputs, shape), [*x.shape[:leading], *outputs.shape[1:]])
