"""Combinations of importance-weighted bounds: MIWAE, PIWAE, CIWAE."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace, log_mean_exp
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import ModelObjective, Objective


def multiple_bound(trace: Trace, num_bounds: int) -> tf.Tensor:
    """1/M sum_m log 1/K sum_k w_mk, [B]: Rainforth et al. 2018, eq. 10."""
    log_weights = trace.log_weights()
    groups = tf.reshape(log_weights, (num_bounds, -1, tf.shape(log_weights)[1]))
    groups = tf.ensure_shape(groups, (num_bounds, trace.num_samples // num_bounds, None))
    return tf.reduce_mean(log_mean_exp(groups, axis=1), axis=0)


class _SeveralBounds(Objective, abc.ABC):
    """M importance-weighted bounds of K samples each.

    Args:
        num_bounds: M. The paper: 8.
        samples_per_bound: K. The paper: 8.
    """

    def __init__(
        self, num_bounds: int = 8, samples_per_bound: int = 8, **keras_args: Unpack[KerasArguments]
    ) -> None:
        self.num_bounds = positive("num_bounds", num_bounds)
        self.samples_per_bound = positive("samples_per_bound", samples_per_bound)
        super().__init__(num_bounds * samples_per_bound, **keras_args)


@keras.saving.register_keras_serializable("vaezoo")
class MultipleImportanceWeighted(_SeveralBounds):
    """loss = -1/M sum_m log 1/K sum_k p(x, z_mk) / q(z_mk|x): MIWAE.

    Rainforth et al. 2018, eq. 10, https://arxiv.org/abs/1802.04537. M = 1 is IWAE.

    Args:
        num_bounds: M. The paper: 8.
        samples_per_bound: K. The paper: 8.
    """

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": -multiple_bound(trace, self.num_bounds)}


@keras.saving.register_keras_serializable("vaezoo")
class PartiallyImportanceWeighted(_SeveralBounds):
    """The encoder minimises MIWAE's loss, the decoder IWAE's of all M K samples: PIWAE.

    Rainforth et al. 2018, sec. 4, https://arxiv.org/abs/1802.04537: tighter bounds improve
    the decoder, but lower the signal-to-noise ratio of the encoder's gradient.

    Args:
        num_bounds: M, of the encoder's loss. The paper: 8.
        samples_per_bound: K. The paper: 8.
    """

    parameter_groups = ("decoder", "encoder")

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {
            "decoder": -trace.importance_weighted_bound(),
            "encoder": -multiple_bound(trace, self.num_bounds),
        }


@keras.saving.register_keras_serializable("vaezoo")
class CombinedImportanceWeighted(ModelObjective):
    """loss = -(share ELBO + (1 - share) log 1/K sum_k w_k): CIWAE.

    Rainforth et al. 2018, sec. 4, https://arxiv.org/abs/1802.04537.

    Args:
        share: beta in the paper, the weight of the ELBO, from 0 to 1. The paper's best values are
            between 0.05 and 0.5.
        num_samples: K. The paper: 64.

    Raises:
        ConfigError: `share` is not in 0 to 1.
    """

    def __init__(
        self, share: float = 0.5, num_samples: int = 16, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(num_samples, **keras_args)
        if not 0 <= share <= 1:
            raise ConfigError(f"share={share!r}: give a number from 0 to 1.")
        self.share = share

    def loss(self, trace: Trace) -> tf.Tensor:
        bound = trace.importance_weighted_bound()
        return -(self.share * trace.elbo() + (1 - self.share) * bound)
