"""What `fit`, `evaluate` and `predict` do before Keras does the rest."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import fit_arguments, steps
from vaezoo._model.averages import KeepUnaveraged
from vaezoo._model.compiling import CompiledModel
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike

# Data as Keras takes them: an array, a list, a tensor, (x, condition), or batches of either.
Data: TypeAlias = ArrayLike | tf.Tensor | tf.data.Dataset | tuple[Any, ...]


class FitMethods(CompiledModel):
    """`keras.Model.fit` and its companions, with checked data and chosen steps."""

    data_shape: tuple[int, ...]

    @abc.abstractmethod
    def check_data(self, x: ArrayLike, what: str = "x") -> Array:
        """`x` as a float32 array that this model can take; raises `DataError` otherwise."""

    def adapt(
        self,
        x: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        class_weight: Mapping[int, float] | None = None,
        steps: int | None = None,
    ) -> None:
        """What is computed from the data before the first step: by most models, nothing.

        Args:
            x, y, sample_weight, class_weight: as for `fit`, without the validation split.
            steps: of data in batches, read the first `steps`; None: all.
        """

    def fit(
        self, x: Data = None, *args: object, validation_data: Data = None, **kwargs: object
    ) -> keras.callbacks.History:
        """Trains: `keras.Model.fit`, after checking the data.

        Arrays alone are shuffled and cut into batches in tensors, in an order that depends on
        `seed` and the optimiser's steps; the rest, less than a batch, waits for another epoch.

        Raises:
            DataError: arrays of another shape, not finite or out of the likelihood's range,
                or a `tf.data.Dataset` of another shape.
        """
        self._check_compiled()
        arguments = fit_arguments.by_name(fit_arguments.FIT, args, kwargs)
        steps.check_counts(arguments)
        x = self._taken(x)
        x, validation_data, arguments = fit_arguments.split(x, validation_data, **arguments)
        self._check_input(validation_data, "validation_data")
        self._adapt(x, **arguments)
        if fit_arguments.are_plain_arrays(x, arguments) and self._has_one_replica:
            x, arguments = fit_arguments.batched(self, x, **arguments)
        asked, batches, arguments = steps.planned("steps_per_epoch", x, arguments)
        self._choose_steps(asked, batches)
        validation_steps = arguments.get("validation_steps")
        steps.number_of_batches(validation_data, None, validation_steps)  # or it has no end
        limit = steps.StepLimit(asked, validation_steps, steps.ends_anywhere(x))
        self._go_on()
        with self._limited(limit, arguments, KeepUnaveraged()) as arguments:
            return super().fit(x, validation_data=validation_data, **arguments)

    def evaluate(self, x: Data = None, *args: object, **kwargs: object) -> Any:
        """`keras.Model.evaluate`, after checking the data. Raises as `fit` does."""
        if "_use_cached_eval_dataset" in kwargs:  # from `fit`, which has checked everything
            return super().evaluate(x, *args, **kwargs)
        self._check_compiled()
        arguments = fit_arguments.by_name(fit_arguments.EVALUATE, args, kwargs)
        steps.check_counts(arguments)
        x = self._taken(x)
        asked, _, arguments = steps.planned("steps", x, arguments)
        with self._limited(steps.StepLimit(test=asked), arguments) as arguments:
            return super().evaluate(x, **arguments)

    def predict(self, x: Data, *args: object, **kwargs: object) -> Array:
        """Mean reconstructions, [N, *data_shape]. Raises as `fit` does."""
        arguments = fit_arguments.by_name(fit_arguments.PREDICT, args, kwargs)
        steps.check_counts(arguments)
        x = self._taken(x)
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
            callbacks = [limit, *others, *tf.nest.flatten(callbacks or [])]
        try:
            yield {**arguments, "callbacks": callbacks}
        finally:
            self._train_place, self._test_place = before

    def _adapt(
        self,
        x: Any,
        *,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        **others: object,
    ) -> None:
        """`adapt`, on what `fit` was given."""
        steps.number_of_batches(x, batch_size, steps_per_epoch)  # raises if they have no end
        self.adapt(x, y, sample_weight, class_weight=class_weight, steps=steps_per_epoch)

    def _taken(self, x: Any) -> Any:
        """x as Keras takes it, checked. Raises `DataError`."""
        x = fit_arguments.known(x, self.data_shape)
        self._check_input(x)
        return x

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
