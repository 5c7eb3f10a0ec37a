"""ELBO with a controlled capacity."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative, positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class Capacity(ModelObjective):
    """loss = -E_q[log p(x|z)] + gamma |KL(q(z|x) || p(z)) - C(t)|.

    The capacity C rises linearly from 0 to `max_capacity` over `num_steps` training steps t.
    Burgess et al. 2018, eq. 8, https://arxiv.org/abs/1804.03599.

    Args:
        gamma: weight, 0 or more. The paper: 1000.
        max_capacity: in nats. The paper: 25 for dSprites.
        num_steps: training steps until `max_capacity`. The paper: 100,000.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: `gamma` or `max_capacity` is negative, or `num_steps` is below 1.
    """

    def __init__(
        self,
        gamma: float = 1000.0,
        max_capacity: float = 25.0,
        num_steps: int = 100_000,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.gamma = not_negative("gamma", gamma)
        self.max_capacity = not_negative("max_capacity", max_capacity)
        self.num_steps = positive("num_steps", num_steps)

    def loss(self, trace: Trace) -> tf.Tensor:
        rise = tf.minimum(1.0, tf.cast(trace.step, tf.float32) / self.num_steps)
        gap = tf.abs(trace.kl() - rise * self.max_capacity)
        return self.gamma * gap - trace.reconstruction()
