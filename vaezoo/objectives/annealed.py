"""ELBO with KL annealing."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative, positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class AnnealedELBO(ModelObjective):
    """loss = -E_q[log p(x|z)] + beta min(1, t / warmup_steps) KL(q(z|x) || p(z)).

    t is the number of training steps: Bowman et al. 2016, sec. 3.1,
    https://arxiv.org/abs/1511.06349. With `period`, t restarts after as many steps: the cyclical
    schedule of Fu et al. 2019, eq. 6, https://arxiv.org/abs/1903.10145.

    Args:
        beta: final weight of the KL term, 0 or more.
        warmup_steps: training steps until the final weight.
        period: training steps per cycle; None for a single warm-up.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: `beta` is negative, or a number of steps is below 1.
    """

    def __init__(
        self,
        beta: float = 1.0,
        warmup_steps: int = 1000,
        period: int | None = None,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.beta = not_negative("beta", beta)
        self.warmup_steps = positive("warmup_steps", warmup_steps)
        self.period = None if period is None else positive("period", period)

    def weight(self, step: int | tf.Tensor) -> tf.Tensor:
        """Weight of the KL term after `step` training steps."""
        step = tf.cast(step, tf.int32)
        if self.period is not None:
            step %= self.period
        return self.beta * tf.minimum(1.0, tf.cast(step, tf.float32) / self.warmup_steps)

    def loss(self, trace: Trace) -> tf.Tensor:
        return self.weight(trace.step) * trace.kl() - trace.reconstruction()
