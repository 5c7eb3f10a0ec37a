"""A linear map beside a network: outputs = linear(inputs) + network(inputs)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor, layers

from vaezoo.networks import images
from vaezoo.protocols import Array

_NAME = "shortcut"


@keras.saving.register_keras_serializable("vaezoo")
class Linear(layers.Layer):
    """(x - centre) kernel + bias, with the knowledge whether these were computed from data.

    Without the centre, large sums would cancel: float32 has no digits for what is left.

    Not a `Dense`, which saves its kernel and bias only.
    """

    def __init__(self, units: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.units = units

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}

    def build(self, input_shape: Sequence[int]) -> None:
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")
        self.centre = self.add_weight((input_shape[-1],), "zeros", trainable=False, name="centre")
        self.known = self.add_weight((), "zeros", trainable=False, name="known")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        centred = x - tf.convert_to_tensor(self.centre)
        return tf.matmul(centred, tf.convert_to_tensor(self.kernel)) + self.bias

    def compute_output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        return (*input_shape[:-1], self.units)


def parameters(
    inputs: KerasTensor, h: KerasTensor, output_shape: Sequence[int], shortcut: bool
) -> KerasTensor:
    """The outputs of a network whose last layer is dense, from its features `h`."""
    size, weights = math.prod(output_shape), last_weights(shortcut)
    h = layers.Dense(size, kernel_initializer=weights, name="parameters", dtype="float32")(h)
    h = layers.Reshape(tuple(output_shape), name="outputs", dtype="float32")(h)
    return with_shortcut(inputs, h, shortcut)


def last_weights(shortcut: bool) -> str:
    """How the last layer of a network begins: at 0 where a shortcut does its work."""
    return "zeros" if shortcut else "glorot_uniform"


def with_shortcut(inputs: KerasTensor, outputs: KerasTensor, shortcut: bool) -> KerasTensor:
    """The network's outputs, plus a linear map of its inputs where there is a shortcut."""
    if not shortcut:
        return outputs
    shape = tuple(outputs.shape[1:])
    h = inputs
    if len(inputs.shape) > 2:
        h = images.Flatten(name="shortcut_flat", dtype="float32")(inputs)
    h = Linear(math.prod(shape), name=_NAME, dtype="float32")(h)
    h = layers.Reshape(shape, name="shortcut_outputs", dtype="float32")(h)
    return layers.Add(name="sum", dtype="float32")([outputs, h])


def has_open_shortcut(network: keras.Model) -> bool:
    """Whether a network has a shortcut whose weights are still to be computed from data."""
    layer = _layer(network)
    return layer is not None and bool(tf.convert_to_tensor(layer.known) == 0)


def set_shortcut(network: keras.Model, kernel: Array, bias: Array, centre: Array) -> None:
    """Sets a shortcut's weights.

    Args:
        network: that has one.
        kernel: [*I, O], of the O outputs and the first of the inputs, whose shape may have more
            than I on the last axis, such as a condition: these get 0.
        bias: [O], the outputs at the centre.
        centre: of the inputs, [*I].
    """
    layer = _layer(network)
    *axes, own = kernel.shape[:-1]
    more = network.input_shape[-1] - own
    around = [(0, 0)] * len(axes)
    wide = np.pad(kernel, [*around, (0, more), (0, 0)])
    layer.kernel.assign(wide.reshape(-1, wide.shape[-1]))
    layer.centre.assign(np.pad(centre, [*around, (0, more)]).reshape(-1))
    layer.bias.assign(bias)
    layer.known.assign(1.0)


def _layer(network: keras.Model) -> Any:
    return next((layer for layer in network.layers if isinstance(layer, Linear)), None)
