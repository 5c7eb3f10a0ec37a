"""What `fit` was given: arrays are made a data set, where they come with nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core import pipeline

# Arguments of `keras.Model.fit` after x, as far as they are given by place; and those that arrays
# may come with which need Keras' own batches.
_BY_PLACE = ("y", "batch_size", "epochs", "verbose", "callbacks", "validation_split")
_OTHERS = ("sample_weight", "class_weight", "validation_split", "steps_per_epoch")
_BATCH = 32  # Keras' default


def by_name(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All of them by name. Raises `TypeError` where there are more than names for them."""
    if len(args) > len(_BY_PLACE):
        raise TypeError(f"fit() takes x and {', '.join(_BY_PLACE)} by place: name the others.")
    return dict(zip(_BY_PLACE, args, strict=False)) | dict(kwargs)


def are_plain_arrays(x: Any, given: Mapping[str, Any]) -> bool:
    """Whether there are arrays, and nothing that needs Keras' own batches."""
    y, callbacks = given.get("y"), given.get("callbacks")
    plain = isinstance(x, np.ndarray) and (y is None or isinstance(y, np.ndarray))
    listed = callbacks is None or isinstance(callbacks, (list, tuple))
    others = any(given.get(name) is not None for name in _OTHERS)
    return plain and listed and given.get("shuffle", True) and not others


def batched(
    model: Any,
    x: np.ndarray,
    y: np.ndarray | None = None,
    batch_size: int | None = None,
    callbacks: Sequence[Any] | None = None,
    **given: Any,
) -> tuple[tf.data.Dataset, dict[str, Any]]:
    """The arguments again, with plain arrays made a data set."""
    now = tf.Variable(0, dtype=tf.int64, trainable=False)
    clock = keras.callbacks.LambdaCallback(
        # not the epoch's number: another `fit` begins at 0 again
        on_epoch_begin=lambda epoch, logs: now.assign(model.optimizer.iterations)
    )
    batch_size = min(batch_size or _BATCH, len(x))
    x = x.astype(np.float32, copy=False)  # bytes too: `fit` takes values as they are
    batches = pipeline.shuffled(x, batch_size, epoch=now, seed=model.seed, condition=y)
    return batches, given | {"callbacks": [clock, *(callbacks or ())], "shuffle": False}


def steps_per_epoch(
    x: Any, batch_size: int | None = None, steps_per_epoch: int | None = None, **given: Any
) -> int:
    """Steps of an epoch; 1 where that is not known."""
    if steps_per_epoch:
        return steps_per_epoch
    if isinstance(x, tf.data.Dataset):
        return max(1, int(x.cardinality()))
    if isinstance(x, (np.ndarray, tf.Tensor)):
        return -(-len(x) // (batch_size or _BATCH))
    return 1
