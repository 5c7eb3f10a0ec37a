"""Convolutional residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

import keras
from keras import KerasTensor, layers

from vaezoo._core.types import DType
from vaezoo.networks import images


class ConvArguments(TypedDict, total=False):
    """Settings of a convolution other than those of all blocks."""

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
    """

    def __init__(self, num_blocks: int, squeeze: int, activation: str, dtype: DType) -> None:
        self.small = keras.initializers.VarianceScaling(1 / num_blocks)
        self.squeeze, self.activation, self.dtype = squeeze, activation, dtype

    def conv(
        self,
        h: KerasTensor,
        channels: int,
        size: int,
        name: str,
        **conv_args: Unpack[ConvArguments],
    ) -> KerasTensor:
        """Activation, then convolution."""
        h = layers.Activation(self.activation, name=f"{name}_active", dtype=self.dtype)(h)
        same = {"padding": "same", "name": name, "dtype": self.dtype}
        return images.Conv2D(channels, size, **{**same, **conv_args})(h)

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
        self, h: KerasTensor, shape: Sequence[int], weights: str = "glorot_uniform"
    ) -> KerasTensor:
        """From half an image's height and width to the image, in one transposed convolution: at
        full resolution every layer would cost four times as much."""
        h = layers.Activation(self.activation, name="last_active", dtype=self.dtype)(h)
        last = {"strides": 2, "padding": "same", "kernel_initializer": weights, "dtype": "float32"}
        h = images.Conv2DTranspose(shape[-1], 6, name="pixels", **last)(h)
        crop = ((0, h.shape[1] - shape[0]), (0, h.shape[2] - shape[1]))
        return images.Cropping2D(crop, name="outputs", dtype="float32")(h)
