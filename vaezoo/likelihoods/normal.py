"""Real-valued data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.base import Likelihood

_LEARNED = {"shared", "per_dimension"}


class _AtLeast(keras.constraints.Constraint):
    """Stops scales from collapsing onto pixels that never change, where the density would
    grow without end: e^-7 is far below one grey level of 256."""

    def __call__(self, w: tf.Tensor) -> tf.Tensor:
        return keras.ops.maximum(w, -7.0)


@keras.saving.register_keras_serializable("vaezoo")
class Normal(Likelihood):
    """p(x|z) = prod_i N(x_i; mean_i(z), scale_i^2), with its normalising constant.

    Kingma & Welling 2014, app. C.2, https://arxiv.org/abs/1312.6114; learned scales as in
    Rybkin et al. 2021, sec. 3, https://arxiv.org/abs/2006.13202.

    Args:
        data_shape: shape of one example.
        scale: a fixed standard deviation > 0; "shared" learns one for all dimensions,
            "per_dimension" learns one for each. Learned scales start at 1.

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
                constraint=_AtLeast(),
                dtype="float32",
                name="log_scale",
            )

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean = tf.cast(outputs, tf.float32)
        if self.scale in _LEARNED:
            scale = tf.exp(tf.convert_to_tensor(self.log_scale))
        else:
            scale = tf.constant(self.scale, tf.float32)
        return {"mean": mean, "scale": tf.broadcast_to(scale, tf.shape(mean))}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        return tfd.Independent(
            tfd.Normal(parameters["mean"], parameters["scale"]), len(self.data_shape)
        )
