"""Sequence networks whose outputs depend on earlier positions only."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf
from keras import layers

from vaezoo._core.types import KerasArguments


class Shifted(layers.Layer):
    """Shifts a sequence by one position; the first becomes a learned vector."""

    def __init__(self, width: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.first = self.add_weight((1, 1, width), "zeros", name="first")
        self.built = True

    def call(self, h: tf.Tensor) -> tf.Tensor:
        first = tf.broadcast_to(tf.cast(self.first, h.dtype), tf.shape(h[:, :1]))
        return tf.concat([first, h[:, :-1]], axis=1)


class Places(layers.Layer):
    """Learned position embeddings, added to the sequence."""

    def __init__(self, length: int, width: int, **keras_args: Unpack[KerasArguments]) -> None:
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
    """A transformer: codes [N, T] -> logits of each code given those before it, [N, T, S].

    Vaswani et al. 2017, sec. 3, https://arxiv.org/abs/1706.03762: the decoder, with pre-layer
    normalisation. It is float32 throughout, since densities are computed from its outputs.

    Args:
        length: T.
        codebook_size: S.
        width: of the vectors at each position.
        num_layers: blocks of attention and dense layers.
        num_heads: attention heads.

    Example:
        >>> from vaezoo.networks import causal_transformer
        >>> causal_transformer(length=9, codebook_size=16).output_shape
        (None, 9, 16)
    """
    float32 = {"dtype": "float32"}
    codes = keras.Input((length,), name="codes")
    h = layers.Embedding(codebook_size, width, name="vectors", **float32)(codes)
    h = Shifted(width, name="shifted", dtype="float32")(h)
    h = Places(length, width, name="places", dtype="float32")(h)
    for index in range(num_layers):
        normal = layers.LayerNormalization(name=f"normal_{index}", **float32)(h)
        attention = layers.MultiHeadAttention(
            num_heads, width // num_heads, name=f"attention_{index}", **float32
        )
        attended = attention(normal, normal, use_causal_mask=True)
        h = layers.Add(name=f"seen_{index}", **float32)([h, attended])
        normal = layers.LayerNormalization(name=f"normal_dense_{index}", **float32)(h)
        dense = layers.Dense(4 * width, activation="silu", name=f"wide_{index}", **float32)(normal)
        dense = layers.Dense(width, name=f"narrow_{index}", **float32)(dense)
        h = layers.Add(name=f"sum_{index}", **float32)([h, dense])
    h = layers.LayerNormalization(name="normal", **float32)(h)
    logits = layers.Dense(codebook_size, name="logits", **float32)(h)
    return keras.Model(codes, logits, name="causal")
