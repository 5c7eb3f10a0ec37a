"""Autoregressive priors over discrete codes."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import CodeSequence, category_from_noise, tfd
from vaezoo.networks import causal_transformer
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class AutoregressiveCodes(Prior):
    """p(c) = prod_t p(c_t | c_1, ..., c_{t-1}), by a small causal transformer.

    van den Oord et al. 2017, sec. 3.3, https://arxiv.org/abs/1711.00937, who use a PixelCNN.

    Args:
        latent_dim: T, codes per example.
        codebook_size: S, the number of different codes.
        width: of the transformer's vectors.
        num_layers: of the transformer.
        num_heads: attention heads.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.
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
        **prior_args: Unpack[PriorArguments],
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.codebook_size = codebook_size
        self.space = f"codes_{codebook_size}"
        size = {"width": width, "num_layers": num_layers, "num_heads": num_heads}
        self.network = causal_transformer(latent_dim, codebook_size, **size)

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return CodeSequence(self.network, self.from_noise, self.latent_dim)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        def sample_next(index: tf.Tensor, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            position = tf.fill([tf.shape(noise)[0], 1], tf.cast(index, tf.float32))
            return index + 1, self.step(codes, noise, position)

        def is_unfinished(index: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
            return index < self.latent_dim

        return tf.while_loop(is_unfinished, sample_next, (tf.constant(0), tf.zeros_like(noise)))[1]

    def step(self, codes: tf.Tensor, noise: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
        """codes [N, T] with the one at `position` [N, 1] sampled, given those before it."""
        samples = category_from_noise(tf.nn.softmax(self.network(codes)), noise)
        is_next = tf.range(self.latent_dim, dtype=tf.float32)[None] == position
        return tf.where(is_next, samples, codes)
