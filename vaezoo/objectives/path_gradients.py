"""Gradient estimators of low variance: sticking the landing, and doubly reparameterised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.objectives.base import ModelObjective, Objective


@keras.saving.register_keras_serializable("vaezoo")
class StickingTheLanding(ModelObjective):
    """loss = -E_q[log p(x, z) - log q*(z|x)], q* = q with constant parameters.

    The value is that of the one-sample ELBO. The gradient lacks a term of expectation zero, and
    its variance vanishes as q approaches the true posterior. Roeder et al. 2017, algorithm 1,
    https://arxiv.org/abs/1703.09194.

    Args:
        num_samples: K, samples of z per x.
    """

    def loss(self, trace: Trace) -> tf.Tensor:
        return -trace.mean(trace.path_log_weights())


@keras.saving.register_keras_serializable("vaezoo")
class DoublyReparameterised(Objective):
    """IWAE's bound, with an encoder gradient whose signal-to-noise ratio grows with K: DReG.

        encoder:  grad = sum_k (w_k / sum_j w_j)^2  d(log w_k)/dz_k  dz_k/dphi
        decoder:  grad = sum_k (w_k / sum_j w_j)  d(log w_k)/dtheta

    Tucker et al. 2019, eq. 8, https://arxiv.org/abs/1810.04152.

    Args:
        num_samples: K, samples of z per x. The paper: 64.
    """

    parameter_groups = ("decoder", "encoder")

    def __init__(self, num_samples: int = 16, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(num_samples, **keras_args)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        log_weights = trace.path_log_weights()
        weights = tf.stop_gradient(tf.nn.softmax(log_weights, axis=0))
        return {
            "decoder": -trace.importance_weighted_bound(),
            "encoder": -tf.reduce_sum(weights**2 * log_weights, axis=0),
        }
