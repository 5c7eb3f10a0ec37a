"""Networks, by name: functions that return built functional Keras models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from vaezoo.errors import DataError
from vaezoo.networks.causal import causal_transformer
from vaezoo.networks.conv import conv_decoder, conv_encoder
from vaezoo.networks.grid import Grid, conv_grid, mlp_grid
from vaezoo.networks.hierarchy import Group, Hierarchy
from vaezoo.networks.ladder import ladder
from vaezoo.networks.mlp import mlp
from vaezoo.networks.residual import residual
from vaezoo.networks.resnet import resnet_decoder, resnet_encoder
from vaezoo.networks.two_level import conv_two_level, two_level

__all__ = [
    "GRIDS",
    "HIERARCHIES",
    "NETWORKS",
    "Grid",
    "Group",
    "Hierarchy",
    "Network",
    "apply",
    "causal_transformer",
    "conv_decoder",
    "conv_encoder",
    "conv_grid",
    "conv_two_level",
    "ladder",
    "mlp",
    "mlp_grid",
    "residual",
    "resnet_decoder",
    "resnet_encoder",
    "two_level",
]


class Network(NamedTuple):
    """An encoder's and a decoder's maker: (input_shape, output_shape, ...) -> keras.Model."""

    encoder: Callable[..., keras.Model]
    decoder: Callable[..., keras.Model]


NETWORKS = {
    "mlp": Network(mlp, mlp),
    "conv": Network(conv_encoder, conv_decoder),
    "resnet": Network(resnet_encoder, resnet_decoder),
}


# Makers of all networks of a model with several latent groups.
HIERARCHIES: dict[str, Callable[..., Hierarchy]] = {
    "two_level": two_level,
    "conv_two_level": conv_two_level,
    "ladder": ladder,
    "residual": residual,
}

# Makers of the networks of a model of codes.
GRIDS: dict[str, Callable[..., Grid]] = {"conv": conv_grid, "mlp": mlp_grid}


def apply(network: keras.Model, x: Any, training: bool = False) -> tf.Tensor:
    """Applies `network` to x of shape [..., *input_shape], whatever the leading axes are.

    Args:
        network: of one input, or of several.
        x: a tensor, or a list of as many as there are inputs; the leading axes of one of them
            may be the last of another's, to which it is repeated.
        training: as for a Keras layer.

    Raises:
        DataError: x has another shape.
    """
    several = isinstance(x, list)
    inputs = [tf.cast(tf.convert_to_tensor(value), tf.float32) for value in (x if several else [x])]
    events = [tuple(entry.shape[1:]) for entry in network.inputs]
    for value, event in zip(inputs, events, strict=True):
        leading = len(value.shape) - len(event)
        if leading < 0 or not value.shape[leading:].is_compatible_with(event):
            raise DataError(
                f"the {network.name} was given shape {list(value.shape)}: expected "
                f"[..., {', '.join(map(str, event))}]."
            )
    ranks = [len(value.shape) - len(event) for value, event in zip(inputs, events, strict=True)]
    widest = inputs[ranks.index(max(ranks))]
    static, leading_shape = widest.shape[: max(ranks)], tf.shape(widest)[: max(ranks)]
    rows = [
        tf.reshape(_repeated(value, leading_shape, event, rank < max(ranks)), (-1, *event))
        for value, event, rank in zip(inputs, events, ranks, strict=True)
    ]
    outputs = network(rows if several else rows[0], training=training)
    shape = tf.concat([leading_shape, outputs.shape[1:]], axis=0)
    return tf.ensure_shape(tf.reshape(outputs, shape), [*static, *outputs.shape[1:]])


def _repeated(x: tf.Tensor, leading: tf.Tensor, event: tuple[int, ...], needed: bool) -> tf.Tensor:
    return tf.broadcast_to(x, tf.concat([leading, event], axis=0)) if needed else x
