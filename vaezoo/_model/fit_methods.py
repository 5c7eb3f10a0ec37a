"""What `fit`, `evaluate` and `predict` do before Keras does the rest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import example_weights, fit_arguments, optimizers, steps, weight_arguments
from vaezoo._model.averages import KeepUnaveraged
from vaezoo._model.compiling import CompiledModel
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array, ArrayLike

# Data as Keras takes them: an array, a list, a tensor, (x, condition), or batches of either.
Data: TypeAlias = ArrayLike | tf.Tensor | tf.data.Dataset | tuple[Any, ...]


class FitMethods(CompiledModel):
    """`keras.Model.fit` and its companions, with checked data and chosen steps."""

    def adapt(
        self,
        x: Any,
        sample_weight: ArrayLike | None = None,
        *,
        steps: int | None = None,
    ) -> None:
        """What is computed from the data before the first step: by most models, nothing.

        Args:
            x, sample_weight: as for `fit`, without the validation split.
            steps: of data in batches, read the first `steps`; None: all.
        """

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
            ConfigError: an argument out of its range, a learning rate that is no number of 0 or
                more, `class_weight` for a model without labels, or batches of fewer examples than
                the objective compares.
        """
        self._check_compiled()
        optimizers.check(self.optimizer)
        arguments = fit_arguments.by_name(fit_arguments.FIT, args, kwargs)
        x, validation_data, arguments = fit_arguments.split(x, validation_data, **arguments)
        x, validation_data, arguments = weight_arguments.for_fit(
            x, validation_data, arguments, self.condition
        )
        self._check_batches(x, arguments.get("batch_size"))
        self._adapt(x, **arguments)
        if fit_arguments.are_plain_arrays(x, arguments) and self._has_one_replica:
            x, arguments = fit_arguments.batched(self, x, **arguments)
        asked, batches, arguments = steps.planned("steps_per_epoch", x, arguments)
        self._choose_steps(asked, batches)
        validation_steps = arguments.get("validation_steps")
        steps.number_of_batches(validation_data, None, validation_steps)  # or it has no end
        limit = steps.StepLimit(asked, validation_steps, steps.ends_anywhere(x))
        self._go_on()
        self._build_optimizer()
        with self._limited(limit, arguments, KeepUnaveraged()) as arguments:
            return super().fit(x, validation_data=validation_data, **arguments)

    def evaluate(self, x: Data = None, *args: object, **kwargs: object) -> Any:
        """`keras.Model.evaluate`, after checking the data. Raises as `fit` does.

        The noise of an example hangs on `seed` and on its place among those with a weight, so that
        the figures do not hang on `batch_size`. These do: what an objective compares within a
        batch, or with draws of its own; and draws of Dirichlet and power spherical posteriors,
        which are no functions of normal noise.
        """
        if "_use_cached_eval_dataset" in kwargs:  # from `fit`, which has checked everything
            self.check_means()
            results = super().evaluate(x, *args, **kwargs)
            self.check_means()
            return results
        self._check_compiled()
        arguments = fit_arguments.by_name(fit_arguments.EVALUATE, args, kwargs)
        x, arguments = weight_arguments.for_evaluate(x, arguments)
        asked, _, arguments = steps.planned("steps", x, arguments)
        limit = steps.StepLimit(test=asked)
        with self._limited(limit, arguments) as arguments:
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
        self._check_compiled()
        self._check_batches(x)
        y, sample_weight = weight_arguments.for_batch(
            x, y, sample_weight, class_weight, self.condition
        )
        self._build_optimizer()
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
        if float(tf.convert_to_tensor(self._reported[0].count)) == 0:  # of all replicas
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
        _, _, arguments = steps.planned("steps", x, arguments)
        several, self.steps_per_execution = self.steps_per_execution, 1
        try:
            return super().predict(x, **arguments)
        finally:
            self.steps_per_execution = several

    @contextlib.contextmanager
    def _limited(
        self,
        limit: steps.StepLimit,
        arguments: Mapping[str, Any],
        *others: keras.callbacks.Callback,
    ) -> Iterator[dict[str, Any]]:
        """Arguments with callbacks, one of which keeps a limit that ends with the block."""
        before = self._train_place, self._test_place
        callbacks = arguments.get("callbacks")
        if isinstance(callbacks, keras.callbacks.CallbackList):
            for callback in (limit, *others):
                callback.set_model(self)
                callbacks.append(callback)
        else:
            check = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: self.check_means())
            callbacks = [limit, check, *others, *tf.nest.flatten(callbacks or [])]
        try:
            yield {**arguments, "callbacks": callbacks}
        finally:
            self._train_place, self._test_place = before

    def _adapt(
        self,
        x: Any,
        *,
        sample_weight: Any = None,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        **others: object,
    ) -> None:
        """`adapt`, on what `fit` was given."""
        steps.number_of_batches(x, batch_size, steps_per_epoch)  # raises if they have no end
        self.adapt(x, sample_weight, steps=steps_per_epoch)
