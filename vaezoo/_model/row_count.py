"""How many examples an epoch has seen."""

from __future__ import annotations

import keras
import tensorflow as tf


class RowCount:
    """Examples of a weight above 0 since the epoch began, on each replica.

    Keras neither saves nor reports it, as it is no attribute of a model that it knows.
    """

    def __init__(self) -> None:
        self._sum = keras.metrics.Sum("rows")

    def add(self, num: tf.Tensor) -> None:
        """Counts `num` examples more, int32 []."""
        self._sum.update_state(tf.cast(num, tf.float32))

    def value(self) -> tf.Tensor:
        """The number so far, int32 []."""
        return tf.cast(tf.convert_to_tensor(self._sum.total), tf.int32)

    def reset(self) -> None:
        """Begins again."""
        self._sum.reset_state()
