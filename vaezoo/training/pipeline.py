"""Data sources -> batches: shuffled and binarised by stateless noise, so that every epoch
can be repeated by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.datasets.base import as_float


def shuffled(
    source: Any,
    batch_size: int,
    *,
    epoch: tf.Variable,
    seed: int,
    binarise: bool = False,
    condition: np.ndarray | None = None,
) -> tf.data.Dataset:
    """One epoch of whole batches, in an order that depends on `seed` and `epoch` only.

    Args:
        source: [N, *data_shape], an array in memory or anything that indexes like one.
        batch_size: at most N. What is left over, fewer than a batch, waits for another epoch.
        epoch: read anew at each iteration over the data set.
        seed: decides order and noise.
        binarise: draws x ~ Bernoulli(grey value) anew in every epoch.
        condition: of each example, [N, ...]: batches are then (x, condition).
    """
    steps = len(source) // batch_size
    load = _loader(source)

    def batches(epoch_now: tf.Tensor) -> tf.data.Dataset:
        key = tf.stack([tf.cast(seed, tf.int64), epoch_now])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(source)), key)
        rows = tf.reshape(order[: steps * batch_size], [steps, batch_size])
        dataset = tf.data.Dataset.from_tensor_slices(rows).enumerate()

        def batch(step: tf.Tensor, rows: tf.Tensor) -> Any:
            x = load(rows)
            if binarise:
                noise_key = tf.random.experimental.stateless_fold_in(key, step)
                x = tf.cast(tf.random.stateless_uniform(tf.shape(x), noise_key) < x, tf.float32)
            return _with(condition, rows, x)

        return dataset.map(batch, num_parallel_calls=tf.data.AUTOTUNE)

    start = tf.data.Dataset.from_tensors(0).map(lambda _: epoch.read_value())
    dataset = start.flat_map(batches).apply(tf.data.experimental.assert_cardinality(steps))
    return dataset.prefetch(2)


def in_order(source: Any, batch_size: int, condition: np.ndarray | None = None) -> tf.data.Dataset:
    """All examples in their order, the last batch perhaps smaller."""
    rows = tf.data.Dataset.range(len(source)).batch(batch_size)
    load = _loader(source)
    return rows.map(lambda rows: _with(condition, rows, load(rows))).prefetch(2)


def _with(condition: np.ndarray | None, rows: tf.Tensor, x: tf.Tensor) -> Any:
    return x if condition is None else (x, tf.gather(tf.constant(condition), rows))


def _loader(source: Any) -> Any:
    shape = (None, *source.shape[1:])
    if isinstance(source, np.ndarray) and not isinstance(source, np.memmap):
        data = tf.constant(source)
        scale = 255.0 if source.dtype == np.uint8 else 1.0
        return lambda rows: tf.cast(tf.gather(data, rows), tf.float32) / scale

    def read(rows: tf.Tensor) -> tf.Tensor:
        x = tf.numpy_function(lambda index: as_float(source[index]), [rows], tf.float32)
        return tf.ensure_shape(x, shape)

    return read
