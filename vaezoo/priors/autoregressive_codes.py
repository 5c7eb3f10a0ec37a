"""Codes of which each hangs on those before it."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import CodeSequence, choose_each, tfd
from vaezoo.networks import causal_transformer
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class AutoregressiveCodes(Prior):
    """p(c) = prod_t p(c_t | c_1, ..., c_{t-1}) by a small causal transformer.

    van den Oord et al. 2017, sec. 3.3, https://arxiv.org/abs/1711.00937, where it is a PixelCNN.

    Args:
        latent_dim: T, codes of an example.
        codebook_size: S.
        width: of the transformer's vectors.
        num_layers: of the transformer.
        num_heads: of its attention.
        prior_args: as for every prior.
    """

    export_graph = "step"

    def __init__(
        self,
        latent_dim: int,
        *,
        codebook_size: int,
        width: int = 64,
        num_layers: int = 2,
        num_heads: int = 2,
        **prior_args: Any,
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.codebook_size = codebook_size
        self.space = f"codes_{codebook_size}"
        size = {"width": width, "num_layers": num_layers, "num_heads": num_heads}
        self.network = causal_transformer(latent_dim, codebook_size, **size)

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        return CodeSequence(self.network, self.from_noise, self.latent_dim)

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        def draw(place: tf.Tensor, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            here = tf.fill([tf.shape(noise)[0], 1], tf.cast(place, tf.float32))
            return place + 1, self.step(codes, noise, here)

        def more(place: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
            return place < self.latent_dim

        return tf.while_loop(more, draw, (tf.constant(0), tf.zeros_like(noise)))[1]

    def step(self, codes: tf.Tensor, noise: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        """codes [N, T] with that at `place` [N, 1] drawn, given those before it."""
        drawn = choose_each(tf.nn.softmax(self.network(codes)), noise)
        here = tf.range(self.latent_dim, dtype=tf.float32)[None] == place
        return tf.where(here, drawn, codes)
