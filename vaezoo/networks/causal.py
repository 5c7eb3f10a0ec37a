"""Networks of sequences whose outputs see what came before them only."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers


class Shifted(layers.Layer):
    """Each place takes what the one before it had; the first takes a vector that is learned."""

    def __init__(self, width: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.first = self.add_weight((1, 1, width), "zeros", name="first")
        self.built = True

    def call(self, h: tf.Tensor) -> tf.Tensor:
        first = tf.broadcast_to(tf.cast(self.first, h.dtype), tf.shape(h[:, :1]))
        return tf.concat([first, h[:, :-1]], axis=1)


class Places(layers.Layer):
    """Adds to each place a vector of its own."""

    def __init__(self, length: int, width: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.vectors = self.add_weight((length, width), "random_normal", name="vectors")
        self.built = True

    def call(self, h: tf.Tensor) -> tf.Tensor:
        return h + tf.cast(self.vectors, h.dtype)


def causal_transformer(
    length: int,
    codebook_size: int,
    *,
    width: int = 64,
    num_layers: int = 2,
    num_heads: int = 2,
) -> keras.Model:
    """codes [N, T] -> logits of each code given those before it, [N, T, S].

    Vaswani et al. 2017, sec. 3, https://arxiv.org/abs/1706.03762, the decoder's half, with the
    normalisation before each step. All of it is float32: densities are made of its outputs.

    Args:
        length: T.
        codebook_size: S.
        width: of the vectors at each place.
        num_layers: attention and dense layers, in turn.
        num_heads: of the attention.
    """
    own = {"dtype": "float32"}
    codes = keras.Input((length,), name="codes")
    h = layers.Embedding(codebook_size, width, name="vectors", **own)(codes)
    h = Places(length, width, name="places", **own)(Shifted(width, name="shifted", **own)(h))
    for index in range(num_layers):
        normal = layers.LayerNormalization(name=f"normal_{index}", **own)(h)
        attention = layers.MultiHeadAttention(
            num_heads, width // num_heads, name=f"attention_{index}", **own
        )
        seen = attention(normal, normal, use_causal_mask=True)
        h = layers.Add(name=f"seen_{index}", **own)([h, seen])
        normal = layers.LayerNormalization(name=f"normal_dense_{index}", **own)(h)
        dense = layers.Dense(4 * width, activation="silu", name=f"wide_{index}", **own)(normal)
        dense = layers.Dense(width, name=f"narrow_{index}", **own)(dense)
        h = layers.Add(name=f"sum_{index}", **own)([h, dense])
    h = layers.LayerNormalization(name="normal", **own)(h)
    logits = layers.Dense(codebook_size, name="logits", **own)(h)
    return keras.Model(codes, logits, name="causal")
