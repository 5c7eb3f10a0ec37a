"""Class labels as conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import UNKNOWN, label_vectors, positive
from vaezoo._core.types import KerasArguments
from vaezoo.conditions.base import Condition
from vaezoo.errors import ConfigError
from vaezoo.protocols import ArrayLike


@keras.saving.register_keras_serializable("vaezoo")
class Labels(Condition):
    """One of `num_classes` classes, as a one-hot vector.

    Labels are integers, [B] or [B, 1], or class probabilities, [..., B, num_classes]. -1 is a value
    of its own, "unknown", that a user writes on purpose, as for the unlabelled examples of `M2`; it
    becomes zeros. Any other number that is no class is an error.

    Args:
        num_classes: number of classes.
        names: of the classes, one each, if they have any: labels may then be given by name too.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Raises:
        ConfigError: `num_classes` is below 1, or the names are not as many, or not distinct.

    Example:
        >>> from vaezoo.conditions import Labels
        >>> Labels(num_classes=3).as_vector([1, -1]).numpy().tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
        >>> Labels(num_classes=2, names=["cat", "dog"]).as_vector(["dog"]).numpy().tolist()
        [[0.0, 1.0]]
    """

    kind = "labels"

    def __init__(
        self,
        num_classes: int,
        names: Sequence[str] | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(positive("num_classes", num_classes), **keras_args)
        self.num_classes = num_classes
        self.names = _checked(names or (), num_classes)

    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return np.eye(self.num_classes, dtype=np.float32)[rng.integers(self.num_classes, size=num)]

    def check(self, c: ArrayLike, num: int | None = None) -> np.ndarray:
        return label_vectors(c, self.num_classes, num, self.names)

    def tensor_as_vector(self, c: tf.Tensor) -> tf.Tensor:
        if c.shape.rank == 2 and c.shape[1] == 1 and self.num_classes > 1:
            c = c[:, 0]
        if c.shape.rank != 1:
            return super().tensor_as_vector(c)
        labels = tf.cast(c, tf.float32)
        one_hot = tf.one_hot(tf.cast(labels, tf.int32), self.num_classes)
        known = (labels >= 0) & (labels < self.num_classes) & (labels == tf.floor(labels))
        return tf.where((known | (labels == UNKNOWN))[:, None], one_hot, np.nan)


def _checked(names: Sequence[str], num_classes: int) -> tuple[str, ...]:
    texts = tuple(names)
    if not all(isinstance(name, str) and name for name in texts):
        raise ConfigError(f"label names are {names!r}: give strings.")
    if texts and (len(texts), len(set(texts))) != (num_classes, num_classes):
        raise ConfigError(
            f"{len(set(texts))} different label names for {num_classes} classes: give one each."
        )
    return texts
