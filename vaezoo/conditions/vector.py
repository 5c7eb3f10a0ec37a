"""Attributes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_array, positive
from vaezoo.conditions.base import Condition


@keras.saving.register_keras_serializable("vaezoo")
class Vector(Condition):
    """A vector of `dim` numbers, [B, dim], given to the networks as it is.

    Args:
        dim: how many numbers.

    Raises:
        ConfigError: `dim` is below 1.
    """

    kind = "vector"

    def __init__(self, dim: int, **keras_args: Any) -> None:
        super().__init__(positive("dim", dim), **keras_args)

    def example(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return rng.standard_normal((num, self.dim), dtype=np.float32)

    def numbers(self, c: Any) -> tf.Tensor:
        if not tf.is_tensor(c):
            c = check_array(c, (self.dim,), what="condition")
        return tf.cast(c, tf.float32)
