"""Additive Gaussian noise."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo.corruptions.base import Corruption


@keras.saving.register_keras_serializable("vaezoo")
class Gaussian(Corruption):
    """x' = x + scale * noise, noise ~ N(0, I).

    Vincent et al. 2010, sec. 3.3, https://jmlr.org/papers/v11/vincent10a.html.

    Args:
        scale: standard deviation, 0 or more.

    Raises:
        ConfigError: `scale` is negative.
    """

    def __init__(self, scale: float = 0.3, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.scale = not_negative("scale", scale)

    def corrupt(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return x + self.scale * tf.random.stateless_normal(tf.shape(x), seed)
