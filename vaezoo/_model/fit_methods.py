"""What `compile`, `fit`, `evaluate` and `predict` do before Keras does the rest."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._model import example_weights, fit_arguments, steps, weight_arguments
from vaezoo._model.train_step import TraceModel
from vaezoo.datasets.base import Source
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array, ArrayLike

# Data as Keras takes them: an array, a list, a tensor, (x, condition), or batches of either.
Data: TypeAlias = ArrayLike | tf.Tensor | tf.data.Dataset | tuple[Any, ...]


class FitMethods(TraceModel):
    """`keras.Model.fit` and its companions, with checked data and chosen steps."""

    data_shape: tuple[int, ...]
    steps_per_execution: int
    train_steps_left: int | None = None
    test_steps_left: int | None = None
    _given_steps_per_execution: int | None = None

    @abc.abstractmethod
    def check_data(self, x: ArrayLike, what: str = "x") -> Array:
        """`x` as a float32 array that this model can take; raises `DataError` otherwise."""

    def adapt(self, x: Source | tf.data.Dataset) -> None:
        """What is computed from the data x before the first step: by most models, nothing."""

    def compile(
        self, *args: object, steps_per_execution: int | None = None, **kwargs: object
    ) -> None:
        """`keras.Model.compile`. A critic gets an Adam of its own, with a beta_1 of 0.5.

        Args:
            args, kwargs: as there.
            steps_per_execution: at most so many steps run between two callbacks, never more than
                were asked for. None: up to 32, so that Python waits for every 32nd step only; 1
                if the steps run eagerly, and on several replicas whatever is given.
        """
        if steps_per_execution is not None:
            positive("steps_per_execution", steps_per_execution)
        if not self._has_one_replica:  # TensorFlow cannot run a loop of steps that wait for others
            steps_per_execution = 1
        self._given_steps_per_execution = steps_per_execution
        super().compile(*args, steps_per_execution=steps_per_execution or 1, **kwargs)
        if "critic" in self.objective.parameter_groups:
            rate = self.objective.critic_learning_rate
            self.critic_optimizer = keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)
            self.critic_optimizer.build(self.parameter_groups()["critic"])

    def fit(
        self, x: Data = None, *args: object, validation_data: Data = None, **kwargs: object
    ) -> keras.callbacks.History:
        """Trains: `keras.Model.fit`, after checking the data.

        Arrays alone are shuffled and cut into batches in tensors, in an order that depends on
        `seed` and the optimiser's steps; the rest, less than a batch, waits for another epoch.

        `sample_weight` counts an example so many times, relative to the others: losses and
        metrics are weighted means (Keras divides by the number of examples instead), and so is
        what a batch says as a whole. Weights of 0 and 1 are the same as the data without the
        examples of weight 0. `class_weight` gives weights by label.

        Raises:
            DataError: arrays of another shape, not finite or out of the likelihood's range,
                a `tf.data.Dataset` of another shape, or weights that are not finite numbers of
                0 or more, one per example, or all 0.
            ConfigError: `class_weight` for a model without labels, or batches of fewer examples
                than the objective compares.
        """
        arguments = fit_arguments.by_name(fit_arguments.FIT, args, kwargs)
        steps.check_counts(arguments)
        self._check_input(x)
        self._check_input(validation_data, "validation_data")
        x, validation_data, arguments = weight_arguments.for_fit(
            x, validation_data, arguments, self.condition
        )
        self._check_batches(x, arguments.get("batch_size"))
        self.adapt(x)
        if fit_arguments.are_plain_arrays(x, arguments) and self._has_one_replica:
            x, arguments = fit_arguments.batched(self, x, **arguments)
        asked, batches, arguments = steps.planned("steps_per_epoch", x, arguments)
        self._choose_steps(asked, batches)
        validation_steps = arguments.get("validation_steps")
        steps.number_of_batches(validation_data, None, validation_steps)  # or it has no end
        limit = steps.StepLimit(asked, validation_steps)
        with self._limited(limit, arguments) as arguments, example_weights.plain_errors():
            return super().fit(x, validation_data=validation_data, **arguments)

    def evaluate(self, x: Data = None, *args: object, **kwargs: object) -> Any:
        """`keras.Model.evaluate`, after checking the data. Raises as `fit` does."""
        if "_use_cached_eval_dataset" in kwargs:  # from `fit`, which has checked everything
            self.check_means()
            results = super().evaluate(x, *args, **kwargs)
            self.check_means()
            return results
        arguments = fit_arguments.by_name(fit_arguments.EVALUATE, args, kwargs)
        steps.check_counts(arguments)
        self._check_input(x)
        x, arguments = weight_arguments.for_evaluate(x, arguments)
        asked, _, arguments = steps.planned("steps", x, arguments)
        limit = steps.StepLimit(test=asked)
        with self._limited(limit, arguments) as arguments, example_weights.plain_errors():
            results = super().evaluate(x, **arguments)
        self.check_means()
        return results

    def train_on_batch(
        self,
        x: ArrayLike | tf.Tensor,
        y: ArrayLike | tf.Tensor | None = None,
        sample_weight: ArrayLike | tf.Tensor | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """`keras.Model.train_on_batch`. Raises as `fit` does."""
        self._check_batches(x)
        y, sample_weight = weight_arguments.for_batch(
            x, y, sample_weight, class_weight, self.condition
        )
        return super().train_on_batch(x, y, sample_weight, return_dict=return_dict)

    def test_on_batch(
        self,
        x: ArrayLike | tf.Tensor,
        y: ArrayLike | tf.Tensor | None = None,
        sample_weight: ArrayLike | tf.Tensor | None = None,
        return_dict: bool = False,
    ) -> Any:
        """`keras.Model.test_on_batch`. Raises as `fit` does."""
        self._check_batches(x)
        y, sample_weight = weight_arguments.for_batch(x, y, sample_weight, None, self.condition)
        return super().test_on_batch(x, y, sample_weight, return_dict=return_dict)

    def check_means(self) -> None:
        """Raises an error where a mean that would be reported is one of nothing."""
        if float(self._reported[0].count) == 0:
            raise DataError(example_weights.NOTHING_COUNTED)
        if self._aggregate_means.lack_batches():
            raise self._too_few_examples()

    def _check_batches(self, x: Data, batch_size: int | None = None) -> None:
        """Refuses batches that are known to have too few examples for the objective."""
        if isinstance(x, tf.data.Dataset):
            shape = tf.nest.flatten(x.element_spec)[0].shape
            sizes = [shape[0] if shape.rank else None]
        else:
            sizes = [len(x), batch_size] if isinstance(x, (np.ndarray, list, tf.Tensor)) else []
        if any(size and size < self.objective.min_examples for size in sizes):
            raise self._too_few_examples()

    def _too_few_examples(self) -> ConfigError:
        objective = self.objective
        return ConfigError(
            f"{type(objective).__name__} compares the examples of a batch with one another: give "
            f"batches of {objective.min_examples} or more."
        )

    def predict(self, x: Data, *args: object, **kwargs: object) -> Array:
        """Mean reconstructions, [N, *data_shape]. Raises as `fit` does."""
        arguments = fit_arguments.by_name(fit_arguments.PREDICT, args, kwargs)
        steps.check_counts(arguments)
        self._check_input(x)
        _, _, arguments = steps.planned("steps", x, arguments)
        several, self.steps_per_execution = self.steps_per_execution, 1
        try:
            return super().predict(x, **arguments)
        finally:
            self.steps_per_execution = several

    def make_train_function(self, force: bool = False) -> None:
        if force or self.train_function is None:
            super().make_train_function(force=True)
            self.train_function = steps.limited(
                self.train_function, lambda: self.steps_per_execution, lambda: self.train_steps_left
            )

    def make_test_function(self, force: bool = False) -> None:
        if force or self.test_function is None:
            super().make_test_function(force=True)
            self.test_function = steps.limited(
                self.test_function, lambda: self.steps_per_execution, lambda: self.test_steps_left
            )

    @contextlib.contextmanager
    def _limited(
        self, limit: steps.StepLimit, arguments: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Arguments with a callback that keeps the limit, which ends with the block."""
        before = self.train_steps_left, self.test_steps_left
        callbacks = arguments.get("callbacks")
        if isinstance(callbacks, keras.callbacks.CallbackList):
            limit.set_model(self)
            callbacks.append(limit)
        else:
            check = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: self.check_means())
            callbacks = [limit, check, *tf.nest.flatten(callbacks or [])]
        try:
            yield {**arguments, "callbacks": callbacks}
        finally:
            self.train_steps_left, self.test_steps_left = before

    @property
    def _has_one_replica(self) -> bool:
        return bool(self.distribute_strategy.num_replicas_in_sync == 1)

    def _choose_steps(self, asked: int | None, batches: int | None) -> None:
        """Sets `steps_per_execution` for epochs of so many steps, at most those of `compile`."""
        given = 1 if self.run_eagerly else self._given_steps_per_execution
        best = steps.steps_per_execution(given, asked, batches)
        if best != self.steps_per_execution:
            self.steps_per_execution = best
            self.make_train_function(force=True)
            self.make_test_function(force=True)

    def _check_input(self, x: Data, what: str = "x") -> None:
        if isinstance(x, tuple):
            x = x[0]
        if isinstance(x, tf.data.Dataset):
            spec = x.element_spec[0] if isinstance(x.element_spec, tuple) else x.element_spec
            if not spec.shape[1:].is_compatible_with(self.data_shape):
                raise DataError(
                    f"{what} gives batches of shape {list(spec.shape)}: expected "
                    f"[batch, {', '.join(map(str, self.data_shape))}]."
                )
        elif isinstance(x, (np.ndarray, list, tf.Tensor)):
            self.check_data(x, what)
