"""Gradients of less noise: sticking the landing, and doubly reparameterised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from vaezoo._core.trace import Trace
from vaezoo.objectives.base import ModelObjective, Objective


@keras.saving.register_keras_serializable("vaezoo")
class StickingTheLanding(ModelObjective):
    """loss = -E_q[log p(x, z) - log q*(z|x)], q* the posterior with its parameters stopped.

    The value is the one-sample ELBO's, the gradient lacks a part of expectation zero, and its
    variance vanishes as q nears the true posterior. Roeder et al. 2017, algorithm 1,
    https://arxiv.org/abs/1703.09194.

    Args:
        num_samples: K, samples of z for each x.
    """

    def loss(self, trace: Trace) -> tf.Tensor:
        return -trace.mean(trace.path_log_weights())


@keras.saving.register_keras_serializable("vaezoo")
class DoublyReparameterised(Objective):
    """IWAE's bound, with an encoder gradient whose signal does not fade as K grows: DReG.

        encoder:  grad = sum_k (w_k / sum_j w_j)^2  d(log w_k)/dz_k  dz_k/dphi
        decoder:  grad = sum_k (w_k / sum_j w_j)  d(log w_k)/dtheta

    Tucker et al. 2019, eq. 8, https://arxiv.org/abs/1810.04152.

    Args:
        num_samples: K, samples of z for each x. The paper: 64.
    """

    parameter_groups = ("decoder", "encoder")

    def __init__(self, num_samples: int = 16, **keras_args: Any) -> None:
        super().__init__(num_samples, **keras_args)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        log_weights = trace.path_log_weights()
        shares = tf.stop_gradient(tf.nn.softmax(log_weights, axis=0))
        return {
            "decoder": -trace.importance_weighted_bound(),
            "encoder": -tf.reduce_sum(shares**2 * log_weights, axis=0),
        }
