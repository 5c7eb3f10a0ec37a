"""Residual vector quantisation."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import DType
from vaezoo.quantisers.base import Quantiser, QuantiserOutput, straight_through
from vaezoo.quantisers.vector import Vector, VectorArguments


@keras.saving.register_keras_serializable("vaezoo")
class Residual(Quantiser):
    """R codes at each position: h ~ e_1 + e_2 + ..., e_r nearest to h - e_1 - ... - e_{r-1}.

    Lee et al. 2022, eq. 4, https://arxiv.org/abs/2203.01941; with one codebook per r.

    Args:
        channels: C, the size of the vector at each position.
        codebook_size: S, of each codebook.
        num_codes: R, codes per position.
        name, dtype: as for any Keras layer.
        vector: further arguments of each codebook, as for `Vector`.
    """

    def __init__(
        self,
        channels: int,
        codebook_size: int = 64,
        num_codes: int = 2,
        *,
        name: str = "residual",
        dtype: DType = None,
        **vector: Unpack[VectorArguments],
    ) -> None:
        super().__init__(channels, name=name, dtype=dtype)
        self.codebook_size = positive("codebook_size", codebook_size)
        self.num_codes = positive("num_codes", num_codes)
        self.books = [
            Vector(channels, codebook_size, name=f"book_{r + 1}", **vector)
            for r in range(num_codes)
        ]

    def quantise(
        self, h: tf.Tensor, seed: tf.Tensor, training: bool, weights: tf.Tensor | None = None
    ) -> QuantiserOutput:
        residual, outputs = h, []
        for index, book in enumerate(self.books):
            book_seed = tf.random.experimental.stateless_fold_in(seed, index)
            outputs.append(book.quantise(residual, book_seed, training, weights))
            residual -= tf.stop_gradient(outputs[-1].values)
        codes, values, penalties = zip(*outputs, strict=True)
        values = tf.add_n([tf.stop_gradient(each) for each in values])
        return QuantiserOutput(
            tf.concat(codes, -1), straight_through(h, values), tf.add_n(penalties)
        )

    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        return tf.add_n([book.embed(codes[..., r : r + 1]) for r, book in enumerate(self.books)])
