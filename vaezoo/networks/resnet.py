"""A residual convolutional encoder and decoder, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import layers

from vaezoo._core.types import DType
from vaezoo.networks import images
from vaezoo.networks.blocks import Blocks
from vaezoo.networks.conv import sizes_at_scales
from vaezoo.networks.shortcut import last_weights, parameters, with_shortcut


def resnet_encoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    widths: Sequence[int] = (32, 64),
    num_blocks: int = 1,
    squeeze: int = 2,
    channels: int = 8,
    dense: int = 256,
    pixel_width: int = 0,
    activation: str = "silu",
    shortcut: bool = False,
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """Residual blocks at every scale, a projection to few channels, and a dense layer.

    After He et al. 2016, https://arxiv.org/abs/1603.05027, with bottlenecks.

    Args:
        input_shape: [height, width, channels].
        output_shape: shape of one output.
        widths: channels at each scale; each scale halves height and width.
        num_blocks: residual blocks at each scale.
        squeeze: the factor by which a block's inner layers have fewer channels.
        channels: inputs of the dense layer per pixel of the last scale; most weights are there.
        dense: width of the dense layer.
        pixel_width: of the decoder.
        activation: a Keras activation's name.
        shortcut: adds a linear map of the inputs to the outputs; see `VAE`.
        dtype: policy of the hidden layers. The output is always float32.
        name: of the model.

    Raises:
        ConfigError: the data are not images.

    Example:
        >>> from vaezoo.networks import resnet_encoder
        >>> resnet_encoder((8, 8, 1), (32,)).output_shape
        (None, 32)
    """
    sizes_at_scales(input_shape, len(widths), network="resnet")
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    h = inputs = keras.Input(tuple(input_shape), name="inputs")
    for scale, width in enumerate(widths, 1):
        h = images.Conv2D(width, 3, 2, padding="same", name=f"halved_{scale}", dtype=dtype)(h)
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{scale}_{block}")
    h = images.Flatten(name="flat", dtype=dtype)(blocks.conv(h, channels, 1, "few"))
    h = layers.Activation(activation, name="flat_active", dtype=dtype)(h)
    h = layers.Dense(dense, activation=activation, name="hidden", dtype=dtype)(h)
    return keras.Model(inputs, parameters(inputs, h, output_shape, shortcut), name=name)


def resnet_decoder(
    input_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    widths: Sequence[int] = (32, 64),
    num_blocks: int = 1,
    squeeze: int = 2,
    channels: int = 8,
    dense: int = 256,
    pixel_width: int = 0,
    activation: str = "silu",
    shortcut: bool = False,
    dtype: DType = None,
    name: str | None = None,
) -> keras.Model:
    """The reverse of `resnet_encoder`; its last step, to full resolution, is one convolution, or a
    block.

    Args:
        input_shape: shape of z.
        output_shape: [height, width, parameters per pixel].
        widths, num_blocks, squeeze, channels, dense, activation, shortcut, dtype, name: as the
            encoder's, in the encoder's order.
        pixel_width: channels of a block at full height and width; 0: a transposed convolution
            there, which a critic's gradients tempt to draw a grid.

    Raises:
        ConfigError: the data are not images.

    Example:
        >>> from vaezoo.networks import resnet_decoder
        >>> resnet_decoder((16,), (8, 8, 1)).output_shape
        (None, 8, 8, 1)
    """
    sizes = sizes_at_scales(output_shape, len(widths), network="resnet")
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    smallest = (*sizes[-1], channels)
    h = layers.Dense(dense, activation=activation, name="hidden", dtype=dtype)(inputs)
    h = layers.Dense(math.prod(smallest), name="unflat", dtype=dtype)(h)
    h = layers.Reshape(smallest, name="smallest", dtype=dtype)(h)
    h = images.Conv2D(widths[-1], 3, padding="same", name="wide", dtype=dtype)(h)
    for scale in reversed(range(1, len(widths))):
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{scale + 1}_{block}")
        h = blocks.upsample(h, (*sizes[scale], widths[scale - 1]), f"larger_{scale}")
    for block in range(num_blocks):
        h = blocks.residual(h, f"block_1_{block}")
    outputs = blocks.pixels(h, output_shape, pixel_width, last_weights(shortcut))
    return keras.Model(inputs, with_shortcut(inputs, outputs, shortcut), name=name)
