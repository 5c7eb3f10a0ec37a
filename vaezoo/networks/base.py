"""What networks are, and how they are applied to tensors with several leading axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from vaezoo.errors import DataError


class Network(NamedTuple):
    """Builders of an encoder and a decoder: (input_shape, output_shape, ...) -> keras.Model.

    To add a network, write both builders and add the pair to `vaezoo.networks.NETWORKS`. They
    take `dtype` and `name`, in addition to arguments of their own, and return built models
    whose outputs are float32.

    Example:
        >>> from vaezoo.networks import NETWORKS, Network, mlp
        >>> network = Network(encoder=mlp, decoder=mlp)
        >>> network.encoder((8, 8, 1), (32,), hidden=(64,)).output_shape
        (None, 32)
        >>> sorted(NETWORKS)
        ['conv', 'mlp', 'resnet', 'wide_resnet']
    """

    encoder: Callable[..., keras.Model]
    decoder: Callable[..., keras.Model]


def apply(
    network: keras.Model, x: tf.Tensor | list[tf.Tensor], training: bool = False
) -> tf.Tensor:
    """Applies `network` to x of shape [..., *input_shape], for any leading axes.

    Args:
        network: with one input, or several.
        x: a tensor, or a list with one tensor per input. An input with fewer leading axes than
            another is broadcast: its leading axes are the last of the other's.
        training: as for a Keras layer.

    Returns:
        float32, [..., *output_shape].

    Raises:
        DataError: x has another shape.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.networks import apply, mlp
        >>> decoder = mlp((2,), (8, 8, 1))
        >>> apply(decoder, tf.zeros([5, 3, 2])).shape.as_list()
        [5, 3, 8, 8, 1]
    """
    has_several = isinstance(x, list)
    inputs = [
        tf.cast(tf.convert_to_tensor(value), tf.float32) for value in (x if has_several else [x])
    ]
    events = [tuple(entry.shape[1:]) for entry in network.inputs]
    for value, event in zip(inputs, events, strict=True):
        _check_shape(value.shape, event, network.name)
    ranks = [len(value.shape) - len(event) for value, event in zip(inputs, events, strict=True)]
    widest = inputs[ranks.index(max(ranks))]
    static, leading = widest.shape[: max(ranks)], tf.shape(widest)[: max(ranks)]
    rows = [
        tf.reshape(value if rank == max(ranks) else _broadcast(value, leading, event), (-1, *event))
        for value, event, rank in zip(inputs, events, ranks, strict=True)
    ]
    outputs = network(rows if has_several else rows[0], training=training)
    shape = tf.concat([leading, outputs.shape[1:]], axis=0)
    return tf.ensure_shape(tf.reshape(outputs, shape), [*static, *outputs.shape[1:]])


def _check_shape(shape: tf.TensorShape, event: Sequence[int], name: str) -> None:
    leading = len(shape) - len(event)
    if leading < 0 or not shape[leading:].is_compatible_with(event):
        raise DataError(
            f"the {name} was given shape {list(shape)}: expected "
            f"[..., {', '.join(map(str, event))}]."
        )


def _broadcast(x: tf.Tensor, leading: tf.Tensor, event: tuple[int, ...]) -> tf.Tensor:
    return tf.broadcast_to(x, tf.concat([leading, event], axis=0))
