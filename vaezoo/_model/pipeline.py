"""Data sources -> batches: shuffled and binarised by stateless noise, so that every epoch
can be repeated by itself, and several workers can share it without communication."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from vaezoo._model.augmentation import Augmentation
from vaezoo.datasets.base import Source, as_float
from vaezoo.protocols import Array

# x, (x, condition), or (x, condition, weights).
Batch: TypeAlias = tf.Tensor | tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class Share:
    """The part of every batch that this machine's replicas take.

    Attributes:
        first: index of this machine's first replica.
        here: number of replicas here; each takes an element of the data set in turn.
        total: number of replicas on all machines.
    """

    first: int = 0
    here: int = 1
    total: int = 1


ALL = Share()


def shuffled(
    source: Source,
    batch_size: int,
    *,
    epoch: tf.Variable,
    seed: int,
    binarise: bool = False,
    augment: Augmentation | None = None,
    condition: Array | tuple[Array, ...] | None = None,
    steps: int | None = None,
    share: Share = ALL,
) -> tf.data.Dataset:
    """One epoch of whole batches, in an order that depends on `seed` and `epoch` only.

    Args:
        source: [N, *data_shape], an array in memory or anything that indexes like one.
        batch_size: at most N. The rest, less than a batch, waits for another epoch.
        epoch: read again at each iteration over the data set.
        seed: decides order and noise.
        binarise: draws x ~ Bernoulli(grey value) again in every epoch.
        augment: changes of images, drawn again in every epoch, before they are binarised.
        condition: of each example, [N, ...]: batches are then (x, condition). Or several such
            arrays: condition and weights.
        steps: batches of an epoch; more than the data have take another pass, in another order.
            None: one pass.
        share: of several replicas: `batch_size` is that of all of them, which it divides over.
    """
    whole = len(source) // batch_size
    steps = whole if steps is None else steps
    load = _loader(source)

    def one_pass(number: tf.Tensor) -> tf.data.Dataset:
        key = tf.stack([tf.cast(seed, tf.int64), number])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(source)), key)
        rows = tf.reshape(order[: whole * batch_size], [whole, share.total, -1])
        places = tf.reshape(tf.range(whole * share.total, dtype=tf.int64), [whole, share.total])
        mine = slice(share.first, share.first + share.here)
        rows = tf.reshape(rows[:, mine], [whole * share.here, batch_size // share.total])
        dataset = tf.data.Dataset.from_tensor_slices((tf.reshape(places[:, mine], [-1]), rows))

        def batch(place: tf.Tensor, rows: tf.Tensor) -> Batch:
            x = load(rows)
            noise_key = tf.random.experimental.stateless_fold_in(key, place)
            if augment is not None:
                x = augment(x, tf.random.experimental.stateless_fold_in(noise_key, 0))
            if binarise:
                x = tf.cast(tf.random.stateless_uniform(tf.shape(x), noise_key) < x, tf.float32)
            return _with(condition, rows, x)

        return dataset.map(batch, num_parallel_calls=os.cpu_count())

    start = tf.data.Dataset.from_tensors(0).map(lambda _: epoch.read_value())
    if steps > whole:
        passes = tf.data.Dataset.range(-(-steps // whole))
        start = start.flat_map(lambda now: passes.map(lambda number: now + number))
    batches = start.flat_map(one_pass).take(steps * share.here)
    cardinality = tf.data.experimental.assert_cardinality(steps * share.here)
    return _untuned(batches.apply(cardinality).prefetch(2))


def in_order(
    source: Source,
    batch_size: int,
    condition: Array | tuple[Array, ...] | None = None,
    share: Share = ALL,
) -> tf.data.Dataset:
    """All examples in their order; the last batch may be smaller, and empty for some replicas."""
    load = _loader(source)
    steps = -(-len(source) // batch_size)

    def batch(place: tf.Tensor) -> Batch:
        start = place // share.here * batch_size
        end = tf.minimum(start + batch_size, len(source))
        rows = tf.range(start + share.first + place % share.here, end, share.total)
        return _with(condition, rows, load(rows))

    return _untuned(tf.data.Dataset.range(steps * share.here).map(batch).prefetch(2))


def _untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Without the thread that tunes a data set: waiting for it at the end of an epoch took
    10 to 20 seconds in every fifth epoch (TensorFlow 2.21)."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def _with(condition: Array | tuple[Array, ...] | None, rows: tf.Tensor, x: tf.Tensor) -> Batch:
    if condition is None:
        return x
    others = condition if isinstance(condition, tuple) else (condition,)
    return (x, *(tf.gather(tf.constant(other), rows) for other in others))


def _loader(source: Source) -> Callable[[tf.Tensor], tf.Tensor]:
    event = source.shape[1:]
    if isinstance(source, np.ndarray) and not isinstance(source, np.memmap):
        data = tf.constant(source)
        scale = 255.0 if source.dtype == np.uint8 else 1.0
        return lambda rows: tf.cast(tf.gather(data, rows), tf.float32) / scale

    def read(index: np.ndarray) -> np.ndarray:
        return as_float(source[index]) if len(index) else np.empty((0, *event), np.float32)

    return lambda rows: tf.ensure_shape(tf.numpy_function(read, [rows], tf.float32), (None, *event))
