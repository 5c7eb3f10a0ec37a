"""A KL term that costs nothing below a floor."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.checks import not_negative
from vaezoo.objectives.base import ModelObjective
from vaezoo.trace import Trace


@keras.saving.register_keras_serializable("vaezoo")
class FreeBits(ModelObjective):
    """loss = -E_q[log p(x|z)] + sum_d max(free_nats, mean_x KL(q(z_d|x) || p(z_d))).

    Every latent dimension may tell so much for nothing, which keeps it from collapsing.
    Kingma et al. 2016, eq. 15, https://arxiv.org/abs/1606.04934. Posterior and prior have to
    factorise over the dimensions.

    Args:
        free_nats: the floor a dimension, 0 or more; 0 gives the ELBO. The paper tries 0.125
            to 2 a group.
        num_samples: K, samples of z for each x.

    Raises:
        ConfigError: `free_nats` is negative.
    """

    def __init__(self, free_nats: float = 0.125, num_samples: int = 1, **keras_args: Any) -> None:
        super().__init__(num_samples, **keras_args)
        self.free_nats = not_negative("free_nats", free_nats)

    def loss(self, trace: Trace) -> tf.Tensor:
        kl = tf.concat([latent.kl_per_dimension() for latent in trace.latents], axis=-1)
        floored = tf.maximum(self.free_nats, tf.reduce_mean(kl, axis=0))
        return tf.reduce_sum(floored) - trace.reconstruction()
