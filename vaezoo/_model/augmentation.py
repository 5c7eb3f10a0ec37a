"""Random changes of training images: a function of a key, so that every epoch can be repeated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow as tf

from vaezoo.errors import ConfigError, unknown_name
from vaezoo.runtime.preparation import AUGMENT

_SHIFT = 1 / 8  # of the side, at most
_CROP = 1 / 8  # of the side, cut off at most, before the rest is brought to the size
_TURN = math.radians(10)
_JITTER = 0.1  # of brightness and contrast, and twice that of saturation
_GREY = (0.299, 0.587, 0.114)  # luma of Rec. 601

Random = Callable[[float, float], tf.Tensor]


@dataclass(frozen=True)
class Augmentation:
    """Changes of images in [B, H, W, C], each drawn anew for each image and key.

    "flip" mirrors half of them; "shift" moves them by whole pixels, up to an eighth of the side;
    "crop" cuts up to an eighth off and enlarges the rest; "rotate" turns by up to 10 degrees;
    "jitter" changes brightness and contrast, and of colours the saturation, and leaves alpha
    alone. What comes in from outside repeats the edge.

    Attributes:
        names: of `AUGMENT`.
        levels: values between 0 and 1 that images have, 256 of bytes, to which they are rounded;
            2 for images of 0 and 1; None: any.

    Example:
        >>> import tensorflow as tf
        >>> x = tf.reshape(tf.range(4.0), [1, 2, 2, 1])
        >>> seen = {str(Augmentation(["flip"])(x, tf.constant([0, k]))[0, 0, :, 0].numpy())
        ...         for k in range(9)}
        >>> sorted(seen)
        ['[0. 1.]', '[1. 0.]']
    """

    names: Sequence[str]
    levels: int | None = None

    def __call__(self, x: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """The images, changed, of the same shape; `key` are two integers."""
        draws = _draws(tf.shape(x)[0], key)
        if "flip" in self.names:
            mirrored = draws(0.0, 1.0)[:, None, None, None] < 0.5
            x = tf.where(mirrored, tf.reverse(x, [2]), x)
        if set(self.names) & {"shift", "crop", "rotate"}:
            x = self._moved(x, draws)
        if "jitter" in self.names:
            x = _jittered(x, draws)
        if self.levels is None:
            return x
        return tf.round(x * (self.levels - 1)) / (self.levels - 1)

    def _moved(self, x: tf.Tensor, draws: Random) -> tf.Tensor:
        """Shifted, cropped and rotated about the middle, by one interpolation."""
        height, width = (float(side) for side in x.shape[1:3])
        down = self._drawn("shift", draws, _SHIFT) * height
        right = self._drawn("shift", draws, _SHIFT) * width
        angle = self._drawn("rotate", draws, _TURN)
        scale = 1 - tf.abs(self._drawn("crop", draws, _CROP))
        free = (1 - scale) / 2  # where in the image the crop lies
        down = tf.round(down) + free * height * self._drawn("crop", draws, 1.0)
        right = tf.round(right) + free * width * self._drawn("crop", draws, 1.0)
        cos, sin = scale * tf.cos(angle), scale * tf.sin(angle)
        y, x_middle = (height - 1) / 2, (width - 1) / 2
        zero = tf.zeros_like(cos)
        transforms = [
            cos, -sin, x_middle - cos * x_middle + sin * y - right,
            sin, cos, y - sin * x_middle - cos * y - down,
            zero, zero,
        ]  # fmt: skip
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=x,
            transforms=tf.stack(transforms, axis=1),
            output_shape=tf.shape(x)[1:3],
            fill_value=0.0,
            interpolation="NEAREST" if self.levels == 2 else "BILINEAR",
            fill_mode="NEAREST",
        )
        return tf.ensure_shape(moved, x.shape)

    def _drawn(self, name: str, draws: Random, most: float) -> tf.Tensor:
        """Uniform from -most to most; zeros where that change is not asked for."""
        values = draws(-most, most)
        return values if name in self.names else tf.zeros_like(values)


def check_augment(names: Sequence[str], data_shape: Sequence[int]) -> None:
    """Raises unless these are changes that examples of this shape can have.

    Raises:
        UnknownNameError: no such change.
        ConfigError: the examples are no images.
    """
    for name in names:
        if name not in AUGMENT:
            raise unknown_name("training.augment", name, AUGMENT)
    if names and len(data_shape) != 3:
        raise ConfigError(
            f"training.augment is for images [H, W, C]: examples have shape {list(data_shape)}."
        )


def _draws(num: tf.Tensor, key: tf.Tensor) -> Random:
    """Uniform numbers for each image, others at each call."""
    calls = iter(range(100))

    def draw(low: float, high: float) -> tf.Tensor:
        own = tf.random.experimental.stateless_fold_in(key, next(calls))
        return tf.random.stateless_uniform([num], own, low, high)

    return draw


def _jittered(x: tf.Tensor, draws: Random) -> tf.Tensor:
    """Another brightness, contrast and saturation, within 0 and 1."""
    channels = x.shape[3]
    colours, alpha = (x[..., :3], x[..., 3:]) if channels == 4 else (x, None)

    def drawn(most: float) -> tf.Tensor:
        return draws(-most, most)[:, None, None, None]

    mean = tf.reduce_mean(colours, [1, 2, 3], keepdims=True)
    colours = mean + (1 + drawn(_JITTER)) * (colours - mean) + drawn(_JITTER)
    saturation = 1 + drawn(2 * _JITTER)
    if channels in (3, 4):
        grey = tf.reduce_sum(colours * tf.constant(_GREY), axis=3, keepdims=True)
        colours = grey + saturation * (colours - grey)
    colours = tf.clip_by_value(colours, 0.0, 1.0)
    return colours if alpha is None else tf.concat([colours, alpha], axis=3)
