"""Arguments of `fit`: plain arrays become a `tf.data.Dataset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import example_weights, pipeline
from vaezoo._model.steps import batch_size_for
from vaezoo._model.train_step import TraceModel
from vaezoo.protocols import Array

# Arguments of Keras' methods after x that may be positional.
FIT = ("y", "batch_size", "epochs", "verbose", "callbacks", "validation_split")
EVALUATE = ("y", "batch_size", "verbose", "sample_weight", "steps", "callbacks", "return_dict")
PREDICT = ("batch_size", "verbose", "steps", "callbacks")
# That of `fit` which needs Keras' own batches.
_NEED_KERAS = ("validation_split",)


def by_name(
    names: Sequence[str], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, Any]:
    """All arguments by name, those of `names` also by position. Raises `TypeError` for more."""
    if len(args) > len(names):
        raise TypeError(f"expected x and {', '.join(names)} by position: name the others.")
    return dict(zip(names, args, strict=False)) | dict(kwargs)


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
    steps_per_epoch: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    sample_weight: Array | None = None,
    **others: object,
) -> tuple[tf.data.Dataset, dict[str, Any]]:
    """The data as the batches of an epoch, and the other arguments that go with them."""
    now = tf.Variable(0, dtype=tf.int64, trainable=False)
    clock = keras.callbacks.LambdaCallback(
        # not the epoch's number: another `fit` begins at 0 again
        on_epoch_begin=lambda epoch, logs: now.assign(model.optimizer.iterations)
    )
    batch_size = min(batch_size or batch_size_for(len(x), steps_per_epoch), len(x))
    x = x.astype(np.float32, copy=False)  # bytes too: `fit` does not rescale
    rest: Array | tuple[Array, ...] | None = y
    if sample_weight is not None:
        rest = (example_weights.without_y(len(x)) if y is None else y, sample_weight)
    batches = pipeline.shuffled(
        x, batch_size, epoch=now, seed=model.seed, condition=rest, steps=steps_per_epoch
    )
    return batches, others | {"callbacks": [clock, *(callbacks or ())], "shuffle": False}
