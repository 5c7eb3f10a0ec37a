"""Base class of conditions."""

from __future__ import annotations

import abc
from typing import Unpack

import numpy as np
import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo.protocols import ArrayLike


class Condition(Component, abc.ABC):
    """What is known about an example in addition to its data: the c of p(x|z, c).

    To add a condition, implement `as_vector` and `sample`, and add the class to
    `vaezoo.conditions.CONDITIONS`. The networks see c as further channels of x and further
    dimensions of z.

    Args:
        dim: size of the vector that represents c.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        kind: how an export takes it: "labels", given as integers or one-hot, or "vector", given
            as numbers.

    Example:
        >>> from vaezoo.conditions import Labels
        >>> labels = Labels(num_classes=3)
        >>> labels.dim, labels.as_vector([0, 2]).numpy().tolist()
        (3, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    """

    kind = "vector"

    def __init__(self, dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.dim = dim

    @abc.abstractmethod
    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        """Random conditions as vectors, float32 [num, dim]: any that are valid."""

    @abc.abstractmethod
    def as_vector(self, c: ArrayLike | tf.Tensor) -> tf.Tensor:
        """c as the networks take it, float32 [B, dim].

        Raises:
            DataError: c is not such a condition.
        """


def append_condition(x: tf.Tensor, c: tf.Tensor, event_rank: int) -> tf.Tensor:
    """x with a condition as further channels: [..., B, *event] -> the last axis longer by dim.

    Args:
        x: data or latents; the axis before the event is the batch.
        c: as vectors, [B, dim], or [..., B, dim] as x has it.
        event_rank: number of axes of one example.
    """
    for _ in range(event_rank - 1):
        c = tf.expand_dims(c, -2)
    shape = tf.concat([tf.shape(x)[:-1], c.shape[-1:]], axis=0)
    return tf.concat([x, tf.broadcast_to(c, shape)], axis=-1)
