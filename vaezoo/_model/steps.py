"""How many steps run in one execution, and never more than were asked for."""

from __future__ import annotations

import math
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo.errors import ConfigError, DataError

EMPTY = "the data are empty: they give no batch."
MOST_STEPS = 32  # of one execution
BATCH = 32  # Keras' default
Logs: TypeAlias = dict[str, Any]
Execution: TypeAlias = Callable[[Iterator[Any]], Logs]


def number_of_batches(x: object, batch_size: int | None, steps: int | None) -> int | None:
    """Batches of one pass over the data as Keras makes them; None if unknown or without end.

    Raises:
        ConfigError: the data have no end, and no number of steps was given.
        DataError: they are empty.
    """
    if isinstance(x, (np.ndarray, tf.Tensor)):
        return -(-len(x) // (batch_size or batch_size_for(len(x), steps)))
    endless, batches = False, None
    if isinstance(x, tf.data.Dataset):
        cardinality = int(x.cardinality())
        endless = cardinality == tf.data.INFINITE_CARDINALITY
        batches = cardinality if cardinality >= 0 else None
    elif isinstance(x, keras.utils.PyDataset):
        batches = x.num_batches
        endless = batches is None
    if endless and steps is None:
        raise ConfigError(
            "these data have no end: give steps_per_epoch= to fit, validation_steps= for "
            "validation_data, or steps= to evaluate and predict."
        )
    if batches == 0:
        raise DataError(EMPTY)
    return batches


def ends_anywhere(x: object) -> bool:
    """Whether the data end after batches that nobody has counted."""
    if isinstance(x, tf.data.Dataset):
        return int(x.cardinality()) == tf.data.UNKNOWN_CARDINALITY
    return isinstance(x, types.GeneratorType)


def batch_size_for(num: int, steps: int | None) -> int:
    """Examples a batch where the user gives none: as in Keras, so many steps take all of them."""
    return BATCH if steps is None else -(-num // steps)


def planned(
    name: str, x: object, arguments: Mapping[str, Any]
) -> tuple[int | None, int | None, dict[str, Any]]:
    """How many of the data's batches are wanted.

    Args:
        name: of the argument that says so: "steps_per_epoch" or "steps".
        x: the data.
        arguments: of Keras' method.

    Returns:
        The steps that were asked for, None for all that the data have; the batches of one pass
        over them, None if unknown or without end; and the arguments that say the same to Keras.
    """
    asked, arguments = arguments.get(name), dict(arguments)
    batches = number_of_batches(x, arguments.get("batch_size"), asked)
    if asked is None or batches is None or asked < batches:
        return asked, batches, arguments
    if asked > batches:
        warnings.warn(
            f"{asked} steps were asked for, and the data end after {batches} batches: there will "
            "be as many; repeat the data (`Dataset.repeat`) for more.",
            stacklevel=4,
        )
    if isinstance(x, (np.ndarray, tf.Tensor)):
        arguments.setdefault("batch_size", batch_size_for(len(x), asked))
    return None, batches, arguments | {name: None}


def steps_per_execution(given: int | None, steps: int | None, batches: int | None) -> int:
    """As many as allowed, at most those of an epoch.

    Where several epochs share one pass over the data, Keras finds their end by counting whole
    executions: then these divide both.
    """
    most = given or MOST_STEPS
    if steps is None or batches is None:
        return min(most, steps or batches or most)
    common = math.gcd(steps, batches)
    return max(size for size in range(1, most + 1) if common % size == 0)


class Place(NamedTuple):
    """Where an execution begins.

    Attributes:
        left: of the steps that were asked for; None where the data alone end them.
        is_first: whether the data have given nothing yet.
        may_be_last: whether the data may have ended here, which nobody knows before.
    """

    left: int | None = None
    is_first: bool = False
    may_be_last: bool = False


ANYWHERE = Place()


class StepLimit(keras.callbacks.Callback):
    """Tells the model before each execution where it begins.

    Args:
        train: steps of an epoch; None for all that the data give.
        test: those of an evaluation.
        unknown: whether the training data end at a place that nobody knows.
    """

    def __init__(
        self, train: int | None = None, test: int | None = None, unknown: bool = False
    ) -> None:
        super().__init__()
        self.train, self.test, self.unknown = train, test, unknown
        self.epochs = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs += 1

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        left = None if self.train is None else self.train - batch
        is_first = batch == 0 and self.epochs == 1
        self.model._train_place = Place(left, is_first, self.unknown)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.model._test_place = Place(None if self.test is None else self.test - batch, batch == 0)


def limited(
    execution: Execution, several: Callable[[], int], place: Callable[[], Place]
) -> Execution:
    """Keras' function of `several()` steps, made to stop after those that are left.

    Raises:
        DataError: the data are empty.
    """

    def one_by_one(iterator: Iterator[Any], steps: int) -> Logs:
        logs: Logs = {}
        for _ in range(steps):
            logs = execution(iter([next(iterator)]))
        return logs

    def function(iterator: Iterator[Any]) -> Logs:
        left, is_first, may_be_last = place()
        steps = several() if left is None else min(left, several())
        try:
            # Fetched within a single step, data that have ended do not keep it from being counted.
            if steps < several() or (may_be_last and steps == 1):
                return one_by_one(iterator, steps)
            return execution(iterator)
        except (StopIteration, tf.errors.OutOfRangeError):
            if is_first:
                raise DataError(EMPTY) from None
            raise

    return function
