"""What models of sequences have in common."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.components import ConfigMixin, own_name
from vaezoo._core.types import KerasArguments
from vaezoo._model import fit_arguments
from vaezoo._model.fit_methods import FitMethods
from vaezoo._model.row_count import RowCount
from vaezoo._model.train_step import Batch
from vaezoo._trace import Trace
from vaezoo.distributions.sampling import noise_of_rows
from vaezoo.errors import ConfigError
from vaezoo.objectives import Objective
from vaezoo.protocols import Array, ArrayLike
from vaezoo.sequences import batches
from vaezoo.sequences.checks import check_sequences

# Arrays by name: what is seen, "action", "reward", "done" and "mask".
Sequences = Mapping[str, ArrayLike]
Tensors = Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class NoiseSource:
    """Where the noise of a trace comes from.

    Attributes:
        seed: [2].
        first: place of the first sequence among all of a data set, []: noise then hangs on a
            sequence's place, whatever the batches; None: on the batch.
    """

    seed: tf.Tensor
    first: tf.Tensor | None = None

    def normal(self, num_samples: int, num: tf.Tensor, steps: int, size: int) -> tf.Tensor:
        """N(0, I) noise of `num` sequences, [K, num, steps, size]."""
        shape = [num_samples, num, steps, size]
        if self.first is None:
            return tf.random.stateless_normal(shape, self.seed)
        rows = noise_of_rows(self.seed, self.first, num, num_samples, steps * size)
        return tf.reshape(rows, shape)


class SequenceModel(ConfigMixin, FitMethods):
    """A model of sequences of what is seen and done, trained as every other model of the zoo.

    The examples of its traces, of which losses and figures are means, are the steps of all
    sequences, [N, T] -> [B] with B = N T; their weight is the mask, so that padding counts for
    nothing. All figures are nats per step.

    Args:
        objective: what is minimised.
        data_shape: of what is seen at one step.
        num_actions: A, numbers of an action: one-hot of a choice, or a vector.
        has_density: whether there is a bound of which the log-likelihood is a part.
        seed: decides the noise and the order of the data; None takes it from
            `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Attributes:
        observed: name of what is seen, in sequences.
        needed: what sequences may not lack, beside what is seen and done.
    """

    observed: str = "x"
    needed: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        objective: Objective,
        data_shape: Sequence[int],
        num_actions: int,
        has_density: bool,
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(
            objective=objective,
            condition=None,
            has_density=has_density,
            num_groups=1,
            seed=seed,
            **{"name": own_name(self)} | keras_args,
        )
        self.data_shape = tuple(data_shape)
        self.num_actions = num_actions
        self._sequences = RowCount()

    # ── what a model implements ───────────────────────────────────────────────

    @abc.abstractmethod
    def trace_steps(
        self, sequences: Tensors, num_samples: int, noise: NoiseSource, training: bool
    ) -> Trace:
        """The trace of all steps, B = N T, with K = `num_samples`."""

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Least and greatest value of what is seen; None for any."""
        return None

    # ── what follows ──────────────────────────────────────────────────────────

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, with the actual name, dtype and seed."""
        return super().get_config() | {"seed": self.seed}

    def check(self, sequences: Sequences) -> dict[str, Array]:
        """Sequences as float32 arrays, with zeros in place of padding; raises `DataError`."""
        return check_sequences(
            sequences,
            self.observed,
            self.data_shape,
            self.num_actions,
            needed=self.needed,
            value_range=self.value_range,
            reason=f"a {type(self).__name__} with this likelihood",
        )

    def trace(
        self,
        x: Any,
        num_samples: int = 1,
        condition: object = None,
        seed: int | tf.Tensor | None = None,
        training: bool = False,
        *,
        clean: object = None,
        example_weights: tf.Tensor | None = None,
        share: tf.Tensor | None = None,
        first: int | tf.Tensor | None = None,
    ) -> Trace:
        """The trace of all steps of sequences x; the same seed, the same noise.

        Args:
            x: tensors by name, as `check` gives arrays.
            num_samples: K.
            condition, clean: none.
            seed: of the noise; None takes a new one.
            training: whether a training step follows.
            example_weights, share: as in `Trace`, of the steps [N T].
            first: of an evaluation: noise then hangs on a sequence's place among all.
        """
        if seed is None:
            seed = tf.cast(self.seed_generator.next(), tf.int32)
        seed = tf.stack([0, seed]) if isinstance(seed, (int, np.integer)) else seed
        place = None if first is None else self._sequences.value()
        trace = self.trace_steps(x, num_samples, NoiseSource(seed, place), training)
        weights = tf.reshape(x["mask"], [-1]) if example_weights is None else example_weights
        return dataclasses.replace(
            trace, seed=seed, training=training, example_weights=weights, share=share
        )

    def parameter_groups(self) -> Mapping[str, Sequence[keras.Variable]]:
        return {"model": self.trainable_weights}

    def fit(
        self, x: Any = None, *args: Any, validation_data: Any = None, **kwargs: Any
    ) -> keras.callbacks.History:
        """Trains on sequences: as `keras.Model.fit`, with checked data.

        The order of the sequences depends on `seed` and the optimiser's steps; the rest, less than
        a batch, waits for another epoch.

        Args:
            x: arrays by name: what is seen, [N, T, *data_shape], as "z" or "x"; "action",
                [N, T, A], or numbers of actions, [N, T]; "reward" and "done", [N, T], of the step
                that the action makes; "mask", [N, T], 1 for steps that are there and 0 for padding
                after them.
            args, kwargs: as there; `batch_size` and `steps_per_epoch` count sequences, and there
                is no y.
            validation_data: likewise.

        Raises:
            DataError: a part is missing or of another shape, numbers are not finite or out of their
                range, an episode has one step only, or goes on after its end.
            ConfigError: an argument out of its range, or the model is not compiled.
        """
        self._check_compiled()
        sequences = self.check(x)
        arguments = batches.arguments(fit_arguments.FIT, args, kwargs)
        if validation_data is not None:
            validation_data = self._in_order(validation_data, arguments.get("batch_size"))
        shuffled, arguments = batches.shuffled(self, sequences, arguments)
        return super().fit(shuffled, validation_data=validation_data, **arguments)

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.evaluate` on sequences; raises as `fit`."""
        if "_use_cached_eval_dataset" in kwargs:  # from `fit`, which has checked everything
            return super().evaluate(x, *args, **kwargs)
        arguments = batches.arguments(fit_arguments.EVALUATE, args, kwargs)
        return super().evaluate(self._in_order(x, arguments.pop("batch_size", None)), **arguments)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Array:
        """Means of what the model predicts, [N, T, *data_shape]; raises as `fit`."""
        arguments = batches.arguments(fit_arguments.PREDICT, args, kwargs)
        return super().predict(self._in_order(x, arguments.pop("batch_size", None)), **arguments)

    def train_on_batch(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.train_on_batch`; raises as `fit`."""
        return super().train_on_batch(batches.tensors(self.check(x)), *args, **kwargs)

    def test_on_batch(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.test_on_batch`; raises as `fit`."""
        return super().test_on_batch(batches.tensors(self.check(x)), *args, **kwargs)

    def reset_metrics(self) -> None:
        super().reset_metrics()
        self._sequences.reset()

    def export(self, *args: object, **kwargs: object) -> None:
        """Not as in Keras. Raises `ConfigError`."""
        raise ConfigError(
            "export() writes one function of one input: vaezoo.export.export_memory(model, path) "
            "writes the step of a MixtureDensityMemory as an ONNX graph."
        )

    def _weighted(self, step: Any, data: Batch) -> dict[str, Any]:
        sequences, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        logs: dict[str, Any] = step(sequences, None, tf.reshape(sequences["mask"], [-1]))
        self._sequences.add(tf.shape(sequences["mask"])[0])
        return logs

    def _in_order(self, sequences: Sequences, batch_size: int | None) -> tf.data.Dataset:
        return batches.in_order(self.check(sequences), batch_size)
