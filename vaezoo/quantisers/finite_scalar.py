"""Numbers that are rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.errors import ConfigError
from vaezoo.quantisers.base import Quantised, Quantiser, straight_through

_SPARE = 1e-3  # keeps the outermost levels within reach of tanh


@keras.saving.register_keras_serializable("vaezoo")
class FiniteScalar(Quantiser):
    """Each channel is squeezed and rounded to one of a few levels; all of them are one code.

        value_c = round((levels_c - 1) / 2 tanh(h_c))  (moved by a half where levels_c is even)

    Mentzer et al. 2024, sec. 3.1 and app. A.1, https://arxiv.org/abs/2309.15505. There is no
    codebook and nothing to penalise.

    Args:
        channels: C, numbers at a position: as many as levels.
        levels: of each channel, 2 or more. The paper: (8, 5, 5) for 2^8 codes.

    Raises:
        ConfigError: a channel of one level, or not as many levels as channels.
    """

    def __init__(
        self, channels: int = 3, levels: Sequence[int] = (8, 5, 5), **keras_args: Any
    ) -> None:
        super().__init__(channels, **keras_args)
        self.levels = tuple(positive("levels", level) for level in levels)
        if min(self.levels) < 2 or len(self.levels) != channels:
            raise ConfigError(
                f"levels={levels!r} for {channels} channels: give 2 or more to each of them."
            )
        self.codebook_size = math.prod(self.levels)
        self.steps = np.cumprod((1, *self.levels[:-1])).astype(np.int32)

    def quantise(self, h: tf.Tensor, seed: tf.Tensor, training: bool) -> Quantised:
        levels = tf.constant(self.levels, tf.float32)
        half = (levels - 1) * (1 + _SPARE) / 2
        offset = tf.where(tf.constant(self.levels) % 2 == 0, 0.5, 0.0)
        bounded = tf.tanh(h + tf.atanh(offset / half)) * half - offset
        digits = tf.round(tf.stop_gradient(bounded)) + levels // 2
        codes = tf.reduce_sum(tf.cast(digits, tf.int32) * self.steps, axis=-1, keepdims=True)
        scaled = bounded / (levels // 2)
        return Quantised(
            codes, straight_through(scaled, self.embed(codes)), tf.zeros(tf.shape(h)[0])
        )

    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        half = np.array(self.levels) // 2
        digits = codes // self.steps % np.array(self.levels, np.int32)
        return (tf.cast(digits, tf.float32) - half) / half
