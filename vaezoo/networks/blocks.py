"""Convolutional residual blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypedDict, Unpack

import keras
from keras import KerasTensor, layers

from vaezoo._core.types import DType
from vaezoo.networks import images


class ConvArguments(TypedDict, total=False):
    """Settings of a convolution other than those of all blocks."""

    strides: int
    dtype: DType
    kernel_initializer: keras.initializers.Initializer


class Blocks:
    """Builds layers that share their settings.

    Args:
        num_blocks: residual blocks in the whole network. The last layer of each is initialised
            that many times smaller in variance, so that their sum does not grow with depth.
        squeeze: the factor by which a block's inner layers have fewer channels.
        activation: a Keras activation's name.
        dtype: policy of the hidden layers.
        groups: of channels that are normalised together before an activation, as many of them as
            divide the channels; 0: none are. Wu & He 2018, https://arxiv.org/abs/1803.08494.
    """

    def __init__(
        self, num_blocks: int, squeeze: int, activation: str, dtype: DType, groups: int = 0
    ) -> None:
        self.small = keras.initializers.VarianceScaling(1 / max(1, num_blocks))
        self.squeeze, self.activation, self.dtype = squeeze, activation, dtype
        self.groups = groups

    def conv(
        self,
        h: KerasTensor,
        channels: int,
        size: int,
        name: str,
        **conv_args: Unpack[ConvArguments],
    ) -> KerasTensor:
        """Activation, then convolution."""
        h = self.active(h, name)
        same = {"padding": "same", "name": name, "dtype": self.dtype}
        return images.Conv2D(channels, size, **{**same, **conv_args})(h)

    def active(self, h: KerasTensor, name: str) -> KerasTensor:
        """Normalisation, if there is one, and activation."""
        if self.groups:
            groups = math.gcd(self.groups, h.shape[-1])
            h = images.GroupNormalization(groups, name=f"{name}_normal", dtype=self.dtype)(h)
        return layers.Activation(self.activation, name=f"{name}_active", dtype=self.dtype)(h)

    def wide_residual(self, h: KerasTensor, name: str) -> KerasTensor:
        """h + f(h), f without a bottleneck."""
        f = self.conv(h, h.shape[-1], 3, f"{name}_a")
        f = self.conv(f, h.shape[-1], 3, f"{name}_b", kernel_initializer=self.small)
        return layers.Add(name=name, dtype=self.dtype)([h, f])

    def residual(self, h: KerasTensor, name: str) -> KerasTensor:
        """h + f(h)."""
        channels = h.shape[-1]
        inner = max(1, channels // self.squeeze)
        f = self.conv(h, inner, 1, f"{name}_in")
        f = self.conv(f, inner, 3, f"{name}_a")
        f = self.conv(f, inner, 3, f"{name}_b")
        f = self.conv(f, channels, 1, f"{name}_out", kernel_initializer=self.small)
        return layers.Add(name=name, dtype=self.dtype)([h, f])

    def parameters(self, h: KerasTensor, width: int, channels: int) -> KerasTensor:
        """Parameters of a normal, two numbers per dimension of z: means, then raw scales."""
        inner = max(1, width // self.squeeze)
        h = self.conv(self.conv(h, inner, 1, "in"), inner, 3, "inner")
        means, scales = (
            images.Flatten(name=f"flat_{name}", dtype="float32")(
                self.conv(h, channels, 1, name, dtype="float32")
            )
            for name in ("means", "scales")
        )
        return layers.Concatenate(name="numbers", dtype="float32")([means, scales])

    def upsample(self, h: KerasTensor, shape: Sequence[int], name: str) -> KerasTensor:
        """To twice the height and width, or one less, and to another number of channels."""
        height, width, channels = shape
        h = images.Conv2D(channels, 1, name=f"{name}_channels", dtype=self.dtype)(h)
        h = images.UpSampling2D(name=f"{name}_twice", dtype=self.dtype)(h)
        crop = ((0, h.shape[1] - height), (0, h.shape[2] - width))
        return images.Cropping2D(crop, name=name, dtype=self.dtype)(h)

    def pixels(
        self, h: KerasTensor, shape: Sequence[int], width: int = 0, weights: str = "glorot_uniform"
    ) -> KerasTensor:
        """From half an image's height and width to the image.

        In one transposed convolution, as at full resolution every layer costs four times as
        much; or, given a width, by a block of so many channels there: edges between pixels are
        then no sum of few smooth pictures. The last layer starts with `weights`.
        """
        if width:
            h = self.wide_residual(self.upsample(h, (*shape[:2], width), "whole"), "whole_block")
            first = keras.initializers.get(weights)
            return self.conv(h, shape[-1], 1, "outputs", dtype="float32", kernel_initializer=first)
        h = layers.Activation(self.activation, name="last_active", dtype=self.dtype)(h)
        last = {"strides": 2, "padding": "same", "kernel_initializer": weights, "dtype": "float32"}
        h = images.Conv2DTranspose(shape[-1], 6, name="pixels", **last)(h)
        crop = ((0, h.shape[1] - shape[0]), (0, h.shape[2] - shape[1]))
        return images.Cropping2D(crop, name="outputs", dtype="float32")(h)
