"""A deep hierarchy of convolutional residual blocks, for images of any height and width."""

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
from vaezoo.networks.hierarchy import FOR_VECTORS, Group, Hierarchy


def residual(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    num_groups: Sequence[int] = (2, 2),
    widths: Sequence[int] = (32, 64),
    latent_channels: Sequence[int] = (2, 4),
    num_blocks: int = 1,
    squeeze: int = 2,
    pixel_width: int = 0,
    activation: str = "silu",
    dtype: DType = None,
) -> Hierarchy:
    """A top-down network as in the VDVAE: every group adds to a state.

        s_i = block(s_{i-1} + projection(z_i))

    Child 2021, sec. 3 and fig. 3, https://arxiv.org/abs/2011.10650. Scale l has
    1/2^l of the height and width.

    Args:
        data_shape: [height, width, channels].
        output_shape: [height, width, parameters per pixel] of the likelihood.
        num_groups: latent groups at each scale, starting with scale 1, the nearest to the data;
            0 for none.
        widths: channels at each scale.
        latent_channels: channels of each group's z, at each scale.
        num_blocks: residual blocks after each halving, after each z, and before the pixels.
        squeeze: the factor by which a block's inner layers have fewer channels.
        pixel_width: channels of a block at the full height and width, before the output; 0: there
            is none, and one transposed convolution makes the output.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: the data are not images, or the arguments differ in their number of scales.

    Example:
        >>> from vaezoo.networks import residual
        >>> hierarchy = residual((8, 8, 1), (8, 8, 1), num_groups=(2,), widths=(4,),
        ...                      latent_channels=(1,))
        >>> [group.latent_dim for group in hierarchy.groups]
        [16, 16]
    """
    if len({len(num_groups), len(widths), len(latent_channels)}) > 1:
        raise ConfigError(
            f"num_groups={num_groups!r}, widths={widths!r}, latent_channels={latent_channels!r}: "
            "give one number per scale."
        )
    if not any(num_groups):
        raise ConfigError(f"num_groups={num_groups!r}: give at least one scale a group.")
    sizes = sizes_at_scales(data_shape, len(widths), network="residual", instead=FOR_VECTORS)
    blocks = Blocks(len(widths) * num_blocks, squeeze, activation, dtype)
    h = x = keras.Input(tuple(data_shape), name="x")
    features_at_scales = []
    for scale, width in enumerate(widths, 1):
        h = images.Conv2D(width, 3, 2, padding="same", name=f"halved_{scale}", dtype=dtype)(h)
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{scale}_{block}")
        features_at_scales.append(h)
    order = [scale for scale in reversed(range(len(widths))) for _ in range(num_groups[scale])]
    bottom_up = keras.Model(x, [features_at_scales[scale] for scale in order], name="bottom_up")

    blocks = Blocks((len(order) + 1) * num_blocks, squeeze, activation, dtype)
    groups: list[Group] = []
    for index, scale in enumerate(order):
        shape = (*sizes[scale + 1], widths[scale])
        features, state = keras.Input(shape, name="features"), keras.Input(shape, name="state")
        channels = latent_channels[scale]
        latent_dim = math.prod(shape[:2]) * channels
        z = keras.Input((latent_dim,), name="z")
        h = layers.Reshape((*shape[:2], channels), name="image", dtype=dtype)(z)
        h = images.Conv2D(shape[-1], 1, name="projection", dtype=dtype)(h)
        above = [state] if groups else []
        if groups:
            h = layers.Add(name="sum", dtype=dtype)([state, h])
        for block in range(num_blocks):
            h = blocks.residual(h, f"block_{block}")
        last = order[index + 1] if index + 1 < len(order) else 0
        for below in reversed(range(last, scale)):
            h = blocks.upsample(h, (*sizes[below + 1], widths[below]), f"larger_{below + 1}")
        both = layers.Concatenate(name="both", dtype=dtype)([features, state])
        parameters = blocks.parameters(both if groups else features, shape[-1], channels)
        prior = keras.Model(state, blocks.parameters(state, shape[-1], channels), name="prior")
        groups.append(
            Group(
                latent_dim,
                keras.Model([features, *above], parameters, name="posterior"),
                keras.Model([*above, z], h, name="merge"),
                prior if groups else None,
                name=f"group_{index + 1}",
            )
        )
    state = h = keras.Input((*sizes[1], widths[0]), name="state")
    for block in range(num_blocks):
        h = blocks.residual(h, f"block_{block}")
    decoder = keras.Model(state, blocks.pixels(h, output_shape, pixel_width), name="decoder")
    return Hierarchy(bottom_up, groups, decoder)
