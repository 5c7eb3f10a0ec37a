"""Several vectors in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd


class Joint(tfd.Distribution):
    """p(z) = prod_i p_i(z_i), z the z_i one after the other.

    What `tfd.Blockwise` does, which draws a sample to find out the shapes whenever it is made.

    Args:
        parts: the p_i, of the same batch shape, each with vectors as events.
    """

    def __init__(self, parts: Sequence[tfd.Distribution]) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={"parts": parts},
            name="SideBySide",
        )
        self.parts = list(parts)

    @classmethod
    def _parameter_properties(cls, dtype: Any, num_classes: Any = None) -> dict[str, Any]:
        return {"parts": tfp.util.BatchedComponentProperties(event_ndims=[0, 0])}

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([sum(self._sizes())])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([sum(self._sizes())])

    def _sizes(self) -> list[int]:
        return [part.event_shape[0] for part in self.parts]

    def _sample_n(self, n: Any, seed: Any = None) -> tf.Tensor:
        seeds = tfp.random.split_seed(seed, n=len(self.parts))
        drawn = [part.sample(n, seed=own) for part, own in zip(self.parts, seeds, strict=True)]
        return tf.concat(drawn, axis=-1)

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        split = tf.split(z, self._sizes(), axis=-1)
        return tf.add_n([part.log_prob(own) for part, own in zip(self.parts, split, strict=True)])
