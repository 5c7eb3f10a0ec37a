"""A KL term whose weight grows."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo._checks import not_negative, positive
from vaezoo._core.trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class AnnealedELBO(ModelObjective):
    """loss = -E_q[log p(x|z)] + beta min(1, t / warmup_steps) KL(q(z|x) || p(z)).

    t counts the training steps: Bowman et al. 2016, sec. 3.1, https://arxiv.org/abs/1511.06349.
    With `period`, t begins anew after so many steps: the cyclical schedule of Fu et al. 2019,
    eq. 6, https://arxiv.org/abs/1903.10145.

    Args:
        beta: weight of the KL term in the end, 0 or more.
        warmup_steps: training steps until then.
        period: steps of a cycle; None for one rise only.
        num_samples: K, samples of z for each x.

    Raises:
        ConfigError: `beta` is negative, or a number of steps below 1.
    """

    def __init__(
        self,
        beta: float = 1.0,
        warmup_steps: int = 1000,
        period: int | None = None,
        num_samples: int = 1,
        **keras_args: Any,
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.beta = not_negative("beta", beta)
        self.warmup_steps = positive("warmup_steps", warmup_steps)
        self.period = None if period is None else positive("period", period)

    def weight(self, step: Any) -> tf.Tensor:
        """Weight of the KL term after `step` training steps."""
        step = tf.cast(step, tf.int32)
        if self.period is not None:
            step %= self.period
        return self.beta * tf.minimum(1.0, tf.cast(step, tf.float32) / self.warmup_steps)

    def loss(self, trace: Trace) -> tf.Tensor:
        return self.weight(trace.step) * trace.kl() - trace.reconstruction()
