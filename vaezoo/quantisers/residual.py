"""Codebooks that each quantise what those before left over."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.quantisers.base import Quantised, Quantiser, straight_through
from vaezoo.quantisers.vector import Vector


@keras.saving.register_keras_serializable("vaezoo")
class Residual(Quantiser):
    """R codes at each position: h ~ e_1 + e_2 + ..., e_r the nearest to what is left of h.

    Lee et al. 2022, eq. 4, https://arxiv.org/abs/2203.01941; with a codebook for each r.

    Args:
        channels: C, numbers at a position.
        codebook_size: S, of each codebook.
        num_codes: R.
        vector: further arguments of each, as for `Vector`.
    """

    def __init__(
        self, channels: int, codebook_size: int = 64, num_codes: int = 2, **vector: Any
    ) -> None:
        own = {key: vector.pop(key) for key in ("name", "dtype") if key in vector}
        super().__init__(channels, **own)
        self.codebook_size = positive("codebook_size", codebook_size)
        self.num_codes = positive("num_codes", num_codes)
        self.books = [
            Vector(channels, codebook_size, name=f"book_{r + 1}", **vector)
            for r in range(num_codes)
        ]

    def quantise(self, h: tf.Tensor, seed: tf.Tensor, training: bool) -> Quantised:
        left, found = h, []
        for index, book in enumerate(self.books):
            own = tf.random.experimental.stateless_fold_in(seed, index)
            found.append(book.quantise(left, own, training))
            left -= tf.stop_gradient(found[-1].values)
        codes, values, penalties = zip(*found, strict=True)
        values = tf.add_n([tf.stop_gradient(each) for each in values])
        return Quantised(tf.concat(codes, -1), straight_through(h, values), tf.add_n(penalties))

    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        return tf.add_n([book.embed(codes[..., r : r + 1]) for r, book in enumerate(self.books)])
