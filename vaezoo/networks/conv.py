"""Convolutional encoder and its mirror image, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from vaezoo._checks import positive
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
    patch: int = 1,
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
        patch: height and width of the squares whose pixels are made channels first. Images of
            many pixels and little detail cost a fraction then.
        dense: width of the dense layer.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers. The output is float32 always.
        name: of the model.

    Raises:
        ConfigError: the data are no images, or no whole number of patches, or `patch` is below 1.
    """
    sizes_at_levels(input_shape, len(filters))
    inputs = keras.Input(tuple(input_shape), name="inputs")
    h = _patches(inputs, patch, dtype)
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
    patch: int = 1,
    dense: int = 256,
    activation: str = "relu",
    dtype: Any = None,
    name: str | None = None,
) -> keras.Model:
    """The encoder's mirror image: dense layers, then transposed convolutions of stride 2.

    Args:
        input_shape: shape of z.
        output_shape: [height, width, channels].
        filters, patch, dense, activation, dtype, name: as the encoder's, in the encoder's order.

    Raises:
        ConfigError: the data are no images, or no whole number of patches, or `patch` is below 1.
    """
    shape = _shape_of_patches(output_shape, patch)
    sizes = sizes_at_levels(shape, len(filters))
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
    h = layers.Conv2D(shape[-1], 3, padding="same", name="last", dtype="float32")(h)
    return keras.Model(inputs, _pixels(h, patch), name=name)


def _shape_of_patches(image_shape: Sequence[int], patch: int) -> tuple[int, ...]:
    """[height / patch, width / patch, patch² channels]."""
    sizes_at_levels(image_shape, 0)
    patch = positive("patch", patch)
    height, width, channels = image_shape
    if height % patch or width % patch:
        raise ConfigError(
            f"network 'conv' with patch={patch} needs images of whole patches, not of "
            f"{height} × {width} pixels: choose a patch that divides both."
        )
    return (height // patch, width // patch, patch**2 * channels)


def _patches(h: Any, patch: int, dtype: Any) -> Any:
    """Images whose pixels of each patch are channels of one."""
    height, width, numbers = shape = _shape_of_patches(h.shape[1:], patch)
    if patch == 1:
        return h
    channels = numbers // patch**2
    h = layers.Reshape((height, patch, width, patch * channels), name="rows", dtype=dtype)(h)
    h = layers.Permute((1, 3, 2, 4), name="squares", dtype=dtype)(h)
    return layers.Reshape(shape, name="patches", dtype=dtype)(h)


def _pixels(h: Any, patch: int) -> Any:
    """Images of which `_patches` makes these."""
    if patch == 1:
        return h
    height, width, numbers = h.shape[1:]
    channels = numbers // patch**2
    h = layers.Reshape((height, width, patch, patch * channels), name="squares", dtype="float32")(h)
    h = layers.Permute((1, 3, 2, 4), name="rows", dtype="float32")(h)
    shape = (height * patch, width * patch, channels)
    return layers.Reshape(shape, name="outputs", dtype="float32")(h)
