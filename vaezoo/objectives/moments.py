"""Regularised moments of the aggregate posterior: DIP-VAE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import AggregateObjective


@keras.saving.register_keras_serializable("vaezoo")
class DisentangledInferredPrior(AggregateObjective):
    """loss = -ELBO + off_diagonal sum_{i!=j} C_ij^2 + diagonal sum_i (C_ii - 1)^2.

    C is a covariance over the batch: of the posterior means (kind 1), or of z, which adds the
    mean of the posterior variances (kind 2). Kumar et al. 2018, eqs. 6 and
    7, https://arxiv.org/abs/1711.00848.

    Args:
        kind: 1 (DIP-VAE-I) or 2 (DIP-VAE-II).
        off_diagonal: weight, 0 or more. The paper: 10 for I, 2 to 10 for II on dSprites.
        diagonal: weight, 0 or more. The paper: 10 times `off_diagonal` for I, equal for II.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: `kind` is neither, or a weight is negative.
    """

    def __init__(
        self,
        kind: int = 1,
        off_diagonal: float = 10.0,
        diagonal: float = 100.0,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        if kind not in (1, 2):
            raise ConfigError(f"kind={kind!r}: give 1 (DIP-VAE-I) or 2 (DIP-VAE-II).")
        self.kind = kind
        self.off_diagonal = not_negative("off_diagonal", off_diagonal)
        self.diagonal = not_negative("diagonal", diagonal)

    def covariance(self, trace: Trace) -> tf.Tensor:
        """C, [D, D]."""
        latent = trace.latent()
        means = latent.posterior.mean()
        centred = means - trace.over_examples(means)
        mean_covariance = tf.matmul(centred, trace.shares()[:, None] * centred, transpose_a=True)
        if self.kind == 1:
            return mean_covariance
        return mean_covariance + tf.linalg.diag(trace.over_examples(latent.posterior.variance()))

    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": -trace.elbo()}

    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        covariance = self.covariance(trace)
        diagonal = tf.linalg.diag_part(covariance)
        off_diagonal = tf.reduce_sum(covariance**2) - tf.reduce_sum(diagonal**2)
        penalty = self.off_diagonal * off_diagonal
        penalty += self.diagonal * tf.reduce_sum((diagonal - 1) ** 2)
        return {"model": penalty}
