"""Base class of conditions."""

from __future__ import annotations

import abc
from typing import Unpack

import numpy as np
import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo.errors import DataError
from vaezoo.protocols import ArrayLike


class Condition(Component, abc.ABC):
    """What is known about an example in addition to its data: the c of p(x|z, c).

    To add a condition, implement `check` and `sample`, and add the class to
    `vaezoo.conditions.CONDITIONS`. The networks see c as further channels of x and further
    dimensions of z.

    Args:
        dim: size of the vector that represents c.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        kind: how an export takes it: "labels", given as integers, names or one-hot, or "vector",
            given as numbers; "attributes", which an objective learns from, in no export.
        names: of the classes or attributes, in their order; empty where they have none.

    Example:
        >>> from vaezoo.conditions import Labels
        >>> labels = Labels(num_classes=3)
        >>> labels.dim, labels.as_vector([0, 2]).numpy().tolist()
        (3, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    """

    kind = "vector"
    names: tuple[str, ...] = ()

    def __init__(self, dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.dim = dim

    @abc.abstractmethod
    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        """Random conditions as vectors, float32 [num, dim]: any that are valid."""

    @abc.abstractmethod
    def check(self, c: ArrayLike, num: int | None = None) -> np.ndarray:
        """c as the networks take it, float32 [N, dim].

        Args:
            c: of each example, or of all.
            num: examples; None: as many as c has rows.

        Raises:
            DataError: c is not such a condition, or has another number of rows.
        """

    def as_vector(self, c: ArrayLike | tf.Tensor) -> tf.Tensor:
        """c as the networks take it, float32 [..., B, dim]. In a graph, nothing can be raised:
        there a row that is no condition is NaN, and so is all that is computed of it.

        Raises:
            DataError: c is not such a condition, outside graphs.
        """
        if isinstance(c, tf.Tensor) and not (tf.executing_eagerly() and c.shape.rank in (1, 2)):
            return self.tensor_as_vector(c)
        return tf.convert_to_tensor(self.check(c))

    def tensor_as_vector(self, c: tf.Tensor) -> tf.Tensor:
        """As `as_vector`, for a tensor in a graph, [..., B, dim], or as users write it."""
        if (
            c.dtype == tf.string
            or c.shape.rank == 0
            or not c.shape[-1:].is_compatible_with(self.dim)
        ):
            raise DataError(
                f"condition has shape {list(c.shape)} and dtype {c.dtype.name}: expected numbers, "
                f"one row of {self.dim} per example."
            )
        return tf.ensure_shape(tf.cast(c, tf.float32), c.shape[:-1].concatenate([self.dim]))


def append_condition(x: tf.Tensor, c: tf.Tensor, event_rank: int) -> tf.Tensor:
    """x with a condition as further channels: [..., B, *event] -> the last axis longer by dim.

    Args:
        x: data or latents; the axis before the event is the batch.
        c: as vectors, [B, dim], or [..., B, dim] as x has it.
        event_rank: number of axes of one example.
    """
    rows = x.shape[-1 - event_rank]
    if c.shape.rank == 2 and None not in (rows, c.shape[0]) and c.shape[0] not in (1, rows):
        raise DataError(f"condition has {c.shape[0]} rows: expected {rows}, one per example.")
    for _ in range(event_rank - 1):
        c = tf.expand_dims(c, -2)
    shape = tf.concat([tf.shape(x)[:-1], c.shape[-1:]], axis=0)
    return tf.concat([x, tf.broadcast_to(c, shape)], axis=-1)
