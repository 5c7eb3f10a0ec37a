"""What the likelihoods with a scale share."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.base import Likelihood

_LEARNED = ("shared", "per_dimension")
LEAST = -7.0


class AtLeast(keras.constraints.Constraint):
    """Stops scales from collapsing onto pixels that never change, where the density would
    grow without end: e^-7 is far below one grey level of 256."""

    def __call__(self, w: tf.Tensor) -> tf.Tensor:
        return keras.ops.maximum(w, LEAST)


class Scaled(Likelihood, abc.ABC):
    """p(x|z) = prod_i p(x_i; mean_i(z), scale_i), the mean put out by the decoder.

    Args:
        data_shape: shape of one example.
        scale: a fixed number > 0; "shared" learns one for all dimensions, "per_dimension"
            learns one for each. Learned scales start at 1.

    Raises:
        ConfigError: `scale` is neither.
    """

    def __init__(
        self, data_shape: Sequence[int], scale: float | str = "shared", **keras_args: Any
    ) -> None:
        super().__init__(data_shape, **keras_args)
        fixed = isinstance(scale, (int, float)) and 0 < scale < math.inf
        if not fixed and scale not in _LEARNED:
            raise ConfigError(
                f"scale={scale!r}: give a finite number above 0, 'shared' or 'per_dimension'."
            )
        self.scale = scale
        if not fixed:
            shape = self.data_shape if scale == "per_dimension" else ()
            self.log_scale = self.add_weight(
                shape=shape,
                initializer="zeros",
                constraint=AtLeast(),
                dtype="float32",
                name="log_scale",
            )

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    @abc.abstractmethod
    def each(self, mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
        """The distribution of each value by itself."""

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean = tf.cast(outputs, tf.float32)
        if self.scale in _LEARNED:
            scale = tf.exp(tf.convert_to_tensor(self.log_scale))
        else:
            scale = tf.constant(self.scale, tf.float32)
        return {"mean": mean, "scale": tf.broadcast_to(scale, tf.shape(mean))}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        each = self.each(parameters["mean"], parameters["scale"])
        return tfd.Independent(each, len(self.data_shape))
