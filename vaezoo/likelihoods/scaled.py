"""Base class of location-scale likelihoods."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import above_zero
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.standardised import Standardised
from vaezoo.protocols import Array

_LEARNED_SCALES = ("shared", "per_dimension")
MIN_LOG_SCALE = -7.0
LEAST_SCALE = math.exp(MIN_LOG_SCALE)


class AtLeast(keras.constraints.Constraint):
    """Keeps log-scales above a least one: on pixels that never change, the density would otherwise
    grow without bound."""

    def __init__(self, least: float) -> None:
        self.least = least

    def __call__(self, w: tf.Tensor) -> tf.Tensor:
        return keras.ops.maximum(w, self.least)


class Scaled(Standardised, abc.ABC):
    """p(x|z) = prod_i p(x_i; mean_i(z), scale_i), the mean being the decoder's output.

    Subclasses implement `value_distribution`.

    Args:
        data_shape: shape of one example.
        scale: a fixed number > 0; "shared" learns one for all dimensions, "per_dimension"
            one for each. Learned scales are initialised as 1.
        standardise: None, "shared", "per_channel" or "per_dimension", as for `Standardised`;
            scales are then in the units of the data.
        least_scale: of learned scales; e^-7 by default, far below one of 256 grey levels. More
            than that makes a value that hardly ever changes less of a surprise where it does.

    Raises:
        ConfigError: `scale` is neither, or `least_scale` is not above 0.
        UnknownNameError: `standardise` is none of these.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        scale: float | str = "shared",
        standardise: str | None = None,
        least_scale: float = LEAST_SCALE,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, standardise, **keras_args)
        self.least_scale = above_zero("least_scale", least_scale)
        is_fixed = isinstance(scale, (int, float)) and 0 < scale < math.inf
        if not is_fixed and scale not in _LEARNED_SCALES:
            raise ConfigError(
                f"scale={scale!r}: give a finite number above 0, 'shared' or 'per_dimension'."
            )
        self.scale = scale
        if not is_fixed:
            shape = self.data_shape if scale == "per_dimension" else ()
            self.log_scale = self.add_weight(
                shape=shape,
                initializer="zeros",
                constraint=AtLeast(math.log(self.least_scale)),
                dtype="float32",
                name="log_scale",
            )

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    @abc.abstractmethod
    def value_distribution(self, mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
        """The distribution of each value, of the batch shape of `mean`."""

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean = tf.cast(outputs, tf.float32)
        if self.scale in _LEARNED_SCALES:
            scale = tf.exp(tf.convert_to_tensor(self.log_scale))
        else:
            scale = tf.constant(self.scale, tf.float32)
        mean, scale = self.in_units(mean, scale)
        return {"mean": mean, "scale": tf.broadcast_to(scale, tf.shape(mean))}

    def start_noise(self, mean: Array, variances: Array) -> None:
        if self.scale in _LEARNED_SCALES:
            squares = variances if self.scale == "per_dimension" else variances.mean()
            self.log_scale.assign(np.log(np.maximum(squares, self.least_scale**2)) / 2)

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        values = self.value_distribution(parameters["mean"], parameters["scale"])
        return tfd.Independent(values, len(self.data_shape))
