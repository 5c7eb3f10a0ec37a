"""Networks of models with discrete codes: examples to vectors at several positions, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypedDict, Unpack

import keras
from keras import layers

from vaezoo._core.types import DType
from vaezoo.networks import images
from vaezoo.networks.blocks import Blocks
from vaezoo.networks.conv import sizes_at_scales
from vaezoo.networks.mlp import mlp


class Grid(NamedTuple):
    """The networks of a model with discrete codes.

    Attributes:
        encoder: x -> h, [B, P, C]: vectors of C numbers at P positions.
        decoder: quantised vectors, [B, P, C] -> parameters of p(x|z).
    """

    encoder: keras.Model
    decoder: keras.Model


class MLPArguments(TypedDict, total=False):
    """Arguments of `mlp` that both networks of a grid share."""

    hidden: Sequence[int]
    activation: str
    dtype: DType


def conv_grid(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    channels: int,
    *,
    widths: Sequence[int] = (32, 64),
    num_blocks: int = 1,
    squeeze: int = 2,
    activation: str = "silu",
    dtype: DType = None,
) -> Grid:
    """Residual convolutions, for images: each position stands for a patch of the image.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, parameters per pixel] of the likelihood.
        channels: C.
        widths: channels at each scale; each scale halves height and width. The positions are the
            pixels of the last.
        num_blocks: residual blocks at each scale.
        squeeze: the factor by which a block's inner layers have fewer channels.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers. The outputs are always float32.

    Raises:
        ConfigError: the data are not images.

    Example:
        >>> from vaezoo.networks import conv_grid
        >>> grid = conv_grid((8, 8, 1), (8, 8, 1), channels=4)
        >>> grid.encoder.output_shape, grid.decoder.output_shape
        ((None, 4, 4), (None, 8, 8, 1))
    """
    sizes = sizes_at_scales(data_shape, len(widths))
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    h = x = keras.Input(tuple(data_shape), name="x")
    for scale, width in enumerate(widths, 1):
        h = images.Conv2D(width, 3, 2, padding="same", name=f"halved_{scale}", dtype=dtype)(h)
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{scale}_{block}")
    h = blocks.conv(h, channels, 1, "vectors", dtype="float32")
    positions = math.prod(sizes[-1])
    h = layers.Reshape((positions, channels), name="positions", dtype="float32")(h)
    encoder = keras.Model(x, h, name="encoder")

    h = values = keras.Input((positions, channels), name="values")
    h = layers.Reshape((*sizes[-1], channels), name="image", dtype=dtype)(h)
    h = images.Conv2D(widths[-1], 3, padding="same", name="wide", dtype=dtype)(h)
    for scale in reversed(range(len(widths))):
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{scale}_{block}")
        width = widths[scale - 1] if scale else max(1, widths[0] // 2)
        h = blocks.upsample(h, (*sizes[scale], width), f"larger_{scale}")
    h = blocks.residual(h, "block")
    outputs = blocks.conv(h, output_shape[-1], 3, "outputs", dtype="float32")
    return Grid(encoder, keras.Model(values, outputs, name="decoder"))


def mlp_grid(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    channels: int,
    *,
    positions: int = 8,
    **mlp_args: Unpack[MLPArguments],
) -> Grid:
    """Fully connected networks, for data of any shape; positions have no spatial meaning.

    Args:
        data_shape: shape of one example.
        output_shape: of the likelihood's parameters.
        channels: C.
        positions: P.
        mlp_args: `hidden`, `activation` and `dtype`, as for `mlp`.
    """
    shape = (positions, channels)
    return Grid(
        mlp(data_shape, shape, name="encoder", **mlp_args),
        mlp(shape, output_shape, name="decoder", **mlp_args),
    )
