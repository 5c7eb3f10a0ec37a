"""Weights of examples, `sample_weight`: in one step, and in its means.

A weight counts an example so many times: losses and metrics are weighted means, sums over the
weights' sum, and what is computed from a whole batch is weighted in the same way. So weights of 0
and 1 are the same as leaving the others out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import as_array
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike

Logs: TypeAlias = dict[str, Any]
# What a step does with x, [B, ...], y and weights [B], either of which may be missing.
Step: TypeAlias = Callable[[tf.Tensor, tf.Tensor | None, tf.Tensor | None], Logs]

EXPECTED = "expected finite numbers of 0 or more, one per example: [N] or [N, 1]"
ALL_ZERO = (
    "sample_weight is 0 for all examples: there is nothing to take a mean of; give some a weight "
    "above 0."
)
NOTHING_COUNTED = (
    "no example was counted: the data are empty, or sample_weight is 0 for all of them; give some "
    "a weight above 0."
)


def without_y(num: int) -> Array:
    """A y that says nothing, [N, 0]: Keras drops weights where y is None."""
    return np.zeros((num, 0), np.float32)


def checked(weights: ArrayLike, num: int) -> Array:
    """Weights of `num` examples as float32 [N]; raises `DataError` unless they are such."""
    array = as_array(weights, "sample_weight")
    if array.dtype.kind not in "fiub":
        raise DataError(f"sample_weight has dtype {array.dtype}: {EXPECTED}.")
    if array.shape not in ((num,), (num, 1)):
        raise DataError(f"sample_weight has shape {list(array.shape)}, x {num} rows: {EXPECTED}.")
    with np.errstate(over="ignore"):  # too large a float64 is infinite, and refused below
        array = array.reshape(num).astype(np.float32)
    wrong = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if len(wrong):
        raise DataError(
            f"sample_weight has {len(wrong)} negative, infinite or NaN values, first in row "
            f"{wrong[0]} ({array[wrong[0]]:g}): {EXPECTED}."
        )
    return array


def refuse_zeros(weights: Array) -> None:
    """Raises `DataError` where no example counts."""
    if not weights.any():
        raise DataError(ALL_ZERO)


def weighted(step: Step, batch: Any, *, compiled: bool, otherwise: Callable[[], Logs]) -> Logs:
    """`step` on the examples of a batch that have a weight; `otherwise` where none has.

    Args:
        step: of train or test.
        batch: x, (x, y), or (x, y, sample_weight).
        compiled: whether XLA compiles the step. Shapes are then fixed: examples without weight
            come last, and have to count for nothing in the step.
        otherwise: gives the logs where nothing is done.

    Raises:
        DataError: weights of another type or shape.
    """
    x, y, sample_weight = map(_as_tensor, keras.utils.unpack_x_y_sample_weight(batch))
    if y is not None and y.shape.rank == 2 and y.shape[1] == 0:  # `without_y`
        y = None
    if sample_weight is None:
        return step(x, y, None)
    weights = _as_floats(sample_weight, x)
    waits = tf.distribute.get_strategy().num_replicas_in_sync > 1  # for the steps of others

    def some() -> Logs:
        rows = _order(weights) if compiled or waits else tf.where(weights > 0)[:, 0]
        return step(*(None if each is None else tf.gather(each, rows) for each in (x, y, weights)))

    return some() if waits else tf.cond(tf.reduce_any(weights > 0), some, otherwise)


def relative(weights: tf.Tensor) -> tf.Tensor:
    """Weights [B] with mean 1 over those above 0; of zeros, ones."""
    count = tf.reduce_sum(tf.cast(weights > 0, tf.float32))
    total = tf.reduce_sum(weights)
    return tf.where(total > 0, weights * tf.math.divide_no_nan(count, total), 1.0)


def _as_tensor(value: Any) -> tf.Tensor | None:
    return None if value is None else tf.convert_to_tensor(value)


def _as_floats(weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Weights [B] or [B, 1] of any type of numbers as float32 [B]."""
    if not (weights.dtype.is_floating or weights.dtype.is_integer or weights.dtype.is_bool):
        raise DataError(f"sample_weight has dtype {weights.dtype.name}: {EXPECTED}.")
    shape = weights.shape
    if shape.rank not in (None, 1) and not (shape.rank == 2 and shape[1] == 1):
        raise DataError(f"sample_weight has shape {shape.as_list()}: {EXPECTED}.")
    if shape.rank and not shape[:1].is_compatible_with(x.shape[:1]):
        raise DataError(f"sample_weight has shape {shape.as_list()}, x {x.shape}: {EXPECTED}.")
    return tf.cast(tf.reshape(weights, [-1]), tf.float32)


def _order(weights: tf.Tensor) -> tf.Tensor:
    """Rows with those of weight 0 last, else in their order."""
    return tf.argsort(tf.cast(weights == 0, tf.float32), stable=True)
