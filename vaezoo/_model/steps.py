"""How many steps run in one execution, and never more than were asked for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import not_negative_integer, positive
from vaezoo.errors import ConfigError

MOST_STEPS = 32  # of one execution
BATCH = 32  # Keras' default
Logs: TypeAlias = dict[str, Any]
Execution: TypeAlias = Callable[[Iterator[Any]], Logs]

_COUNTS = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size", "steps")


def check_counts(arguments: Mapping[str, object]) -> None:
    """Raises `ConfigError` unless numbers of examples, steps and epochs are such numbers."""
    for name in _COUNTS:
        if arguments.get(name) is not None:
            positive(name, arguments[name])
    for name in ("epochs", "initial_epoch"):
        not_negative_integer(name, arguments.get(name, 0))


def number_of_batches(x: object, batch_size: int | None, steps: int | None) -> int | None:
    """Batches of one pass over the data as Keras makes them; None if unknown or without end.

    Raises:
        ConfigError: the data have no end, and no number of steps was given.
    """
    if isinstance(x, (np.ndarray, tf.Tensor)):
        return -(-len(x) // (batch_size or batch_size_for(len(x), steps)))
    endless = False
    batches = None
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
    return batches


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
    """As many as allowed, at most those of an epoch, and 1 where nobody knows their number.

    Where several epochs share one pass over the data, Keras finds their end by counting whole
    executions: then these divide both.
    """
    most = given or MOST_STEPS
    if steps is None or batches is None:
        return min(most, steps or batches or given or 1)
    common = math.gcd(steps, batches)
    return max(size for size in range(1, most + 1) if common % size == 0)


class StepLimit(keras.callbacks.Callback):
    """Tells the model before each execution how many of the asked steps are left.

    Args:
        train: steps of an epoch; None for all that the data give.
        test: those of an evaluation.
    """

    def __init__(self, train: int | None = None, test: int | None = None) -> None:
        super().__init__()
        self.train, self.test = train, test

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.model.train_steps_left = None if self.train is None else self.train - batch

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.model.test_steps_left = None if self.test is None else self.test - batch


def limited(
    execution: Execution, several: Callable[[], int], left: Callable[[], int | None]
) -> Execution:
    """Keras' function of `several()` steps, made to stop after those that are `left()`."""

    def function(iterator: Iterator[Any]) -> Logs:
        steps = left()
        if steps is None or steps >= several():
            return execution(iterator)
        logs: Logs = {}
        for _ in range(steps):
            logs = execution(iter([next(iterator)]))
        return logs

    return function
