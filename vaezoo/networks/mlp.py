"""Fully connected networks, for data of any shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
from keras import KerasTensor, layers

from vaezoo._core.types import DType
from vaezoo.networks import images
from vaezoo.networks.shortcut import parameters


def hidden_layer(
    h: KerasTensor, width: int, activation: str, name: str, dtype: DType
) -> KerasTensor:
    """Dense layer; "gated" is linear(h) * sigmoid(linear(h)), as in the VampPrior paper.

    Tomczak & Welling 2018, sec. 5, https://arxiv.org/abs/1705.07120.
    """

    def layer(activation: str | None, name: str) -> layers.Layer:
        return layers.Dense(width, activation=activation, name=name, dtype=dtype)

    return gated(layer, h, activation, name, dtype)


def gated(
    layer: Callable[[str | None, str], layers.Layer],
    h: KerasTensor,
    activation: str,
    name: str,
    dtype: DType,
) -> KerasTensor:
    """layer(activation, name)(h); for "gated", a linear layer times a sigmoid layer."""
    if activation != "gated":
        return layer(activation, name)(h)
    both = [layer(None, f"{name}_linear")(h), layer("sigmoid", f"{name}_gate")(h)]
    return layers.Multiply(name=name, dtype=dtype)(both)


def mlp(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    hidden: Sequence[int] = (256, 256),
    activation: str = "relu",
    shortcut: bool = False,
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """A multi-layer perceptron, used as encoder and as decoder.

    Args:
        input_shape: shape of one example, flattened first.
        output_shape: shape of one output.
        hidden: widths of the hidden layers.
        activation: a Keras activation's name, or "gated".
        shortcut: adds a linear map of the inputs to the outputs; see `VAE`.
        dtype: policy of the hidden layers. The output is always float32.
        name: of the model.

    Example:
        >>> from vaezoo.networks import mlp
        >>> mlp((8, 8, 1), (32,), hidden=(64,)).output_shape
        (None, 32)
    """
    inputs = keras.Input(tuple(input_shape), name="inputs")
    h = images.Flatten(name="flat", dtype=dtype)(inputs) if len(input_shape) > 1 else inputs
    for index, width in enumerate(hidden):
        h = hidden_layer(h, width, activation, f"hidden_{index}", dtype)
    return keras.Model(inputs, parameters(inputs, h, output_shape, shortcut), name=name)
