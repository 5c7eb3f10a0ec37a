"""Convolutional encoder and its mirror image, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from vaezoo.errors import ConfigError


def sizes_at_levels(image_shape: Sequence[int], levels: int) -> list[tuple[int, int]]:
    """Height and width at each level: the halves, rounded up, as stride 2 leaves them."""
    if len(image_shape) != 3:
        raise ConfigError(
            f"network 'conv' needs images [height, width, channels], not data of shape "
            f"{list(image_shape)}: use network='mlp'."
        )
    height, width = image_shape[:2]
    return [(math.ceil(height / 2**i), math.ceil(width / 2**i)) for i in range(levels + 1)]


def conv_encoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    dense: int = 256,
    activation: str = "relu",
    dtype: Any = None,
    name: str | None = None,
) -> keras.Model:
    """Convolutions of stride 2, then a dense layer.

    Args:
        input_shape: [height, width, channels].
        output_shape: shape of one output.
        filters: channels at each level; each level halves height and width.
        dense: width of the dense layer.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers. The output is float32 always.
        name: of the model.

    Raises:
        ConfigError: the data are no images.
    """
    sizes_at_levels(input_shape, len(filters))
    h = inputs = keras.Input(tuple(input_shape), name="inputs")
    same = {"activation": activation, "dtype": dtype}
    for level, channels in enumerate(filters):
        h = layers.Conv2D(channels, 3, 2, padding="same", name=f"down_{level}", **same)(h)
    h = layers.Flatten(name="flat", dtype=dtype)(h)
    h = layers.Dense(dense, name="hidden", **same)(h)
    h = layers.Dense(math.prod(output_shape), name="parameters", dtype="float32")(h)
    outputs = layers.Reshape(tuple(output_shape), name="outputs", dtype="float32")(h)
    return keras.Model(inputs, outputs, name=name)


def conv_decoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    dense: int = 256,
    activation: str = "relu",
    dtype: Any = None,
    name: str | None = None,
) -> keras.Model:
    """The encoder's mirror image: dense layers, then transposed convolutions of stride 2.

    Args:
        input_shape: shape of z.
        output_shape: [height, width, channels].
        filters, dense, activation, dtype, name: as the encoder's, in the encoder's order.

    Raises:
        ConfigError: the data are no images.
    """
    sizes = sizes_at_levels(output_shape, len(filters))
    inputs = keras.Input(tuple(input_shape), name="inputs")
    smallest = (*sizes[-1], filters[-1])
    same = {"activation": activation, "dtype": dtype}
    h = layers.Dense(dense, name="hidden", **same)(inputs)
    h = layers.Dense(math.prod(smallest), name="unflat", **same)(h)
    h = layers.Reshape(smallest, name="smallest", dtype=dtype)(h)
    for level in reversed(range(len(filters))):
        channels = filters[max(level - 1, 0)]
        h = layers.Conv2DTranspose(channels, 3, 2, padding="same", name=f"up_{level}", **same)(h)
        # Twice a half that was rounded up is one too many.
        (height, width), (half_height, half_width) = sizes[level : level + 2]
        crop = ((0, 2 * half_height - height), (0, 2 * half_width - width))
        if crop != ((0, 0), (0, 0)):
            h = layers.Cropping2D(crop, name=f"crop_{level}", dtype=dtype)(h)
    outputs = layers.Conv2D(output_shape[-1], 3, padding="same", name="outputs", dtype="float32")(h)
    return keras.Model(inputs, outputs, name=name)
