"""ELBO with a weight for each of three parts of the KL divergence: beta-TCVAE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import not_negative, positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.distributions import log_prob_per_dimension
from vaezoo.errors import unknown_name
from vaezoo.objectives.base import AggregateObjective

ESTIMATORS = ("weighted", "stratified")


@keras.saving.register_keras_serializable("vaezoo")
class TotalCorrelation(AggregateObjective):
    """loss = -E_q[log p(x|z)] + alpha MI + beta TC + gamma DW, three parts of the KL divergence:

        MI = log q(z|x) - log q(z)               mutual information of x and z
        TC = log q(z) - sum_d log q(z_d)         total correlation of the dimensions
        DW = sum_d log q(z_d) - log p(z)         dimension-wise KL

    Chen et al. 2018, eqs. 2 and 4, https://arxiv.org/abs/1802.04942. The aggregate posterior
    q(z) is estimated from the batch: by minibatch-weighted (eq. S3) or minibatch-stratified
    sampling (eq. S6). MI + TC + DW is the KL of each sample, for either estimator.
    Posterior and prior have to factorise over the dimensions.

    Args:
        alpha, beta, gamma: weights, 0 or more. The paper keeps alpha = gamma = 1.
        estimator: "weighted" or "stratified".
        dataset_size: N, examples in the training set; None if the batch is all of it.
        num_samples: K, samples of z per x.

    Reports `mutual_information`, `total_correlation` and `dimension_wise_kl`.

    Raises:
        ConfigError: a weight is negative, or posterior or prior does not factorise.
        UnknownNameError: no such estimator.
    """

    reports = ("mutual_information", "total_correlation", "dimension_wise_kl")

    def __init__(
        self,
        alpha: float = 1.0,
        beta: float = 6.0,
        gamma: float = 1.0,
        estimator: str = "weighted",
        dataset_size: int | None = None,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.alpha = not_negative("alpha", alpha)
        self.beta = not_negative("beta", beta)
        self.gamma = not_negative("gamma", gamma)
        if estimator not in ESTIMATORS:
            raise unknown_name("estimator", estimator, ESTIMATORS)
        self.estimator = estimator
        self.dataset_size = None if dataset_size is None else positive("dataset_size", dataset_size)

    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": -trace.reconstruction()}

    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        mi, tc, dw = self.report(trace).values()
        return {"model": self.alpha * mi + self.beta * tc + self.gamma * dw}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        latent = trace.latent()
        log_q_given_x = latent.posterior.log_prob(latent.sample)  # log q(z_i|x_i), [K, B]
        # log q(z_id|x_j) for all pairs of the batch, [K, B_i, B_j, D]
        pairs = log_prob_per_dimension(latent.posterior, latent.sample[:, :, None])
        size = latent.sample.shape[1] or tf.shape(latent.sample)[1]
        log_importance = self.log_importance(size, trace.example_weights)
        log_q = tf.reduce_logsumexp(log_importance + tf.reduce_sum(pairs, -1), axis=2)
        log_q_each = tf.reduce_logsumexp(log_importance[..., None] + pairs, axis=2)
        log_product = tf.reduce_sum(log_q_each, -1)
        log_p = latent.prior.log_prob(latent.sample)
        parts = (log_q_given_x - log_q, log_q - log_product, log_product - log_p)
        return dict(zip(self.reports, map(trace.mean, parts), strict=True))

    def log_importance(
        self, batch_size: int | tf.Tensor, weights: tf.Tensor | None = None
    ) -> tf.Tensor:
        """log of the weight of q(z_i|x_j) in the estimate of q(z_i), [B_i, B_j].

        Args:
            batch_size: B.
            weights: of the examples, [B], those of weight 0 last; None: all the same. They scale
                what x_j stands for, relative to the others of the batch.
        """
        rows = tf.cast(batch_size, tf.int32)
        count = rows if weights is None else tf.math.count_nonzero(weights, dtype=tf.int32)
        log_weights = self._log_importance(rows, count)
        if weights is None:
            return log_weights
        log_weights += tf.math.log(weights)
        if self.dataset_size is None or self.estimator == "weighted":
            return log_weights
        # Every row of the stratified estimator sums to 1.
        return log_weights - tf.reduce_logsumexp(log_weights, axis=1, keepdims=True)

    def _log_importance(self, rows: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """The same where the first `count` examples weigh alike, [rows, rows]."""
        size = tf.cast(count, tf.float32)
        if self.dataset_size is None:
            return tf.fill([rows, rows], -tf.math.log(size))
        if self.estimator == "weighted":
            return tf.fill([rows, rows], -tf.math.log(size) - np.log(self.dataset_size))
        # x_i represents itself, the next example all that are not in the batch: eq. S6.
        others = tf.maximum(size - 1, 1)
        total = float(self.dataset_size)
        rest = tf.maximum(total - others, 1e-6) / (total * others)
        same = tf.eye(rows)
        following = tf.one_hot((tf.range(rows) + 1) % count, rows) * (1 - same)
        weights = same / total + following * rest + (1 - same - following) / others
        return tf.math.log(weights)
