"""The evidence lower bound."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from vaezoo.errors import ConfigError
from vaezoo.objectives.base import Objective
from vaezoo.trace import Trace


@keras.saving.register_keras_serializable("vaezoo")
class ELBO(Objective):
    """loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z)).

    beta = 1 is the negative evidence lower bound: Kingma & Welling 2014, eq. 3,
    https://arxiv.org/abs/1312.6114. Other values: Higgins et al. 2017, eq. 4,
    https://openreview.net/forum?id=Sy2fzU9gl.

    Args:
        beta: weight of the KL term, 0 or more.
        num_samples: K, samples of z for each x.

    Raises:
        ConfigError: `beta` is negative.
    """

    def __init__(self, beta: float = 1.0, num_samples: int = 1, **keras_args: Any) -> None:
        super().__init__(num_samples, **keras_args)
        if not beta >= 0:
            raise ConfigError(f"beta={beta!r}: give a number of 0 or more.")
        self.beta = beta

    def loss(self, trace: Trace) -> tf.Tensor:
        return self.beta * trace.kl() - trace.reconstruction()
