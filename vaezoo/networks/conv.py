"""Convolutional encoder and decoder, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import KerasTensor, layers

from vaezoo._checks import positive
from vaezoo._core.types import DType
from vaezoo.errors import ConfigError
from vaezoo.networks import images
from vaezoo.networks.shortcut import last_weights, parameters, with_shortcut


def sizes_at_scales(
    image_shape: Sequence[int],
    num_scales: int,
    *,
    network: str = "conv",
    instead: str = "network='mlp'",
) -> list[tuple[int, int]]:
    """Height and width at each scale: halved and rounded up, as stride 2 does. Raises
    `ConfigError` where the data are not images: what `network` is, and what to use instead."""
    if len(image_shape) != 3:
        raise ConfigError(
            f"network {network!r} needs images [height, width, channels], not data of shape "
            f"{list(image_shape)}: use {instead}."
        )
    height, width = image_shape[:2]
    return [(math.ceil(height / 2**i), math.ceil(width / 2**i)) for i in range(num_scales + 1)]


def conv_encoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    kernel: int = 3,
    patch: int = 1,
    dense: int = 256,
    activation: str = "relu",
    shortcut: bool = False,
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """Convolutions of stride 2, then a dense layer.

    Args:
        input_shape: [height, width, channels].
        output_shape: shape of one output.
        filters: channels at each scale; each scale halves height and width.
        kernel: height and width that a convolution sees. 4 sees every pixel equally often, where 3
            sees every second one twice: then gradients of pixels, as of a critic, have a grid.
        patch: height and width of square patches that are flattened to channels first: cheaper,
            for large images with little detail.
        dense: width of the dense layer.
        activation: a Keras activation's name.
        shortcut: adds a linear map of the inputs to the outputs; see `VAE`.
        dtype: policy of the hidden layers. The output is always float32.
        name: of the model.

    Raises:
        ConfigError: the data are not images or not whole patches, or `kernel` or `patch` is below
            1.

    Example:
        >>> from vaezoo.networks import conv_encoder
        >>> conv_encoder((8, 8, 1), (32,)).output_shape
        (None, 32)
    """
    sizes_at_scales(input_shape, len(filters))
    kernel = positive("kernel", kernel)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    h = _patches(inputs, patch, dtype)
    same = {"activation": activation, "dtype": dtype}
    for scale, channels in enumerate(filters):
        h = images.Conv2D(channels, kernel, 2, padding="same", name=f"down_{scale}", **same)(h)
    h = images.Flatten(name="flat", dtype=dtype)(h)
    h = layers.Dense(dense, name="hidden", **same)(h)
    return keras.Model(inputs, parameters(inputs, h, output_shape, shortcut), name=name)


def conv_decoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    filters: Sequence[int] = (32, 64),
    kernel: int = 3,
    patch: int = 1,
    dense: int = 256,
    activation: str = "relu",
    shortcut: bool = False,
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """Dense layers, then transposed convolutions of stride 2: the reverse of `conv_encoder`.

    Args:
        input_shape: shape of z.
        output_shape: [height, width, channels].
        filters, kernel, patch, dense, activation, shortcut, dtype, name: as the encoder's, in the
            encoder's order.

    Raises:
        ConfigError: the data are not images or not whole patches, or `kernel` or `patch` is below
            1.

    Example:
        >>> from vaezoo.networks import conv_decoder
        >>> conv_decoder((16,), (8, 8, 1)).output_shape
        (None, 8, 8, 1)
    """
    shape = _shape_of_patches(output_shape, patch)
    sizes = sizes_at_scales(shape, len(filters))
    kernel = positive("kernel", kernel)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    smallest = (*sizes[-1], filters[-1])
    same = {"activation": activation, "dtype": dtype}
    h = layers.Dense(dense, name="hidden", **same)(inputs)
    h = layers.Dense(math.prod(smallest), name="unflat", **same)(h)
    h = layers.Reshape(smallest, name="smallest", dtype=dtype)(h)
    for scale in reversed(range(len(filters))):
        channels = filters[max(scale - 1, 0)]
        twice = {"strides": 2, "padding": "same", "name": f"up_{scale}"}
        h = images.Conv2DTranspose(channels, kernel, **twice, **same)(h)
        # Twice a half that was rounded up is one pixel too many.
        (height, width), (half_height, half_width) = sizes[scale : scale + 2]
        crop = ((0, 2 * half_height - height), (0, 2 * half_width - width))
        if crop != ((0, 0), (0, 0)):
            h = images.Cropping2D(crop, name=f"crop_{scale}", dtype=dtype)(h)
    last = {"kernel_initializer": last_weights(shortcut), "name": "last", "dtype": "float32"}
    h = images.Conv2D(shape[-1], 3, padding="same", **last)(h)
    return keras.Model(inputs, with_shortcut(inputs, _pixels(h, patch), shortcut), name=name)


def _shape_of_patches(image_shape: Sequence[int], patch: int) -> tuple[int, ...]:
    """[height / patch, width / patch, patch² channels]."""
    sizes_at_scales(image_shape, 0)
    patch = positive("patch", patch)
    height, width, channels = image_shape
    if height % patch or width % patch:
        raise ConfigError(
            f"network 'conv' with patch={patch} needs images that divide into patches, not "
            f"{height} × {width} pixels: choose a patch that divides both."
        )
    return (height // patch, width // patch, patch**2 * channels)


def _patches(h: KerasTensor, patch: int, dtype: DType) -> KerasTensor:
    """Flattens the pixels of each patch to channels."""
    height, width, depth = shape = _shape_of_patches(h.shape[1:], patch)
    if patch == 1:
        return h
    channels = depth // patch**2
    h = layers.Reshape((height, patch, width, patch * channels), name="rows", dtype=dtype)(h)
    h = layers.Permute((1, 3, 2, 4), name="squares", dtype=dtype)(h)
    return layers.Reshape(shape, name="patches", dtype=dtype)(h)


def _pixels(h: KerasTensor, patch: int) -> KerasTensor:
    """The inverse of `_patches`."""
    if patch == 1:
        return h
    height, width, depth = h.shape[1:]
    channels = depth // patch**2
    h = layers.Reshape((height, width, patch, patch * channels), name="squares", dtype="float32")(h)
    h = layers.Permute((1, 3, 2, 4), name="rows", dtype="float32")(h)
    shape = (height * patch, width * patch, channels)
    return layers.Reshape(shape, name="outputs", dtype="float32")(h)
