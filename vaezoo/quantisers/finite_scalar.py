"""Finite scalar quantisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError
from vaezoo.quantisers.base import Quantiser, QuantiserOutput, straight_through

_MARGIN = 1e-3  # keeps the outermost levels within the range of tanh


@keras.saving.register_keras_serializable("vaezoo")
class FiniteScalar(Quantiser):
    """Bounds and rounds each channel to one of a few levels; all channels together are one code.

        value_c = round((levels_c - 1) / 2 tanh(h_c))  (shifted by a half where levels_c is even)

    Mentzer et al. 2024, sec. 3.1 and app. A.1, https://arxiv.org/abs/2309.15505. There is no
    codebook and no penalty.

    Args:
        channels: C, the size of the vector at each position, and the length of `levels`.
        levels: quantisation levels of each channel, 2 or more. The paper: (8, 5, 5), for about
            2^8 codes.

    Raises:
        ConfigError: a channel has fewer than 2 levels, or `levels` has not length `channels`.
    """

    def __init__(
        self,
        channels: int = 3,
        levels: Sequence[int] = (8, 5, 5),
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(channels, **keras_args)
        self.levels = tuple(positive("levels", level) for level in levels)
        if min(self.levels) < 2 or len(self.levels) != channels:
            raise ConfigError(
                f"levels={levels!r} for {channels} channels: give 2 or more for each of them."
            )
        self.codebook_size = math.prod(self.levels)
        self.steps = np.cumprod((1, *self.levels[:-1])).astype(np.int32)

    def quantise(
        self, h: tf.Tensor, seed: tf.Tensor, training: bool, weights: tf.Tensor | None = None
    ) -> QuantiserOutput:
        levels = tf.constant(self.levels, tf.float32)
        half = (levels - 1) * (1 + _MARGIN) / 2
        offset = tf.where(tf.constant(self.levels) % 2 == 0, 0.5, 0.0)
        bounded = tf.tanh(h + tf.atanh(offset / half)) * half - offset
        digits = tf.round(tf.stop_gradient(bounded)) + levels // 2
        codes = tf.reduce_sum(tf.cast(digits, tf.int32) * self.steps, axis=-1, keepdims=True)
        scaled = bounded / (levels // 2)
        return QuantiserOutput(
            codes, straight_through(scaled, self.embed(codes)), tf.zeros(tf.shape(h)[0])
        )

    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        half = np.array(self.levels) // 2
        digits = codes // self.steps % np.array(self.levels, np.int32)
        return (tf.cast(digits, tf.float32) - half) / half
