"""Renyi bounds."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace, log_mean_exp
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class Renyi(ModelObjective):
    """loss = -1 / (1 - alpha) log 1/K sum_k (p(x, z_k) / q(z_k|x))^(1 - alpha).

    Li & Turner 2016, eq. 8, https://arxiv.org/abs/1602.02311. The limit alpha = 1 is the
    one-sample ELBO, alpha = 0 IWAE's bound.

    Args:
        alpha: any finite number. The paper: 0.5 on MNIST.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: `alpha` is not finite.
    """

    def __init__(
        self, alpha: float = 0.5, num_samples: int = 5, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(num_samples, **keras_args)
        if not abs(alpha) < float("inf"):
            raise ConfigError(f"alpha={alpha!r}: give a finite number.")
        self.alpha = alpha

    def loss(self, trace: Trace) -> tf.Tensor:
        log_weights = trace.log_weights()
        if self.alpha == 1:
            return -trace.mean(log_weights)
        power = 1 - self.alpha
        return -log_mean_exp(power * log_weights) / power
