"""Power spherical distributions."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd


class OpenPowerSpherical(tfd.PowerSpherical):
    """`tfd.PowerSpherical` whose samples have finite gradients.

    De Cao & Aziz 2020, https://arxiv.org/abs/2006.04437. There t = 2b - 1 with b ~ Beta, and
    sqrt(1 - t^2) has no gradient where b rounds to 1, which on a circle happens about once in a
    thousand draws. Sampling (b, 1 - b) as a pair keeps both.
    """

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        ends_seed, sideways_seed = tfp.random.split_seed(seed)
        half = (self.mean_direction.shape[-1] - 1) / 2.0
        ends = tf.stack([self.concentration + half, half + 0.0 * self.concentration], axis=-1)
        near, far = tf.split(tfd.Dirichlet(ends).sample(n, seed=ends_seed), 2, axis=-1)
        unit = tfd.Normal(tf.zeros_like(self.mean_direction[..., 1:]), 1.0)
        sideways = unit.sample(n, seed=sideways_seed)
        sideways = tf.math.l2_normalize(sideways, axis=-1) * 2.0 * tf.sqrt(near * far + 1e-30)
        return self._reflect(tf.concat([near - far, sideways], axis=-1))

    def _reflect(self, y: tf.Tensor) -> tf.Tensor:
        """y reflected such that (1, 0, ..., 0) is mapped to the mean direction."""
        first = tf.one_hot(0, y.shape[-1])
        mirror = tf.math.l2_normalize(first - self.mean_direction, axis=-1)
        y -= 2.0 * tf.reduce_sum(y * mirror, axis=-1, keepdims=True) * mirror
        return tf.math.l2_normalize(y, axis=-1)
