"""Vector quantisation with a codebook."""

from __future__ import annotations

from typing import TypedDict, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative, positive
from vaezoo._core import replicas
from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.quantisers.base import Quantiser, QuantiserOutput, straight_through

_MIN_USAGE = 1e-5


class VectorArguments(TypedDict, total=False):
    """Arguments of `Vector`, in addition to `channels` and `codebook_size`."""

    commitment: float
    learning: str
    decay: float
    restart_below: float


@keras.saving.register_keras_serializable("vaezoo")
class Vector(Quantiser):
    """The code of h is the index of the nearest vector e of a codebook.

        penalty = commitment |h - sg(e)|^2  (+ |sg(h) - e|^2 with learning="loss")

    van den Oord et al. 2017, eq. 3, https://arxiv.org/abs/1711.00937. With "ema" e is a running
    mean of the h that it was nearest to, app. A.1. A code that is hardly used any more restarts
    at some h of the batch: Dhariwal et al. 2020, sec. 3.1, https://arxiv.org/abs/2005.00341.

    Args:
        channels: C, the size of the vector at each position.
        codebook_size: S, the number of codes.
        commitment: beta in the paper, 0 or more.
        learning: of the codebook, by "ema" or by "loss".
        decay: of the running means of vectors and usage, 0 or more and below 1.
        restart_below: a code restarts when it is the nearest of fewer vectors per batch, on
            average; 0 never restarts codes.

    Raises:
        ConfigError: an argument is out of its range.
        UnknownNameError: `learning` is neither.
    """

    def __init__(
        self,
        channels: int,
        codebook_size: int = 128,
        *,
        commitment: float = 0.25,
        learning: str = "ema",
        decay: float = 0.99,
        restart_below: float = 0.1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(channels, **keras_args)
        self.codebook_size = positive("codebook_size", codebook_size)
        self.commitment = not_negative("commitment", commitment)
        if learning not in ("ema", "loss"):
            raise unknown_name("learning", learning, ("ema", "loss"))
        self.learning = learning
        if not 0 <= decay < 1:
            raise ConfigError(f"decay={decay!r}: give a number of 0 or more, and below 1.")
        self.decay = decay
        self.restart_below = not_negative("restart_below", restart_below)

        def add(
            name: str,
            shape: tuple[int, ...],
            initializer: keras.initializers.Initializer | str,
            trainable: bool = False,
        ) -> keras.Variable:
            return self.add_weight(
                shape, initializer, "float32", trainable=trainable, aggregation="mean", name=name
            )

        vectors = keras.initializers.RandomNormal(stddev=1.0)
        shape = (codebook_size, channels)
        self.codebook = add("codebook", shape, vectors, trainable=learning == "loss")
        self.usage = add("usage", (codebook_size,), "ones")
        if learning == "ema":
            self.sums = add("sums", shape, "zeros")
            self.sums.assign(self.codebook)

    def quantise(
        self, h: tf.Tensor, seed: tf.Tensor, training: bool, weights: tf.Tensor | None = None
    ) -> QuantiserOutput:
        codebook = tf.convert_to_tensor(self.codebook)
        rows = tf.reshape(h, (-1, self.channels))
        # |h - e|^2 up to a constant that is the same for every e
        products = tf.matmul(rows, codebook, transpose_b=True)
        distances = tf.reduce_sum(codebook**2, axis=1) - 2 * products
        codes = tf.argmin(distances, axis=1, output_type=tf.int32)
        values = tf.reshape(tf.gather(codebook, codes), tf.shape(h))
        penalty = self.commitment * _squares(h - tf.stop_gradient(values))
        if self.learning == "loss":
            penalty += _squares(tf.stop_gradient(h) - values)
        if training and self.trainable:
            if weights is not None:
                weights = tf.repeat(weights, h.shape[1])  # one for each position
            self._learn(tf.stop_gradient(rows), codes, seed, weights)
        codes = tf.reshape(codes, (-1, h.shape[1], 1))
        return QuantiserOutput(codes, straight_through(h, values), penalty)

    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.convert_to_tensor(self.codebook), codes[..., 0])

    def _learn(
        self, rows: tf.Tensor, codes: tf.Tensor, seed: tf.Tensor, weights: tf.Tensor | None
    ) -> None:
        assignments, count = tf.one_hot(codes, self.codebook_size), tf.shape(rows)[0]
        if weights is not None:
            assignments *= weights[:, None]
            count = tf.maximum(tf.math.count_nonzero(weights, dtype=tf.int32), 1)
        usage = self._running(self.usage, tf.reduce_sum(assignments, axis=0))
        codebook = tf.convert_to_tensor(self.codebook)
        if self.learning == "ema":
            sums = self._running(self.sums, tf.matmul(assignments, rows, transpose_a=True))
            codebook = sums / tf.maximum(usage, _MIN_USAGE)[:, None]
        dead = usage < self.restart_below
        indices = tf.random.stateless_uniform((self.codebook_size,), seed, 0, count, dtype=tf.int32)
        fresh = tf.gather(rows, indices)
        if weights is not None:
            fresh = fresh * tf.reduce_sum(weights) / tf.cast(count, tf.float32)
        codebook = tf.where(dead[:, None], replicas.mean(fresh), codebook)
        usage = tf.where(dead, 1.0, usage)
        self.codebook.assign(codebook)
        self.usage.assign(usage)
        if self.learning == "ema":
            self.sums.assign(codebook * usage[:, None])

    def _running(self, mean: keras.Variable, value: tf.Tensor) -> tf.Tensor:
        return self.decay * tf.convert_to_tensor(mean) + (1 - self.decay) * replicas.mean(value)


def _squares(x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(x**2, axis=(1, 2))
