"""Classes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.checks import positive
from vaezoo.conditions.base import Condition
from vaezoo.errors import DataError


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

    def __init__(self, num_classes: int, **keras_args: Any) -> None:
        super().__init__(positive("num_classes", num_classes), **keras_args)
        self.num_classes = num_classes

    def numbers(self, c: Any) -> tf.Tensor:
        if not tf.is_tensor(c):
            self._check(np.asarray(c))
        c = tf.convert_to_tensor(c)
        if c.shape.rank == 1:
            return tf.one_hot(tf.cast(c, tf.int32), self.num_classes)
        return tf.ensure_shape(tf.cast(c, tf.float32), [*c.shape[:-1], self.num_classes])

    def _check(self, c: np.ndarray) -> None:
        if c.shape[1:] not in ((), (self.num_classes,)):
            raise DataError(
                f"labels have shape {list(c.shape)}: expected [N] or [N, {self.num_classes}]."
            )
        if c.dtype.kind not in "iufb" or (c.ndim == 1 and (c != np.round(c)).any()):
            raise DataError(f"labels have dtype {c.dtype}: expected integers.")
        if c.size and (c.min() < -1 or c.max() >= max(self.num_classes, 2)):
            raise DataError(
                f"labels go from {c.min()} to {c.max()}: expected 0 to {self.num_classes - 1}, "
                "or -1 where there is none."
            )
