"""The evidence lower bound."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class ELBO(ModelObjective):
    """loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z)).

    beta = 1 is the negative evidence lower bound: Kingma & Welling 2014, eq. 3,
    https://arxiv.org/abs/1312.6114. Other values: Higgins et al. 2017, eq. 4,
    https://openreview.net/forum?id=Sy2fzU9gl.

    Args:
        beta: weight of the KL term, 0 or more.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: `beta` is negative.

    Example:
        >>> import numpy as np
        >>> from vaezoo.models import VAE
        >>> from vaezoo.objectives import ELBO
        >>> vae = VAE((4,), 2, objective=ELBO(beta=4.0), seed=0)
        >>> trace = vae.trace(np.zeros([5, 4], "float32"), seed=0)
        >>> vae.objective.loss(trace).shape.as_list()
        [5]
    """

    def __init__(
        self, beta: float = 1.0, num_samples: int = 1, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.beta = not_negative("beta", beta)

    def loss(self, trace: Trace) -> tf.Tensor:
        return self.beta * trace.kl() - trace.reconstruction()
