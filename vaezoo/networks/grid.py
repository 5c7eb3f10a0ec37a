"""Networks between examples and vectors at several positions, for models of codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras import layers

from vaezoo.networks.blocks import Blocks
from vaezoo.networks.conv import sizes_at_levels
from vaezoo.networks.mlp import mlp


class Grid(NamedTuple):
    """The networks of a model of codes.

    Attributes:
        encoder: x -> h, [B, P, C].
        decoder: values of that shape -> numbers of p(x|values).
    """

    encoder: keras.Model
    decoder: keras.Model


def conv_grid(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    channels: int,
    *,
    widths: Sequence[int] = (32, 64),
    num_blocks: int = 1,
    squeeze: int = 2,
    activation: str = "silu",
    dtype: Any = None,
) -> Grid:
    """Residual convolutions, for images: a position is a patch of the image.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, numbers a pixel] that the likelihood reads.
        channels: C.
        widths: channels at each level; each level halves height and width, so that the positions
            are those of the last.
        num_blocks: residual blocks at each level.
        squeeze: inside a block there are so many times fewer channels.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers. The outputs are float32 always.

    Raises:
        ConfigError: the data are no images.
    """
    sizes = sizes_at_levels(data_shape, len(widths))
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    h = x = keras.Input(tuple(data_shape), name="x")
    for level, width in enumerate(widths, 1):
        h = layers.Conv2D(width, 3, 2, padding="same", name=f"halved_{level}", dtype=dtype)(h)
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{level}_{block}")
    h = blocks.conv(h, channels, 1, "vectors", dtype="float32")
    positions = math.prod(sizes[-1])
    h = layers.Reshape((positions, channels), name="positions", dtype="float32")(h)
    encoder = keras.Model(x, h, name="encoder")

    h = values = keras.Input((positions, channels), name="values")
    h = layers.Reshape((*sizes[-1], channels), name="image", dtype=dtype)(h)
    h = layers.Conv2D(widths[-1], 3, padding="same", name="wide", dtype=dtype)(h)
    for level in reversed(range(len(widths))):
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{level}_{block}")
        width = widths[level - 1] if level else max(1, widths[0] // 2)
        h = blocks.larger(h, (*sizes[level], width), f"larger_{level}")
    h = blocks.residual(h, "block")
    outputs = blocks.conv(h, output_shape[-1], 3, "outputs", dtype="float32")
    return Grid(encoder, keras.Model(values, outputs, name="decoder"))


def mlp_grid(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    channels: int,
    *,
    positions: int = 8,
    **mlp_args: Any,
) -> Grid:
    """Fully connected networks, for data of any shape: positions stand for nothing by themselves.

    Args:
        data_shape: shape of one example.
        output_shape: of the numbers that the likelihood reads.
        channels: C.
        positions: P.
        mlp_args: as for `mlp`.
    """
    shape = (positions, channels)
    return Grid(
        mlp(data_shape, shape, name="encoder", **mlp_args),
        mlp(shape, output_shape, name="decoder", **mlp_args),
    )
