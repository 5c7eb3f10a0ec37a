"""ELBO with a free KL budget."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import unknown_name
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class FreeBits(ModelObjective):
    """loss = -E_q[log p(x|z)] + sum_j max(free_nats, mean_x KL(q(z_j|x) || p(z_j))).

    Every z_j, a dimension or a latent group, has a free KL budget, which prevents posterior
    collapse. Kingma et al. 2016, eq. 15, https://arxiv.org/abs/1606.04934. With
    per="dimension", posterior and prior have to factorise over the dimensions.

    Args:
        free_nats: the budget of each, 0 or more; 0 gives the ELBO. The paper: 0.125 to 2 per
            group.
        num_samples: K, samples of z per x.
        per: "dimension" or "group".

    Raises:
        ConfigError: `free_nats` is negative, or posterior or prior does not factorise.
        UnknownNameError: `per` is neither.
    """

    def __init__(
        self,
        free_nats: float = 0.125,
        num_samples: int = 1,
        per: str = "dimension",
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.free_nats = not_negative("free_nats", free_nats)
        if per not in ("dimension", "group"):
            raise unknown_name("per", per, ("dimension", "group"))
        self.per = per

    def loss(self, trace: Trace) -> tf.Tensor:
        if self.per == "group":
            kl = tf.stack([trace.over_examples(kl) for kl in trace.kl_per_group()])
        else:
            each = [latent.kl_per_dimension() for latent in trace.latents]
            kl = tf.concat([_mean_per_dimension(trace, kl) for kl in each], 0)
        return tf.reduce_sum(tf.maximum(self.free_nats, kl)) - trace.reconstruction()


def _mean_per_dimension(trace: Trace, kl: tf.Tensor) -> tf.Tensor:
    """Mean of [B, D] or [K, B, D] over all but the dimensions, [D]."""
    if kl.shape.rank == 3:
        kl = tf.reduce_mean(kl, axis=0)
    return trace.over_examples(kl)
