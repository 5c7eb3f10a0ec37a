"""A deep hierarchy of convolutional residual blocks, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from vaezoo.errors import ConfigError
from vaezoo.networks.blocks import Blocks
from vaezoo.networks.conv import sizes_at_levels
from vaezoo.networks.hierarchy import Group, Hierarchy


def residual(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    num_groups: Sequence[int] = (2, 2),
    widths: Sequence[int] = (32, 64),
    latent_channels: Sequence[int] = (2, 4),
    num_blocks: int = 1,
    squeeze: int = 2,
    activation: str = "silu",
    dtype: Any = None,
) -> Hierarchy:
    """A top-down network in the manner of VDVAE: a state that every group adds to.

        s_i = block(s_{i-1} + projection(z_i))

    Child 2021, sec. 3 and fig. 3, https://arxiv.org/abs/2011.10650. Level l has images of
    1/2^l of the height and width.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, numbers a pixel] that the likelihood reads.
        num_groups: latent groups at each level, from level 1, the nearest to the data, on; 0
            where there are none.
        widths: channels at each level.
        latent_channels: channels of each group's z, at each level.
        num_blocks: residual blocks after each halving, after each z, and before the pixels.
        squeeze: inside a block there are so many times fewer channels.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: the data are no images, or the levels do not agree in their number.
    """
    if len({len(num_groups), len(widths), len(latent_channels)}) > 1:
        raise ConfigError(
            f"num_groups={num_groups!r}, widths={widths!r}, latent_channels={latent_channels!r}: "
            "give one number a level."
        )
    if not any(num_groups):
        raise ConfigError(f"num_groups={num_groups!r}: give at least one level a group.")
    sizes = sizes_at_levels(data_shape, len(widths))
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    h = x = keras.Input(tuple(data_shape), name="x")
    seen = []
    for level, width in enumerate(widths, 1):
        h = layers.Conv2D(width, 3, 2, padding="same", name=f"halved_{level}", dtype=dtype)(h)
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{level}_{block}")
        seen.append(h)
    order = [level for level in reversed(range(len(widths))) for _ in range(num_groups[level])]
    bottom_up = keras.Model(x, [seen[level] for level in order], name="bottom_up")

    blocks = Blocks((len(order) + 1) * num_blocks, squeeze, activation, dtype)
    groups: list[Group] = []
    for place, level in enumerate(order):
        shape = (*sizes[level + 1], widths[level])
        features, state = keras.Input(shape, name="features"), keras.Input(shape, name="state")
        channels = latent_channels[level]
        latent_dim = math.prod(shape[:2]) * channels
        z = keras.Input((latent_dim,), name="z")
        h = layers.Reshape((*shape[:2], channels), name="image", dtype=dtype)(z)
        h = layers.Conv2D(shape[-1], 1, name="projection", dtype=dtype)(h)
        above = [state] if groups else []
        if groups:
            h = layers.Add(name="sum", dtype=dtype)([state, h])
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{block}")
        last = order[place + 1] if place + 1 < len(order) else 0
        for below in reversed(range(last, level)):
            h = blocks.larger(h, (*sizes[below + 1], widths[below]), f"larger_{below + 1}")
        both = layers.Concatenate(name="both", dtype=dtype)([features, state])
        numbers = blocks.numbers(both if groups else features, shape[-1], channels)
        prior = keras.Model(state, blocks.numbers(state, shape[-1], channels), name="prior")
        groups.append(
            Group(
                latent_dim,
                keras.Model([features, *above], numbers, name="posterior"),
                keras.Model([*above, z], h, name="merge"),
                prior if groups else None,
                name=f"group_{place + 1}",
            )
        )
    state = h = keras.Input((*sizes[1], widths[0]), name="state")
    for block in range(num_blocks):
        h = blocks.residual(h, f"block_{block}")
    decoder = keras.Model(state, blocks.pixels(h, output_shape), name="decoder")
    return Hierarchy(bottom_up, groups, decoder)
