"""Convolutional residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers


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

    def pixels(self, h: Any, shape: Sequence[int]) -> Any:
        """From half of an image's height and width to the image, in one convolution: at full
        height and width every layer would cost four times what it does here."""
        h = layers.Activation(self.activation, name="last_active", dtype=self.dtype)(h)
        last = {"strides": 2, "padding": "same", "dtype": "float32"}
        h = layers.Conv2DTranspose(shape[-1], 6, name="pixels", **last)(h)
        crop = ((0, h.shape[1] - shape[0]), (0, h.shape[2] - shape[1]))
        return layers.Cropping2D(crop, name="outputs", dtype="float32")(h)
