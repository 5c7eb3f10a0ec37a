"""Regularised autoencoders, without sampling."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class Regularised(ModelObjective):
    """loss = -log p(x|z) + penalties,  z = E(x).

        penalties = code_weight |z|^2 / 2 + gradient_weight |dD(z)/dz|^2

    D(z) is the decoder's mean. RAE: Ghosh et al. 2020, eqs. 3, 5 and 7,
    https://arxiv.org/abs/1903.12436. The squared norm of the gradient is estimated without
    bias by one random direction v of the data space, |dD/dz|^2 = E |v' dD/dz|^2.

    Args:
        code_weight: beta in the paper, of |z|^2, 0 or more. The paper: 1e-4 to 1e-2, with errors
            per pixel.
        gradient_weight: lambda of RAE-GP, of the gradient penalty, 0 or more.

    Raises:
        ConfigError: a weight is negative.
    """

    needs_density = False

    def __init__(
        self,
        code_weight: float = 0.01,
        gradient_weight: float = 0.0,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(**keras_args)
        self.code_weight = not_negative("code_weight", code_weight)
        self.gradient_weight = not_negative("gradient_weight", gradient_weight)

    def loss(self, trace: Trace) -> tf.Tensor:
        latent = trace.latent()
        squares = trace.mean(tf.reduce_sum(latent.sample**2, axis=-1))
        loss = self.code_weight * squares / 2 - trace.reconstruction()
        return (
            loss + self.gradient_weight * self.gradient_penalty(trace)
            if self.gradient_weight
            else loss
        )

    def gradient_penalty(self, trace: Trace) -> tf.Tensor:
        """Estimate of |dD(z)/dz|^2, [B]."""
        assert trace.decode is not None
        z = trace.latent().sample
        with tf.GradientTape() as tape:
            tape.watch(z)
            mean = trace.decode(z).mean()
            direction = tf.random.stateless_normal(tf.shape(mean), trace.seed)
            projection = tf.reduce_sum(mean * direction)
        return trace.mean(tf.reduce_sum(tape.gradient(projection, z) ** 2, axis=-1))
