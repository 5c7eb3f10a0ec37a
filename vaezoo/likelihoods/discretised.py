"""Base classes of likelihoods of quantised values, such as 8-bit pixels."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Unpack

import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.distributions.discretised import DiscretisedValue
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.base import Likelihood


class Discretised(Likelihood, abc.ABC):
    """Values k / (levels - 1), k = 0 ... levels - 1: 256 levels for 8-bit data divided by 255.

    Args:
        data_shape: shape of one example.
        levels: the number of quantisation levels, 2 or more.

    Raises:
        ConfigError: `levels` is below 2.
    """

    value_range = (0.0, 1.0)
    is_discrete = True

    def __init__(
        self, data_shape: Sequence[int], levels: int = 256, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(data_shape, **keras_args)
        if positive("levels", levels) < 2:
            raise ConfigError(f"levels={levels!r}: give an integer of 2 or more.")
        self.levels = levels

    def is_normalised_on(self, x: np.ndarray) -> bool:
        steps = x * (self.levels - 1)
        # k / (levels - 1) was rounded to float32, so k is only near an integer
        return bool((np.abs(steps - np.round(steps)) < 0.01).all())

    def nearest(self, x: np.ndarray) -> np.ndarray:
        return np.round(x * (self.levels - 1)) / np.asarray(self.levels - 1, x.dtype)


class DiscretisedValues(Discretised, abc.ABC):
    """Values that are independent of each other, given z.

    Subclasses implement `parameters_per_value` and `value_distribution`.
    """

    @property
    @abc.abstractmethod
    def parameters_per_value(self) -> int:
        """How many numbers the decoder outputs for each value."""

    @abc.abstractmethod
    def value_distribution(self, raw: tf.Tensor) -> DiscretisedValue:
        """The distribution of each value, from [..., *data_shape, parameters_per_value]."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        *axes, channels = self.data_shape  # of the rank of the data, as networks output it
        return (*axes, channels * self.parameters_per_value)

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self.value_distribution(self._raw(outputs))
        return {"mean": values.mean(), **values.named_parameters}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return tfd.Independent(self.value_distribution(self._raw(outputs)), len(self.data_shape))

    def _raw(self, outputs: tf.Tensor) -> tf.Tensor:
        channels = tf.split(tf.cast(outputs, tf.float32), self.data_shape[-1], axis=-1)
        return tf.stack(channels, axis=-2)
