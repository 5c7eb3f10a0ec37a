"""A deep hierarchy of convolutional residual blocks, for images of any height and width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from vaezoo.errors import ConfigError
from vaezoo.networks.conv import sizes_at_levels
from vaezoo.networks.hierarchy import Group, Hierarchy


class Blocks:
    """Makes layers that share their settings.

    Args:
        num_blocks: in the whole network: the last layer of each starts that much smaller, so
            that the sum of all does not grow with the depth.
        squeeze: inside a block there are so many times fewer channels.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers.
    """

    def __init__(self, num_blocks: int, squeeze: int, activation: str, dtype: Any) -> None:
        self.small = keras.initializers.VarianceScaling(1 / num_blocks)
        self.squeeze, self.activation, self.dtype = squeeze, activation, dtype

    def conv(self, h: Any, channels: int, size: int, name: str, **more: Any) -> Any:
        """A convolution of what was activated."""
        h = layers.Activation(self.activation, name=f"{name}_active", dtype=self.dtype)(h)
        same = {"padding": "same", "name": name, "dtype": self.dtype}
        return layers.Conv2D(channels, size, **{**same, **more})(h)

    def residual(self, h: Any, name: str) -> Any:
        """h + f(h)."""
        channels = h.shape[-1]
        inner = max(1, channels // self.squeeze)
        f = self.conv(h, inner, 1, f"{name}_in")
        f = self.conv(f, inner, 3, f"{name}_a")
        f = self.conv(f, inner, 3, f"{name}_b")
        f = self.conv(f, channels, 1, f"{name}_out", kernel_initializer=self.small)
        return layers.Add(name=name, dtype=self.dtype)([h, f])

    def numbers(self, h: Any, width: int, channels: int) -> Any:
        """What a distribution is made of, two numbers a value of z: means, then scales."""
        inner = max(1, width // self.squeeze)
        h = self.conv(self.conv(h, inner, 1, "in"), inner, 3, "inner")
        means, scales = (
            layers.Flatten(name=f"flat_{name}", dtype="float32")(
                self.conv(h, channels, 1, name, dtype="float32")
            )
            for name in ("means", "scales")
        )
        return layers.Concatenate(name="numbers", dtype="float32")([means, scales])

    def larger(self, h: Any, shape: Sequence[int], name: str) -> Any:
        """To twice the height and width, or one less, and to other channels."""
        height, width, channels = shape
        h = layers.Conv2D(channels, 1, name=f"{name}_channels", dtype=self.dtype)(h)
        h = layers.UpSampling2D(name=f"{name}_twice", dtype=self.dtype)(h)
        crop = ((0, h.shape[1] - height), (0, h.shape[2] - width))
        return layers.Cropping2D(crop, name=name, dtype=self.dtype)(h)


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
        num_groups: latent groups at each level, from level 1, the nearest to the data, on.
        widths: channels at each level.
        latent_channels: channels of each group's z, at each level.
        num_blocks: residual blocks after each halving and each z.
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

    blocks = Blocks(len(order) * num_blocks, squeeze, activation, dtype)
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
        below = order[place + 1] if place + 1 < len(order) else level
        if below != level:
            h = blocks.larger(h, (*sizes[below + 1], widths[below]), "larger")
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
    h = blocks.larger(h, (*sizes[0], max(1, widths[0] // 2)), "larger")
    h = blocks.residual(h, "block")
    outputs = blocks.conv(h, output_shape[-1], 3, "outputs", dtype="float32")
    return Hierarchy(bottom_up, groups, keras.Model(state, outputs, name="decoder"))
