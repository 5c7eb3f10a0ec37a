"""Two latent groups, the lower of which sees the upper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from vaezoo.networks.conv import sizes_at_levels
from vaezoo.networks.hierarchy import Group, Hierarchy
from vaezoo.networks.mlp import gated, hidden_layer


def two_level(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    latent_dims: Sequence[int] = (40, 40),
    width: int = 300,
    activation: str = "gated",
    dtype: Any = None,
) -> Hierarchy:
    """Fully connected networks of the two-level VAE, "HVAE" in the paper.

        q(z_1|x) q(z_2|x, z_1)     p(z_1) p(z_2|z_1) p(x|z_1, z_2)

    Tomczak & Welling 2018, sec. 3, https://arxiv.org/abs/1705.07120.

    Args:
        data_shape: shape of one example.
        output_shape: of the numbers that the likelihood reads.
        latent_dims: sizes of z_1 and of z_2.
        width: of the hidden layers.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.
    """

    def hidden(h: Any, name: str) -> Any:
        return hidden_layer(h, width, activation, name, dtype)

    x = keras.Input(tuple(data_shape), name="x")
    flat = layers.Flatten(name="flat", dtype=dtype)(x)
    features = [hidden(hidden(flat, "first_0"), "first_1"), hidden(flat, "second")]
    state = keras.Input((width,), name="state")
    outputs = numbers(state, math.prod(output_shape))
    outputs = layers.Reshape(tuple(output_shape), name="outputs", dtype="float32")(outputs)
    return Hierarchy(
        keras.Model(x, features, name="bottom_up"),
        two_groups(features, latent_dims, hidden, dtype),
        keras.Model(state, outputs, name="decoder"),
    )


def conv_two_level(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    latent_dims: Sequence[int] = (40, 40),
    width: int = 300,
    filters: Sequence[int] = (32, 64),
    decoder_filters: Sequence[int] = (64, 64, 64, 64),
    activation: str = "gated",
    dtype: Any = None,
) -> Hierarchy:
    """`two_level` with convolutions around the dense layers, for images: "ConvHVAE" in the paper.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, numbers a pixel] that the likelihood reads.
        latent_dims: sizes of z_1 and of z_2.
        width: of the dense layers.
        filters: channels at each level of the encoder; each level halves height and width.
        decoder_filters: channels of the decoder's convolutions, at full height and width.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: the data are no images.
    """
    sizes_at_levels(data_shape, len(filters))

    def hidden(h: Any, name: str) -> Any:
        return hidden_layer(h, width, activation, name, dtype)

    def conv(h: Any, channels: int, name: str, strides: int = 1) -> Any:
        def layer(activation: str | None, name: str) -> Any:
            settings = {"padding": "same", "activation": activation, "name": name, "dtype": dtype}
            return layers.Conv2D(channels, 3, strides, **settings)

        return gated(layer, h, activation, name, dtype)

    def seen(h: Any, name: str) -> Any:
        for level, channels in enumerate(filters):
            h = conv(h, channels, f"{name}_{level}")
            h = conv(h, channels, f"{name}_{level}_halved", strides=2)
        return layers.Flatten(name=f"{name}_flat", dtype=dtype)(conv(h, 6, f"{name}_few"))

    x = keras.Input(tuple(data_shape), name="x")
    features = [seen(x, "first"), hidden(seen(x, "second"), "second")]
    height, breadth, last = output_shape
    state = keras.Input((width,), name="state")
    h = hidden_layer(state, height * breadth, activation, "pixels", dtype)
    h = layers.Reshape((height, breadth, 1), name="image", dtype=dtype)(h)
    for index, channels in enumerate(decoder_filters):
        h = conv(h, channels, f"conv_{index}")
    outputs = layers.Conv2D(last, 1, name="outputs", dtype="float32")(h)
    return Hierarchy(
        keras.Model(x, features, name="bottom_up"),
        two_groups(features, latent_dims, hidden, dtype),
        keras.Model(state, outputs, name="decoder"),
    )


def two_groups(
    features: Sequence[Any],
    latent_dims: Sequence[int],
    hidden: Callable[[Any, str], Any],
    dtype: Any,
) -> list[Group]:
    """z_1 and z_2, for features of either; the last state is made of both."""

    def joined(h: Any, z: Any) -> Any:
        return hidden(layers.Concatenate(name="both", dtype=dtype)([h, z]), "joint")

    first, second = latent_dims
    above, below = keras.Input((first,), name="z_1"), keras.Input((second,), name="z_2")
    deep, flat = (keras.Input(each.shape[1:], name="features") for each in features)
    prior = numbers(hidden(hidden(above, "hidden_0"), "hidden_1"), 2 * second)
    posterior = numbers(joined(flat, hidden(above, "hidden")), 2 * second)
    state = joined(hidden(above, "hidden_1"), hidden(below, "hidden_2"))
    kept = layers.Identity(name="state", dtype=dtype)(above)
    return [
        Group(
            first,
            keras.Model([deep], numbers(deep, 2 * first), name="posterior"),
            keras.Model([above], kept, name="merge"),
            name="group_1",
        ),
        Group(
            second,
            keras.Model([flat, above], posterior, name="posterior"),
            keras.Model([above, below], state, name="merge"),
            keras.Model(above, prior, name="prior"),
            name="group_2",
        ),
    ]


def numbers(h: Any, size: int) -> Any:
    """What a distribution is made of, in float32 always: [..., size]."""
    return layers.Dense(size, name="numbers", dtype="float32")(h)
