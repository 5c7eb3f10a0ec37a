"""What every condition offers."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._core.components import Component


class Condition(Component, abc.ABC):
    """What is known of an example beside its data: the c of p(x|z, c).

    Args:
        dim: numbers that it is given to the networks as.

    Attributes:
        kind: how an export takes it: "labels", given as integers or one-hot, or "vector", given
            as numbers.
    """

    kind = "vector"

    def __init__(self, dim: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.dim = dim

    @abc.abstractmethod
    def example(self, rng: np.random.Generator, num: int) -> np.ndarray:
        """Any conditions, as the networks take them, float32 [num, dim]."""

    @abc.abstractmethod
    def numbers(self, c: Any) -> tf.Tensor:
        """c as the networks take it, float32 [B, dim].

        Raises:
            DataError: c is no such condition.
        """


def beside(x: tf.Tensor, numbers: tf.Tensor, event_rank: int) -> tf.Tensor:
    """x with a condition as further channels: [..., B, *event] -> the last axis longer by dim.

    Args:
        x: data or codes; the axis before the event is the batch.
        numbers: [B, dim], or [..., B, dim] as x has it.
        event_rank: axes of one example.
    """
    for _ in range(event_rank - 1):
        numbers = tf.expand_dims(numbers, -2)
    shape = tf.concat([tf.shape(x)[:-1], numbers.shape[-1:]], axis=0)
    return tf.concat([x, tf.broadcast_to(numbers, shape)], axis=-1)
