"""Attribute vectors as conditions."""

from __future__ import annotations

from typing import Unpack

import keras
import numpy as np

from vaezoo._checks import positive, vectors
from vaezoo._core.types import KerasArguments
from vaezoo.conditions.base import Condition
from vaezoo.protocols import ArrayLike


@keras.saving.register_keras_serializable("vaezoo")
class Vector(Condition):
    """A vector of `dim` attributes, [B, dim], unchanged.

    Args:
        dim: number of attributes.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Raises:
        ConfigError: `dim` is below 1.
    """

    kind = "vector"

    def __init__(self, dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(positive("dim", dim), **keras_args)

    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return rng.standard_normal((num, self.dim), dtype=np.float32)

    def check(self, c: ArrayLike, num: int | None = None) -> np.ndarray:
        return vectors(c, self.dim, num)
