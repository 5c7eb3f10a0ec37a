"""Several independent vectors, concatenated."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.base import VectorDistribution


class Joint(VectorDistribution):
    """p(z) = prod_i p_i(z_i), z the concatenation of the z_i.

    Like `tfd.Blockwise`, which however draws a sample whenever it is constructed, to learn the
    shapes.

    Args:
        parts: the p_i, of the same batch shape, each with vectors as events.
    """

    def __init__(self, parts: Sequence[tfd.Distribution]) -> None:
        sizes = [part.event_shape[0] for part in parts]
        super().__init__(sum(sizes), {"parts": parts})
        self.parts, self._sizes = list(parts), sizes

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return {"parts": tfp.util.BatchedComponentProperties(event_ndims=[0, 0])}

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        seeds = tfp.random.split_seed(seed, n=len(self.parts))
        samples = [
            p.sample(n, seed=part_seed) for p, part_seed in zip(self.parts, seeds, strict=True)
        ]
        return tf.concat(samples, axis=-1)

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        split = tf.split(z, self._sizes, axis=-1)
        return tf.add_n([p.log_prob(z_i) for p, z_i in zip(self.parts, split, strict=True)])
