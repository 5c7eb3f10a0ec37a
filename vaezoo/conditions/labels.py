"""Class labels as conditions."""

from __future__ import annotations

from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_labels, positive
from vaezoo._core.types import KerasArguments
from vaezoo.conditions.base import Condition
from vaezoo.protocols import ArrayLike


@keras.saving.register_keras_serializable("vaezoo")
class Labels(Condition):
    """One of `num_classes` classes, as a one-hot vector.

    Labels are integers [B], with -1 for unknown labels, which become zeros; or class
    probabilities, [..., B, num_classes].

    Args:
        num_classes: number of classes.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Raises:
        ConfigError: `num_classes` is below 1.

    Example:
        >>> from vaezoo.conditions import Labels
        >>> Labels(num_classes=3).as_vector([1, -1]).numpy().tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """

    kind = "labels"

    def __init__(self, num_classes: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(positive("num_classes", num_classes), **keras_args)
        self.num_classes = num_classes

    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return np.eye(self.num_classes, dtype=np.float32)[rng.integers(self.num_classes, size=num)]

    def as_vector(self, c: ArrayLike | tf.Tensor) -> tf.Tensor:
        if not tf.is_tensor(c):
            check_labels(np.asarray(c), self.num_classes)
        c = tf.convert_to_tensor(c)
        if c.shape.rank == 1:
            return tf.one_hot(tf.cast(c, tf.int32), self.num_classes)
        return tf.ensure_shape(tf.cast(c, tf.float32), [*c.shape[:-1], self.num_classes])
