"""What `compile`, `fit`, `evaluate` and `predict` do before Keras does the rest."""

from __future__ import annotations

import abc
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import fit_arguments
from vaezoo._model.train_step import TraceModel
from vaezoo.datasets.base import Source
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike

_STEPS = 32
# Data as Keras takes them: an array, a list, a tensor, (x, condition), or batches of either.
Data: TypeAlias = ArrayLike | tf.Tensor | tf.data.Dataset | tuple[Any, ...]


class FitMethods(TraceModel):
    """`keras.Model.fit` and its companions, with checked data and chosen steps."""

    data_shape: tuple[int, ...]
    steps_per_execution: int
    _chooses_steps = False

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
            steps_per_execution: None: up to 32, at most those of an epoch, so that Python waits
                for every 32nd step only; callbacks see one batch in 32. 1 if the steps run
                eagerly or on several replicas.
        """
        self._chooses_steps = steps_per_execution is None
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

        Raises:
            DataError: arrays of another shape, not finite or out of the likelihood's range,
                or a `tf.data.Dataset` of another shape.
        """
        self._check_input(x)
        self._check_input(validation_data, "validation_data")
        self.adapt(x)
        arguments = fit_arguments.by_name(args, kwargs)
        if fit_arguments.are_plain_arrays(x, arguments) and self._has_one_replica:
            x, arguments = fit_arguments.batched(self, x, **arguments)
        self._choose_steps(fit_arguments.steps_per_epoch(x, **arguments))
        return super().fit(x, validation_data=validation_data, **arguments)

    def evaluate(self, x: Data = None, *args: object, **kwargs: object) -> Any:
        """`keras.Model.evaluate`, after checking the data. Raises as `fit` does."""
        self._check_input(x)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Data, *args: object, **kwargs: object) -> Array:
        """Mean reconstructions, [N, *data_shape]. Raises as `fit` does."""
        self._check_input(x)
        return super().predict(x, *args, **kwargs)

    @property
    def _has_one_replica(self) -> bool:
        return bool(self.distribute_strategy.num_replicas_in_sync == 1)

    def _choose_steps(self, steps: int) -> None:
        """Sets `steps_per_execution` for epochs of so many steps, unless `compile` did."""
        best = min(_STEPS, steps) if self._has_one_replica and not self.run_eagerly else 1
        if self._chooses_steps and best != self.steps_per_execution:
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
