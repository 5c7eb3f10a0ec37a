"""One pass over data in NumPy, for what is computed of them before the first step."""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import example_weights
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array

_ROWS = 4096


def weighted_examples(
    x: object, sample_weight: Any = None, steps: int | None = None
) -> Iterator[tuple[Array, Array]]:
    """Examples [B, *data_shape] and their weights [B], float64, batch by batch; those with a
    weight of 0 are left out.

    Args:
        x: [N, *data_shape], in memory or anything that indexes like an array; or batches of x,
            (x, y) or (x, y, sample_weight): a `tf.data.Dataset` or a `keras.utils.PyDataset`.
        sample_weight: of examples of an array, [N] or [N, 1].
        steps: batches to read of data in batches; None: all.

    Raises:
        ConfigError: a generator, which cannot be read twice.
        DataError: weights that are no weights, or 0 for all examples.
    """
    found = False
    for batch in itertools.islice(_batches(x, sample_weight), _stop(x, steps)):
        rows, _, weights = keras.utils.unpack_x_y_sample_weight(batch)
        rows = np.asarray(rows, np.float64)
        weights = _ones_or_checked(weights, len(rows))
        used = weights > 0
        if used.any():
            found = True
            yield rows[used], weights[used]
    if not found:
        raise DataError(example_weights.ALL_ZERO)


def _stop(x: object, steps: int | None) -> int | None:
    return None if _is_array(x) else steps


def _is_array(x: object) -> bool:
    return hasattr(x, "shape") and hasattr(x, "__getitem__")


def _batches(x: Any, sample_weight: Any) -> Iterator[Any]:
    if isinstance(x, types.GeneratorType):
        raise ConfigError(
            "a generator can be read once only, and these data have to be read before the first "
            "step too: give an array, a tf.data.Dataset or a keras.utils.PyDataset."
        )
    if _is_array(x):
        for start in range(0, len(x), _ROWS):
            rows = np.arange(start, min(start + _ROWS, len(x)))
            weights = None if sample_weight is None else _rows(sample_weight, rows)
            yield _rows(x, rows), None, weights
    elif isinstance(x, keras.utils.PyDataset):
        places: Iterable[int] = itertools.count() if x.num_batches is None else range(x.num_batches)
        yield from (x[place] for place in places)
    else:
        yield from itertools.chain.from_iterable(map(_of_replicas, x))


def _rows(array: Any, rows: Array) -> Array:
    """Rows of whatever indexes like an array."""
    return array[rows[0] : rows[-1] + 1] if hasattr(array, "dtype") else array[rows]


def _of_replicas(batch: Any) -> Iterator[Any]:
    """The parts of a batch that replicas on this machine take: one, where there is one replica."""
    strategy = tf.distribute.get_strategy()
    parts = batch if isinstance(batch, tuple) else (batch,)
    return zip(*map(strategy.experimental_local_results, parts), strict=True)


def _ones_or_checked(weights: Any, num: int) -> Array:
    """Weights [num], float64."""
    return np.ones(num) if weights is None else example_weights.checked(weights, num).astype(float)
