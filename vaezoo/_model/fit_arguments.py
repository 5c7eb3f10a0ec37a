"""Arguments of `fit`: plain arrays become a `tf.data.Dataset`."""

from __future__ import annotations

import contextlib
import math
import numbers
import types
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import argument_checks, example_weights, pipeline
from vaezoo._model.steps import batch_size_for
from vaezoo._model.train_step import TraceModel
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array

# Arguments of Keras' methods after x that may be positional.
FIT = ("y", "batch_size", "epochs", "verbose", "callbacks", "validation_split")
EVALUATE = ("y", "batch_size", "verbose", "sample_weight", "steps", "callbacks", "return_dict")
PREDICT = ("batch_size", "verbose", "steps", "callbacks")
_BATCHES = (
    tf.data.Dataset, keras.utils.PyDataset, types.GeneratorType, tf.distribute.DistributedDataset,
)  # fmt: skip


def by_name(
    names: Sequence[str], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, Any]:
    """All arguments by name, those of `names` also by position.

    Raises:
        TypeError: more of them than names.
        ConfigError: one of another type, or out of its range.
    """
    if len(args) > len(names):
        raise TypeError(f"expected x and {', '.join(names)} by position: name the others.")
    return argument_checks.checked(dict(zip(names, args, strict=False)) | dict(kwargs))


def known(x: Any, data_shape: Sequence[int]) -> Any:
    """x, if it is what Keras takes for one input; a list as an array, and x of (x,).

    Raises:
        DataError: something else, which would not be checked.
    """
    if isinstance(x, tuple) and len(x) == 1:
        x = x[0]
    if isinstance(x, list):
        with contextlib.suppress(ValueError):  # the check of arrays says what is wrong
            return np.asarray(x)
        return x
    if not isinstance(x, _BATCHES) and not hasattr(x, "__array__"):
        raise DataError(
            f"x is {'None' if x is None else f'a {type(x).__name__}'}: expected an array "
            f"[N, {', '.join(map(str, data_shape))}], with y= and sample_weight= beside it, or "
            "batches of such: a tf.data.Dataset, a keras.utils.PyDataset or a generator."
        )
    return x


def split(
    x: Any, validation_data: Any, *, validation_split: float | None = None, **arguments: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """x, validation data, and the other arguments, after the last rows of arrays were put aside as
    `validation_split` asks for.

    Raises:
        ConfigError: the data are no arrays, or one of the parts is empty.
    """
    if not validation_split or validation_data is not None:
        return x, validation_data, arguments
    others = (arguments.get("y"), arguments.get("sample_weight"))
    arrays = (x, *(np.asarray(each) if isinstance(each, list) else each for each in others))
    if not all(each is None or hasattr(each, "shape") for each in arrays):
        raise ConfigError(
            f"validation_split={validation_split}: a {type(x).__name__} cannot be split; give "
            "validation_data=, or arrays."
        )
    is_share = isinstance(validation_split, numbers.Real) and 0 < validation_split < 1
    train = math.floor(len(x) * (1 - validation_split)) if is_share else 0
    if not 0 < train < len(x):
        raise ConfigError(
            f"validation_split={validation_split} of {len(x)} examples leaves none for training, "
            "or none for validation: give a fraction between 0 and 1, and examples enough."
        )
    first, last = (
        tuple(None if each is None else each[part] for each in arrays)
        for part in (slice(None, train), slice(train, None))
    )
    return first[0], last, arguments | {"y": first[1], "sample_weight": first[2]}


def are_plain_arrays(x: object, arguments: Mapping[str, Any]) -> TypeGuard[Array]:
    """Whether there are arrays to shuffle, and nothing that needs Keras' own batches."""
    y, callbacks = arguments.get("y"), arguments.get("callbacks")
    plain = isinstance(x, np.ndarray) and (y is None or isinstance(y, np.ndarray))
    simple = callbacks is None or isinstance(callbacks, (list, tuple))
    return bool(plain and simple and arguments.get("shuffle", True))


def batched(
    model: TraceModel,
    x: Array,
    y: Array | tuple[Array, ...] | None = None,
    batch_size: int | None = None,
    steps_per_epoch: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    sample_weight: Array | None = None,
    **others: object,
) -> tuple[tf.data.Dataset, dict[str, Any]]:
    """The data as the batches of an epoch, and the other arguments that go with them; a tuple `y`
    is several arrays, [N, ...] each."""
    now = tf.Variable(0, dtype=tf.int64, trainable=False)
    clock = keras.callbacks.LambdaCallback(
        # not the epoch's number: another `fit` begins at 0 again
        on_epoch_begin=lambda epoch, logs: now.assign(model.optimizer.iterations)
    )
    batch_size = min(batch_size or batch_size_for(len(x), steps_per_epoch), len(x))
    x = x.astype(np.float32, copy=False)  # bytes too: `fit` does not rescale
    rest: Array | tuple[Array, ...] | None = y
    if sample_weight is not None and not isinstance(y, tuple):
        rest = (example_weights.without_y(len(x)) if y is None else y, sample_weight)
    batches = pipeline.shuffled(
        x, batch_size, epoch=now, seed=model.seed, condition=rest, steps=steps_per_epoch
    )
    return batches, others | {"callbacks": [clock, *(callbacks or ())], "shuffle": False}
