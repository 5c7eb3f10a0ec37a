"""Base classes of objectives."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Unpack

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.conditions import Condition


class Objective(Component, abc.ABC):
    """What is minimised: one loss for each group of weights, computed from a trace.

    To add an objective, subclass `ModelObjective` and implement `loss`, if all weights share one
    loss, or subclass this and implement `group_losses`; then add the class to
    `vaezoo.objectives.OBJECTIVES`. Losses are in nats per example.

    Most objectives have one parameter group, "model". Where "encoder" and "decoder" have losses
    of their own, or a "critic" learns against them, each loss updates the weights of its own
    group only.

    Args:
        num_samples: K, samples of z per x in training.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        parameter_groups: "model", or "encoder" and "decoder"; and "critic", if there is one. The
            loss of the first is reported as `loss`, the others as `encoder_loss`, `critic_loss`.
        reports: names of the further metrics that `report` gives.
        needs_density: whether it needs the density of q(z|x), which a point does not have.
        aggregate_groups: the parameter groups whose losses have a part that compares the examples
            of a batch with one another; `loss_parts` tells it from the rest.
        min_examples: how many examples that needs. A batch of fewer has no such part, and is left
            out of the means of what the objective reports.
        fits_likelihood: whether it fits p(x|z). A model that measures reconstructions in another
            way has no meaningful density.
        target: what it learns from in addition to x: `fit` takes it as y, and the trace holds it.
            Encoder and decoder do not see it, so that the model needs none afterwards. None: x is
            all.

    Raises:
        ConfigError: `num_samples` is below 1.

    Example:
        >>> from vaezoo.objectives import ModelObjective
        >>> class PlainELBO(ModelObjective):
        ...     def loss(self, trace):
        ...         return trace.kl() - trace.reconstruction()
        >>> from vaezoo.models import VAE
        >>> VAE((4,), 2, objective=PlainELBO(), seed=0).objective.parameter_groups
        ('model',)
    """

    parameter_groups: tuple[str, ...] = ("model",)
    reports: tuple[str, ...] = ()
    needs_density: bool = True
    fits_likelihood: bool = True
    aggregate_groups: tuple[str, ...] = ()
    min_examples: int = 1
    target: Condition | None = None

    def __init__(self, num_samples: int = 1, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.num_samples = positive("num_samples", num_samples)

    @abc.abstractmethod
    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """By parameter group, the loss in nats: of each example, [B], or of the batch, []."""

    def loss_parts(self, trace: Trace) -> tuple[Mapping[str, tf.Tensor], Mapping[str, tf.Tensor]]:
        """`group_losses` in two parts: what each example has by itself, and what compares it with
        the others of the batch, for `aggregate_groups`. Their sum is the loss."""
        return self.group_losses(trace), {}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """Further metrics by name: of each example, [B], or of the batch, []."""
        return {}


class ModelObjective(Objective):
    """An objective with one loss for all weights."""

    @abc.abstractmethod
    def loss(self, trace: Trace) -> tf.Tensor:
        """Loss of each example in nats, [B]; lower is better."""

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": self.loss(trace)}


class AggregateObjective(Objective):
    """An objective about the aggregate posterior q(z) too, which a batch stands for.

    Its estimates are weighted by `trace.example_weights`.
    """

    aggregate_groups: tuple[str, ...] = ("model",)
    min_examples = 2

    @abc.abstractmethod
    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """By parameter group, the part of the loss that each example has by itself, [B]."""

    @abc.abstractmethod
    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        """The rest of it, for `aggregate_groups`, [B] or []."""

    def loss_parts(self, trace: Trace) -> tuple[Mapping[str, tf.Tensor], Mapping[str, tf.Tensor]]:
        return self.example_losses(trace), self.aggregate_losses(trace)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        own, together = self.loss_parts(trace)
        return {group: together.get(group, 0.0) + loss for group, loss in own.items()}

    def loss(self, trace: Trace) -> tf.Tensor:
        """Loss of the model for each example in nats, [B]."""
        return self.group_losses(trace)["model"]
