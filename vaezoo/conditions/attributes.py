"""Attributes of examples, of which some may be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import as_array, positive, vectors
from vaezoo._core.types import KerasArguments
from vaezoo.conditions.base import Condition
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import ArrayLike


@keras.saving.register_keras_serializable("vaezoo")
class Attributes(Condition):
    """Numbers that describe an example, [B, dim] or, of one attribute, [B]; NaN where unknown.

    Objectives learn from them. Networks cannot take a NaN, so that a model p(x|c) of attributes
    has a `Vector` as its condition instead.

    Args:
        dim: number of attributes.
        names: of them, one each, if they have any.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Raises:
        ConfigError: `dim` is below 1, or the names are not as many, or not distinct.

    Example:
        >>> from vaezoo.conditions import Attributes
        >>> Attributes(2, names=["width", "height"]).check([[1, 2], [3, float("nan")]]).tolist()
        [[1.0, 2.0], [3.0, nan]]
    """

    kind = "attributes"

    def __init__(
        self, dim: int, names: Sequence[str] | None = None, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(positive("dim", dim), **keras_args)
        self.names = tuple(names or ())
        if self.names and (len(self.names), len(set(self.names))) != (dim, dim):
            raise ConfigError(
                f"{len(set(self.names))} different names for {dim} attributes: give one each."
            )

    def sample(self, rng: np.random.Generator, num: int) -> np.ndarray:
        return rng.standard_normal((num, self.dim), dtype=np.float32)

    def tensor_as_vector(self, c: tf.Tensor) -> tf.Tensor:
        return super().tensor_as_vector(c[:, None] if c.shape.rank == self.dim == 1 else c)

    def check(self, c: ArrayLike, num: int | None = None) -> np.ndarray:
        numbers = as_array(c, "attributes")
        if numbers.ndim == 1 and self.dim == 1:
            numbers = numbers[:, None]
        if numbers.ndim != 2 or numbers.shape[1] != self.dim:
            raise DataError(
                f"attributes have shape {list(numbers.shape)}: expected [N, {self.dim}], a number "
                "of each attribute per example, or NaN where it is unknown."
            )
        unknown = np.isnan(numbers)
        known = vectors(np.where(unknown, 0, numbers), self.dim, num)
        return np.where(unknown, np.float32(np.nan), known)
