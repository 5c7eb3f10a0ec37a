"""A residual encoder and decoder that are wide where pixels are, for images in colour."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import layers

from vaezoo._core.types import DType
from vaezoo.errors import ConfigError
from vaezoo.networks import images
from vaezoo.networks.blocks import Blocks
from vaezoo.networks.conv import sizes_at_scales


def wide_resnet_encoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    widths: Sequence[int] = (32, 64, 128),
    num_blocks: int = 1,
    groups: int = 8,
    pixel_width: int = 24,
    channels: int = 16,
    dense: int = 256,
    activation: str = "silu",
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """Residual blocks of two convolutions at every scale, without bottlenecks, and dense layers.

    Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146, with group normalisation.

    Args:
        input_shape: [height, width, channels].
        output_shape: shape of one output.
        widths: channels at each scale; each scale halves height and width.
        num_blocks: residual blocks at each scale.
        groups: of channels that are normalised together before an activation; 0: none are.
        pixel_width: of the decoder.
        channels: inputs of the dense layer per pixel of the last scale.
        dense: width of the dense layer. 0: there is none, and z is a picture of the last scale's
            height and width, channel by channel; each of its numbers then describes a place.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers. The output is always float32.
        name: of the model.

    Raises:
        ConfigError: the data are not images, or `dense` is 0 and the outputs are no whole number
            of channels.

    Example:
        >>> from vaezoo.networks import wide_resnet_encoder
        >>> wide_resnet_encoder((8, 8, 3), (32,), widths=(8, 8)).output_shape
        (None, 32)
    """
    sizes = sizes_at_scales(input_shape, len(widths))
    blocks = Blocks(len(widths) * num_blocks, 1, activation, dtype, groups)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    first = {"padding": "same", "dtype": dtype, "name": "halved_1"}
    h = images.Conv2D(widths[0], 4, 2, **first)(inputs)
    for scale, width in enumerate(widths, 1):
        if scale > 1:
            h = blocks.conv(h, width, 3, f"halved_{scale}", strides=2)
        for block in range(num_blocks):
            h = blocks.wide_residual(h, f"block_{scale}_{block}")
    size = math.prod(output_shape)
    if dense:
        h = images.Flatten(name="flat", dtype=dtype)(blocks.conv(h, channels, 1, "few"))
        h = layers.Activation(activation, name="flat_active", dtype=dtype)(h)
        h = layers.Dense(dense, activation=activation, name="hidden", dtype=dtype)(h)
        h = layers.Dense(size, name="parameters", dtype="float32")(h)
    else:
        h = blocks.conv(h, _channels(size, sizes[-1]), 1, "parameters", dtype="float32")
        h = layers.Permute((3, 1, 2), name="channels", dtype="float32")(h)
    outputs = layers.Reshape(tuple(output_shape), name="outputs", dtype="float32")(h)
    return keras.Model(inputs, outputs, name=name)


def wide_resnet_decoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    widths: Sequence[int] = (32, 64, 128),
    num_blocks: int = 1,
    groups: int = 8,
    pixel_width: int = 24,
    channels: int = 16,
    dense: int = 256,
    activation: str = "silu",
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """The reverse of `wide_resnet_encoder`, with a block at full height and width.

    Places are doubled and then convolved, which leaves no checkerboard: Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard.

    Args:
        input_shape: shape of z.
        output_shape: [height, width, parameters per pixel].
        pixel_width: channels of the block at full height and width.
        widths, num_blocks, groups, channels, dense, activation, dtype, name: as the encoder's, in
            the encoder's order.

    Raises:
        ConfigError: as the encoder's.

    Example:
        >>> from vaezoo.networks import wide_resnet_decoder
        >>> wide_resnet_decoder((16,), (8, 8, 30), widths=(8, 8)).output_shape
        (None, 8, 8, 30)
    """
    sizes = sizes_at_scales(output_shape, len(widths))
    blocks = Blocks(len(widths) * num_blocks, 1, activation, dtype, groups)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    if dense:
        smallest = (*sizes[-1], channels)
        h = layers.Dense(dense, activation=activation, name="hidden", dtype=dtype)(inputs)
        h = layers.Dense(math.prod(smallest), name="unflat", dtype=dtype)(h)
        h = layers.Reshape(smallest, name="smallest", dtype=dtype)(h)
    else:
        shape = (_channels(math.prod(input_shape), sizes[-1]), *sizes[-1])
        h = layers.Reshape(shape, name="channels", dtype=dtype)(inputs)
        h = layers.Permute((2, 3, 1), name="smallest", dtype=dtype)(h)
    h = images.Conv2D(widths[-1], 3, padding="same", name="wide", dtype=dtype)(h)
    for scale in reversed(range(1, len(widths) + 1)):
        for block in range(num_blocks):
            h = blocks.wide_residual(h, f"block_{scale}_{block}")
        if scale > 1:
            h = blocks.upsample(h, (*sizes[scale - 1], widths[scale - 2]), f"larger_{scale - 1}")
    return keras.Model(inputs, blocks.pixels(h, output_shape, pixel_width), name=name)


def _channels(numbers: int, size: tuple[int, int]) -> int:
    """How many numbers there are for each place."""
    if numbers % math.prod(size):
        raise ConfigError(
            f"network 'wide_resnet' with dense=0 has {size[0]} × {size[1]} places, which "
            f"{numbers} numbers do not divide into: choose a latent_dim that does, other widths, "
            "or dense."
        )
    return numbers // math.prod(size)
