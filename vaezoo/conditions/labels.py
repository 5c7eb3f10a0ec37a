"""Classes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_labels, positive
from vaezoo.conditions.base import Condition


@keras.saving.register_keras_serializable("vaezoo")
class Labels(Condition):
    """One of `num_classes` classes, given to the networks as one-hot.

    Labels are integers, [B], of which -1 is not known: a row of zeros; or shares of the
    classes, [..., B, num_classes].

    Args:
        num_classes: how many classes there are.

    Raises:
        ConfigError: `num_classes` is below 1.
    """

    kind = "labels"

    def __init__(self, num_classes: int, **keras_args: Any) -> None:
        super().__init__(positive("num_classes", num_classes), **keras_args)
        self.num_classes = num_classes

    def example(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return np.eye(self.num_classes, dtype=np.float32)[rng.integers(self.num_classes, size=num)]

    def numbers(self, c: Any) -> tf.Tensor:
        if not tf.is_tensor(c):
            check_labels(np.asarray(c), self.num_classes)
        c = tf.convert_to_tensor(c)
        if c.shape.rank == 1:
            return tf.one_hot(tf.cast(c, tf.int32), self.num_classes)
        return tf.ensure_shape(tf.cast(c, tf.float32), [*c.shape[:-1], self.num_classes])
