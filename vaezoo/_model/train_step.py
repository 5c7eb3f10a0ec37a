"""What `fit` and `evaluate` do with one batch: the same for the whole zoo."""

from __future__ import annotations

from vaezoo import _training  # noqa: F401  # before Keras

# isort: split
import abc
import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import check_seed
from vaezoo._core import replicas
from vaezoo._core.types import KerasArguments
from vaezoo._model import example_weights
from vaezoo._model.aggregate_means import AggregateMeans
from vaezoo._model.fused_adam import fused
from vaezoo._model.row_count import RowCount
from vaezoo._trace import Trace
from vaezoo.conditions import Condition
from vaezoo.errors import ConfigError
from vaezoo.objectives import Objective
from vaezoo.protocols import ArrayLike

# A batch as Keras hands it on: x, (x, y), or (x, y, sample_weight).
Batch: TypeAlias = tf.Tensor | tuple[tf.Tensor, ...]


class TraceModel(keras.Model, abc.ABC):
    """A Keras model that learns from traces: batch -> trace -> losses -> updates.

    Args:
        objective: what is minimised.
        condition: c, where the model is one of p(x|c).
        has_density: whether it fits a density p(x), which an autoencoder of points does not.
        num_groups: number of latent groups.
        seed: decides the noise of training and evaluation; None takes it from
            `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Reports `loss` (what is minimised), and in nats per example `elbo` (the bound itself,
    higher is better), `log_likelihood` (its first term, E_q[log p(x|z)]) and `kl`; the last
    term only, where there is no density; kl_1, kl_2, … of the latent groups, where there are
    several; and what the family and the objective add.
    """

    # Names of the figures that traces of this family carry.
    reports: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        objective: Objective,
        condition: Condition | None,
        has_density: bool,
        num_groups: int,
        seed: int | None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(**keras_args)
        self.objective = objective
        self.condition = condition
        self.has_density = has_density
        self.seed = random.getrandbits(31) if seed is None else check_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        names = ["log_likelihood"]
        if has_density:
            names = ["elbo", *names, "kl"]
            if num_groups > 1:
                names += [f"kl_{place + 1}" for place in range(num_groups)]
        names += [f"{group}_loss" for group in objective.parameter_groups[1:]]
        names += [*self.reports, *objective.reports]
        self._reported = [keras.metrics.Mean(name) for name in names]
        self._aggregate_means = AggregateMeans(
            list(self._loss_names(objective.aggregate_groups).values())
        )
        self._rows = RowCount()

    @property
    def given(self) -> Condition | None:
        """What y gives: the condition, or what the objective learns from; None for neither."""
        return self.objective.target if self.condition is None else self.condition

    @abc.abstractmethod
    def trace(
        self,
        x: ArrayLike | tf.Tensor,
        num_samples: int = 1,
        condition: ArrayLike | tf.Tensor | None = None,
        seed: int | tf.Tensor | None = None,
        training: bool = False,
        *,
        clean: tf.Tensor | None = None,
        example_weights: tf.Tensor | None = None,
        share: tf.Tensor | None = None,
        first: int | tf.Tensor | None = None,
    ) -> Trace:
        """One pass x -> z -> p(x|z) with K = `num_samples`; the same seed, the same noise."""

    @abc.abstractmethod
    def parameter_groups(self) -> Mapping[str, Sequence[keras.Variable]]:
        """Weights that each loss of the objective updates: "model" is encoder and decoder."""

    def train_step(self, data: Batch) -> dict[str, Any]:
        """One step on one batch: trace, losses, gradients, updates."""
        return self._weighted(self._train, data)

    def test_step(self, data: Batch) -> dict[str, Any]:
        """One batch of `evaluate`, with noise that is the same in every evaluation: that of an
        example hangs on its place among all."""
        return self._weighted(self._test, data)

    def get_metrics_result(self) -> dict[str, Any]:
        """Means since the metrics were reset, by name."""
        logs = super().get_metrics_result()
        return logs | {n: logs[n] + term for n, term in self._aggregate_means.results().items()}

    def reset_metrics(self) -> None:
        """Begins all means again."""
        super().reset_metrics()
        self._aggregate_means.reset()
        self._rows.reset()

    def _weighted(self, step: example_weights.Step, data: Batch) -> dict[str, Any]:
        return example_weights.weighted(
            step, data, compiled=bool(self.jit_compile), otherwise=self._logs
        )

    def _train(
        self, x: tf.Tensor, y: tf.Tensor | None, sample_weight: tf.Tensor | None
    ) -> dict[str, Any]:
        step = self.optimizer.iterations
        several = len(self.objective.parameter_groups) > 1
        with tf.GradientTape(persistent=several) as tape:
            trace = self._batch_trace(x, y, self._step_seed(step), sample_weight)
            losses, aggregates = self._loss_parts(trace)
            totals = {
                group: self._total(loss + aggregates.get(group, 0.0), sample_weight)
                for group, loss in losses.items()
            }
            critic_total = totals.pop("critic", None)
            totals = {group: self.optimizer.scale_loss(total) for group, total in totals.items()}
        weights, compiled = self.parameter_groups(), bool(self.jit_compile)
        updated = [weight for group in totals for weight in weights[group]]
        gradients = [
            gradient
            for group in totals
            for gradient in tape.gradient(totals[group], weights[group])
        ]
        if critic_total is not None:
            critic_gradients = tape.gradient(critic_total, weights["critic"])
            with fused(self.critic_optimizer, compiled=compiled):
                self.critic_optimizer.apply(critic_gradients, weights["critic"])
        if updated:  # a model that is solved has no trainable weights
            with fused(self.optimizer, compiled=compiled):
                self.optimizer.apply_gradients(zip(gradients, updated, strict=True))
        return self._report(trace, losses, aggregates, sample_weight)

    def _test(
        self, x: tf.Tensor, y: tf.Tensor | None, sample_weight: tf.Tensor | None
    ) -> dict[str, Any]:
        seed, first = self._seed_of(-1), self._rows.value()
        trace = self._batch_trace(x, y, seed, sample_weight, first)
        return self._report(trace, *self._loss_parts(trace), sample_weight)

    def _batch_trace(
        self,
        x: tf.Tensor,
        y: tf.Tensor | None,
        seed: tf.Tensor,
        sample_weight: tf.Tensor | None,
        first: tf.Tensor | None = None,
    ) -> Trace:
        """The trace of a training step; or, with the place of the first example, of a test."""
        # y is the condition, or what the objective learns from; else x as it was before damage
        condition = clean = target = None
        if self.condition is not None:
            condition = y
        elif self.given is not None and y is not None:
            target = self.given.tensor_as_vector(y)
        else:
            clean = y
        weights, share = None, None
        if sample_weight is not None:
            weights = example_weights.relative(sample_weight)
            share = replicas.share(tf.reduce_sum(sample_weight))
        trace = self.trace(
            x,
            self.objective.num_samples,
            condition,
            seed,
            first is None,
            clean=clean,
            example_weights=weights,
            share=share,
            first=first,
        )
        return dataclasses.replace(trace, step=self.optimizer.iterations, target=target)

    def _loss_parts(self, trace: Trace) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        """By parameter group, losses of the examples, [B], and of the batch as a whole, where it
        has examples enough, [B] or []."""
        losses, aggregates = self.objective.loss_parts(trace)
        regularisers = sum(self.losses) + trace.penalty
        size = tf.shape(trace.log_likelihood)[1:]
        enough = self._has_enough(trace)
        return {
            group: tf.broadcast_to(loss + (0 if group == "critic" else regularisers), size)
            for group, loss in losses.items()
        }, {group: enough * term for group, term in aggregates.items()}

    def _has_enough(self, trace: Trace) -> tf.Tensor:
        """1 where the batch has enough examples for what compares them, else 0."""
        return tf.cast(trace.num_examples() >= self.objective.min_examples, tf.float32)

    def _loss_names(self, groups: Sequence[str]) -> dict[str, str]:
        """What the losses of parameter groups are called in reports, by group."""
        first = self.objective.parameter_groups[0]
        return {group: "loss" if group == first else f"{group}_loss" for group in groups}

    def _total(self, loss: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        # Replicas' gradients are summed, so each takes its fraction of the mean.
        if sample_weight is None:
            return tf.reduce_mean(loss) / replicas
        total = tf.reduce_sum(sample_weight)
        if replicas > 1:
            total = tf.distribute.get_replica_context().all_reduce("SUM", total)
        return tf.math.divide_no_nan(tf.reduce_sum(loss * sample_weight), total)

    def _step_seed(self, step: tf.Tensor | int) -> tf.Tensor:
        """Noise of one step: a function of what came before, so that a resumed run repeats it.

        The step alone is not enough: it stays the same while gradients are accumulated. How many
        examples came before since the epoch began identifies a batch.
        """
        return self._seed_of(step, self._rows.value())

    def _seed_of(self, step: tf.Tensor | int, *numbers: tf.Tensor) -> tf.Tensor:
        """A seed [2] that hangs on the model's, on all these numbers, and on the replica."""
        seed = tf.stack([tf.constant(self.seed, tf.int32), tf.cast(step, tf.int32)])
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for number in (*numbers, replica):
            seed = tf.random.experimental.stateless_fold_in(seed, number)
        return seed

    def _report(
        self,
        trace: Trace,
        losses: Mapping[str, tf.Tensor],
        aggregates: Mapping[str, tf.Tensor],
        sample_weight: tf.Tensor | None,
    ) -> dict[str, Any]:
        names = self._loss_names(self.objective.parameter_groups)
        values = {names[group]: loss for group, loss in losses.items()}
        values["log_likelihood"] = trace.reconstruction()
        if self.has_density:
            values |= {"elbo": trace.elbo(), "kl": trace.kl()}
            values |= {f"kl_{place + 1}": kl for place, kl in enumerate(trace.kl_per_group())}
        values |= {**trace.figures, **self.objective.report(trace)}
        size = tf.shape(trace.log_likelihood)[1:]
        together = sample_weight
        if aggregates:
            counts = tf.ones(size) if sample_weight is None else sample_weight
            together = counts * self._has_enough(trace)
        for metric in self.metrics:
            if metric.name not in values:
                raise ConfigError(
                    "compile() takes no metrics and no loss here: models report "
                    f"{', '.join(values)}; pass further figures by callbacks."
                )
            metric.update_state(
                tf.broadcast_to(values[metric.name], size),
                together if metric.name in self.objective.reports else sample_weight,
            )
        for group, term in aggregates.items():
            self._aggregate_means.update(names[group], tf.broadcast_to(term, size), together)
        self._rows.add(trace.num_examples())
        return self._logs()

    def _logs(self) -> dict[str, Any]:
        logs = self.get_metrics_result()
        if isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
            # Keras takes means over an axis there, and fails on scalars:
            # https://github.com/keras-team/keras/issues/20585
            return {name: tf.reshape(value, [1]) for name, value in logs.items()}
        return logs
