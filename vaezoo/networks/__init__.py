"""Networks, by name: functions that return built functional Keras models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from vaezoo.networks.conv import conv_decoder, conv_encoder
from vaezoo.networks.mlp import mlp

__all__ = ["NETWORKS", "Network", "apply", "conv_decoder", "conv_encoder", "mlp"]


class Network(NamedTuple):
    """An encoder's and a decoder's maker: (input_shape, output_shape, ...) -> keras.Model."""

    encoder: Callable[..., keras.Model]
    decoder: Callable[..., keras.Model]


NETWORKS = {"mlp": Network(mlp, mlp), "conv": Network(conv_encoder, conv_decoder)}


def apply(network: keras.Model, x: Any, training: bool = False) -> tf.Tensor:
    """Applies `network` to x of shape [..., *input_shape], whatever the leading axes are."""
    x = tf.cast(tf.convert_to_tensor(x), tf.float32)
    leading = len(x.shape) - len(network.input_shape[1:])
    outputs = network(tf.reshape(x, (-1, *network.input_shape[1:])), training=training)
    shape = tf.concat([tf.shape(x)[:leading], outputs.shape[1:]], axis=0)
    return tf.ensure_shape(tf.reshape(outputs, shape), [*x.shape[:leading], *outputs.shape[1:]])
