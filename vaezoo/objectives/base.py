"""What every objective offers."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.components import Component
from vaezoo._core.trace import Trace


class Objective(Component, abc.ABC):
    """What is minimised: readings of a trace, one for each player.

    Most have one player, the "model". Where "encoder" and "decoder" learn from losses of their
    own, or a "critic" learns against them, each loss moves its own player's weights only.

    Args:
        num_samples: K, how many z are drawn for each x in training.

    Attributes:
        players: "model", or "encoder" and "decoder"; and "critic" where there is one. The first
            one's loss is reported as `loss`, the others' as `encoder_loss`, `critic_loss`.
        reports: names of the further figures that `report` gives.
        needs_density: whether it reads the density of q(z|x), which a point does not have.
        fits_likelihood: whether it fits p(x|z); a model that measures reconstructions by other
            means has no density worth a figure.

    Raises:
        ConfigError: `num_samples` is below 1.
    """

    parameter_groups: tuple[str, ...] = ("model",)
    reports: tuple[str, ...] = ()
    needs_density: bool = True
    fits_likelihood: bool = True

    def __init__(self, num_samples: int = 1, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.num_samples = positive("num_samples", num_samples)

    @abc.abstractmethod
    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """Loss of each example in nats, [B] or, where examples share it, [], by player."""

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """Further figures of each example, [B] or []."""
        return {}


class ModelObjective(Objective):
    """An objective of one player."""

    @abc.abstractmethod
    def loss(self, trace: Trace) -> tf.Tensor:
        """Loss of each example in nats, [B]; lower is better."""

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": self.loss(trace)}
