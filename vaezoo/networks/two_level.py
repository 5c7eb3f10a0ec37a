"""Networks with two latent groups, the lower of which depends on the upper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras
from keras import KerasTensor, layers

from vaezoo._core.types import DType
from vaezoo.networks import images
from vaezoo.networks.conv import sizes_at_scales
from vaezoo.networks.hierarchy import FOR_VECTORS, Group, Hierarchy
from vaezoo.networks.mlp import gated, hidden_layer


def two_level(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    latent_dims: Sequence[int] = (40, 40),
    width: int = 300,
    activation: str = "gated",
    dtype: DType = None,
) -> Hierarchy:
    """Fully connected networks of the two-level VAE, "HVAE" in the paper.

        q(z_1|x) q(z_2|x, z_1)     p(z_1) p(z_2|z_1) p(x|z_1, z_2)

    Tomczak & Welling 2018, sec. 3, https://arxiv.org/abs/1705.07120.

    Args:
        data_shape: shape of one example.
        output_shape: of the likelihood's parameters.
        latent_dims: sizes of z_1 and of z_2.
        width: of the hidden layers.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.

    Example:
        >>> from vaezoo.networks import two_level
        >>> hierarchy = two_level((8, 8, 1), (8, 8, 1), latent_dims=(2, 4), width=16)
        >>> [group.latent_dim for group in hierarchy.groups]
        [2, 4]
    """

    def hidden(h: KerasTensor, name: str) -> KerasTensor:
        return hidden_layer(h, width, activation, name, dtype)

    x = keras.Input(tuple(data_shape), name="x")
    flat = images.Flatten(name="flat", dtype=dtype)(x)
    features = [hidden(hidden(flat, "first_0"), "first_1"), hidden(flat, "second")]
    state = keras.Input((width,), name="state")
    outputs = dense_float32(state, math.prod(output_shape))
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
    dtype: DType = None,
) -> Hierarchy:
    """`two_level` with convolutions around the dense layers, for images: "ConvHVAE" in the paper.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, parameters per pixel] of the likelihood.
        latent_dims: sizes of z_1 and of z_2.
        width: of the dense layers.
        filters: the encoder's channels at each scale; each scale halves height and width.
        decoder_filters: channels of the decoder's convolutions, at full resolution.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: the data are not images.
    """
    sizes_at_scales(data_shape, 0, network="conv_two_level", instead=FOR_VECTORS)

    def hidden(h: KerasTensor, name: str) -> KerasTensor:
        return hidden_layer(h, width, activation, name, dtype)

    def conv(h: KerasTensor, channels: int, name: str, strides: int = 1) -> KerasTensor:
        def layer(activation: str | None, name: str) -> layers.Layer:
            settings = {"padding": "same", "activation": activation, "name": name, "dtype": dtype}
            return images.Conv2D(channels, 3, strides, **settings)

        return gated(layer, h, activation, name, dtype)

    def encode(h: KerasTensor, name: str) -> KerasTensor:
        for scale, channels in enumerate(filters):
            h = conv(h, channels, f"{name}_{scale}")
            h = conv(h, channels, f"{name}_{scale}_halved", strides=2)
        return images.Flatten(name=f"{name}_flat", dtype=dtype)(conv(h, 6, f"{name}_few"))

    x = keras.Input(tuple(data_shape), name="x")
    features = [encode(x, "first"), hidden(encode(x, "second"), "second")]
    height, breadth, last = output_shape
    state = keras.Input((width,), name="state")
    h = hidden_layer(state, height * breadth, activation, "pixels", dtype)
    h = layers.Reshape((height, breadth, 1), name="image", dtype=dtype)(h)
    for index, channels in enumerate(decoder_filters):
        h = conv(h, channels, f"conv_{index}")
    outputs = images.Conv2D(last, 1, name="outputs", dtype="float32")(h)
    return Hierarchy(
        keras.Model(x, features, name="bottom_up"),
        two_groups(features, latent_dims, hidden, dtype),
        keras.Model(state, outputs, name="decoder"),
    )


def two_groups(
    features: Sequence[KerasTensor],
    latent_dims: Sequence[int],
    hidden: Callable[[KerasTensor, str], KerasTensor],
    dtype: DType,
) -> list[Group]:
    """The groups z_1 and z_2, given features of x for each; the last state depends on both."""

    def merge(h: KerasTensor, z: KerasTensor) -> KerasTensor:
        return hidden(layers.Concatenate(name="both", dtype=dtype)([h, z]), "joint")

    first, second = latent_dims
    above, below = keras.Input((first,), name="z_1"), keras.Input((second,), name="z_2")
    deep, flat = (keras.Input(each.shape[1:], name="features") for each in features)
    prior = dense_float32(hidden(hidden(above, "hidden_0"), "hidden_1"), 2 * second)
    posterior = dense_float32(merge(flat, hidden(above, "hidden")), 2 * second)
    state = merge(hidden(above, "hidden_1"), hidden(below, "hidden_2"))
    top_state = layers.Identity(name="state", dtype=dtype)(above)
    return [
        Group(
            first,
            keras.Model([deep], dense_float32(deep, 2 * first), name="posterior"),
            keras.Model([above], top_state, name="merge"),
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


def dense_float32(h: KerasTensor, size: int) -> KerasTensor:
    """Parameters of a distribution, always float32: [..., size]."""
    return layers.Dense(size, name="numbers", dtype="float32")(h)
