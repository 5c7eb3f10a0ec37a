"""The importance-weighted bound."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class ImportanceWeighted(ModelObjective):
    """loss = -log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x).

    Burda et al. 2016, eq. 8, https://arxiv.org/abs/1509.00519. K = 1 is a one-sample ELBO,
    K -> infinity the log-likelihood.

    Args:
        num_samples: K, samples of z per x.
    """

    def __init__(self, num_samples: int = 5, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(num_samples, **keras_args)

    def loss(self, trace: Trace) -> tf.Tensor:
        return -trace.importance_weighted_bound()
