"""`sample_weight` and `class_weight` of `fit` and its companions: checked, and given to Keras in a
form in which it keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._model.batch_checks import is_array
from vaezoo._model.changed_batches import ChangedBatches
from vaezoo._model.example_weights import checked, refuse_zeros, without_y
from vaezoo.conditions import Condition
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array

# x, y and weights, of which the last two may be None.
Triple: TypeAlias = tuple[Any, Any, Any]


def for_fit(
    x: Any, validation_data: Any, arguments: Mapping[str, Any], condition: Condition | None
) -> tuple[Any, Any, dict[str, Any]]:
    """Data, validation data and arguments of `fit`, with weights that Keras keeps.

    Validation data are split off already, and batches checked. Examples of weight 0 are left out
    of arrays.

    Raises:
        ConfigError: class weights for a model without labels, or both kinds of weights.
        DataError: weights of another type, shape or range, or none above 0.
    """
    arguments = dict(arguments)
    weights = arguments.pop("sample_weight", None)
    classes = arguments.pop("class_weight", None)
    validation_data = for_validation(validation_data)
    if not is_array(x):
        _refuse_weights(weights)
        return _with_classes(x, classes, condition), validation_data, arguments
    if weights is None and classes is None:
        return x, validation_data, arguments
    x, y = _as_array(x), arguments.pop("y", None)
    weights = None if weights is None else checked(weights, len(x))
    if classes is not None:
        weights = _only(weights, class_weights(classes, y, condition))
    x, y, weights = packed(x, y, weights)
    return x, validation_data, arguments | {"y": y, "sample_weight": weights}


def for_evaluate(x: Any, arguments: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Data and arguments of `evaluate`, in the same way."""
    arguments = dict(arguments)
    weights = arguments.pop("sample_weight", None)
    if not is_array(x):
        _refuse_weights(weights)
        return x, arguments
    if weights is None:
        return x, arguments
    x = _as_array(x)
    x, y, weights = packed(x, arguments.pop("y", None), checked(weights, len(x)))
    return x, arguments | {"y": y, "sample_weight": weights}


def for_validation(data: Any) -> Any:
    """`validation_data` in the same way."""
    if isinstance(data, (tuple, list)) and len(data) == 3 and data[2] is not None:
        x = _as_array(data[0])
        return packed(x, data[1], checked(data[2], len(x)))
    return data


def for_batch(
    x: Any, y: Any, weights: Any, classes: Any, condition: Condition | None
) -> tuple[Any, Any]:
    """y and weights of `train_on_batch` and `test_on_batch`, in the same way."""
    num = len(tf.nest.flatten(x)[0]) if isinstance(x, Mapping) else len(np.asarray(x))
    weights = None if weights is None else checked(weights, num)
    if classes is not None:
        weights = _only(weights, class_weights(classes, y, condition))
    if weights is not None:
        refuse_zeros(weights)
    return (without_y(num) if y is None and weights is not None else y), weights


def class_weights(classes: Any, y: Any, condition: Condition | None) -> Array:
    """Weights of examples by their labels, float32 [N]: 1 for classes that are not mentioned and
    for unknown labels.

    Args:
        classes: weights by class, as Keras takes them: {0: 1.0, 3: 2.5}.
        y: labels [N], or probabilities of the classes [N, C].
        condition: of the model.

    Raises:
        ConfigError: the model has no labels, or these are no weights of its classes.
        DataError: y are no labels.
    """
    if condition is None or condition.kind != "labels":
        raise ConfigError(
            "class_weight needs a model whose condition are labels, which y gives: this one has "
            "none; give sample_weight, one weight per example."
        )
    if y is None:
        raise ConfigError("class_weight needs labels: give them as y.")
    return _by_label(condition.as_vector(np.asarray(y)), _class_vector(classes, condition.dim))


def _class_vector(classes: Any, num: int) -> Array:
    """The weight of each class, [C]."""
    if not isinstance(classes, Mapping):
        raise ConfigError(f"class_weight={classes!r}: give weights by class, such as {{0: 2.0}}.")
    vector = np.ones(num, np.float32)
    for label, weight in classes.items():
        if not isinstance(label, (int, np.integer)) or not 0 <= label < num:
            raise ConfigError(f"class_weight has a class {label!r}: expected 0 to {num - 1}.")
        number = weight.item() if isinstance(weight, np.generic) else weight
        vector[label] = not_negative(f"class_weight[{label}]", number)
    return vector


def _by_label(labels: Any, vector: Array) -> Array:
    one_hot = np.asarray(labels)
    return np.where(one_hot.any(axis=-1), one_hot @ vector, np.float32(1))


def packed(x: Array, y: Any, weights: Array | None) -> Triple:
    """Arrays without the examples of weight 0; weights that are all the same are none."""
    if weights is None:
        return x, y, None
    refuse_zeros(weights)
    if not weights.all() and not isinstance(x, np.memmap):  # which may not fit into memory
        x, y, weights = _rows((x, y, weights), weights > 0)
    if weights.min() == weights.max():
        return x, y, None
    return x, without_y(len(x)) if y is None else y, weights


def _with_classes(data: Any, classes: Any, condition: Condition | None) -> Any:
    """Data of batches (x, y), with weights by the labels y."""
    if classes is None:
        return data
    if condition is None or condition.kind != "labels":
        class_weights(classes, None, condition)  # says why not
    assert condition is not None
    vector = _class_vector(classes, condition.dim)

    def weighted(x: Any, y: Any = None, weights: Any = None) -> Triple:
        if y is None:
            raise ConfigError("class_weight needs labels: give batches (x, labels).")
        return x, y, _only(weights, _by_label(condition.as_vector(np.asarray(y)), vector))

    def weighted_tensors(x: Any, y: Any = None, weights: Any = None) -> Triple:
        if y is None:
            raise ConfigError("class_weight needs labels: give batches (x, labels).")
        labels = condition.as_vector(y)
        known = tf.reduce_any(labels > 0, axis=-1)
        return x, y, _only(weights, tf.where(known, tf.linalg.matvec(labels, vector), 1.0))

    if isinstance(data, tf.data.Dataset):
        return data.map(weighted_tensors)
    change = lambda batch: weighted(*keras.utils.unpack_x_y_sample_weight(batch))  # noqa: E731
    if isinstance(data, keras.utils.PyDataset):
        return ChangedBatches(data, change, use_multiprocessing=False)
    return _changed(data, change)


def _changed(data: Iterator[Any], change: Callable[[Any], Any]) -> Iterator[Any]:
    for batch in data:
        yield change(batch)


def _only(weights: Any, other: Any) -> Any:
    """The second. Raises `ConfigError` where there are weights already."""
    if weights is not None:
        raise ConfigError("sample_weight and class_weight are both given: multiply them.")
    return other


def _rows(arrays: Triple, rows: Any) -> Triple:
    x, y, weights = (None if each is None else np.asarray(each)[rows] for each in arrays)
    return x, y, weights


def _as_array(x: Any) -> Array:
    """x as an array, which stays on disk if it is there."""
    return x if isinstance(x, np.ndarray) else np.asarray(x)


def _refuse_weights(weights: Any) -> None:
    if weights is not None:
        raise ConfigError(
            "sample_weight goes with arrays: batches bring their own, as (x, y, sample_weight); y "
            "may be None."
        )
