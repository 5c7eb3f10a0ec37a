"""Masking noise."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.corruptions.base import Corruption
from vaezoo.errors import ConfigError


@keras.saving.register_keras_serializable("vaezoo")
class Masking(Corruption):
    """Every value is set to 0 with probability `share`.

    Vincent et al. 2008, sec. 2.3, https://doi.org/10.1145/1390156.1390294.

    Args:
        share: the fraction of values to mask, 0 or more and below 1. The paper: 0.1 to 0.4 on
            images.

    Raises:
        ConfigError: `share` is out of its range.
    """

    def __init__(self, share: float = 0.25, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        if not 0 <= share < 1:
            raise ConfigError(f"share={share!r}: give a number of 0 or more, and below 1.")
        self.share = share

    def corrupt(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        keep = tf.random.stateless_uniform(tf.shape(x), seed) >= self.share
        return tf.where(keep, x, tf.zeros_like(x))
