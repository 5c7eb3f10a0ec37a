"""Arguments of `fit`: plain arrays become a `tf.data.Dataset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import pipeline
from vaezoo._model.train_step import TraceModel
from vaezoo.protocols import Array

# Arguments of `keras.Model.fit` after x that may be positional; and those which need Keras' own
# batches.
_POSITIONAL = ("y", "batch_size", "epochs", "verbose", "callbacks", "validation_split")
_NEED_KERAS = ("sample_weight", "class_weight", "validation_split", "steps_per_epoch")
_BATCH = 32  # Keras' default


def by_name(args: Sequence[object], kwargs: Mapping[str, object]) -> dict[str, Any]:
    """All of them by name. Raises `TypeError` for too many positional ones."""
    if len(args) > len(_POSITIONAL):
        raise TypeError(f"fit() takes x and {', '.join(_POSITIONAL)} by position: name the others.")
    return dict(zip(_POSITIONAL, args, strict=False)) | dict(kwargs)


def are_plain_arrays(x: object, arguments: Mapping[str, Any]) -> TypeGuard[Array]:
    """Whether there are arrays, and nothing that needs Keras' own batches."""
    y, callbacks = arguments.get("y"), arguments.get("callbacks")
    plain = isinstance(x, np.ndarray) and (y is None or isinstance(y, np.ndarray))
    simple = callbacks is None or isinstance(callbacks, (list, tuple))
    needs_keras = any(arguments.get(name) is not None for name in _NEED_KERAS)
    return bool(plain and simple and arguments.get("shuffle", True) and not needs_keras)


def batched(
    model: TraceModel,
    x: Array,
    y: Array | None = None,
    batch_size: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    **others: object,
) -> tuple[tf.data.Dataset, dict[str, Any]]:
    """The data as batches, and the other arguments that go with them."""
    now = tf.Variable(0, dtype=tf.int64, trainable=False)
    clock = keras.callbacks.LambdaCallback(
        # not the epoch's number: another `fit` begins at 0 again
        on_epoch_begin=lambda epoch, logs: now.assign(model.optimizer.iterations)
    )
    batch_size = min(batch_size or _BATCH, len(x))
    x = x.astype(np.float32, copy=False)  # bytes too: `fit` does not rescale
    batches = pipeline.shuffled(x, batch_size, epoch=now, seed=model.seed, condition=y)
    return batches, others | {"callbacks": [clock, *(callbacks or ())], "shuffle": False}


def steps_per_epoch(
    x: object,
    batch_size: int | None = None,
    steps_per_epoch: int | None = None,
    **others: object,
) -> int:
    """Steps per epoch; 1 where that is unknown."""
    if steps_per_epoch:
        return steps_per_epoch
    if isinstance(x, tf.data.Dataset):
        return max(1, int(x.cardinality()))
    if isinstance(x, (np.ndarray, tf.Tensor)):
        return -(-len(x) // (batch_size or _BATCH))
    return 1
