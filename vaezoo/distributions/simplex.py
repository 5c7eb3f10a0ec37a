"""Distributions on simplices, whose samples never lie on a face."""

from __future__ import annotations

import math

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.base import VectorDistribution


def off_faces(z: tf.Tensor) -> tf.Tensor:
    """z with all numbers at least 1e-30: log-densities are infinite or undefined at 0."""
    return tf.maximum(z, 1e-30)


class OpenDirichlet(tfd.Dirichlet):
    """`tfd.Dirichlet` whose density is finite wherever its samples fall."""

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        return off_faces(super()._sample_n(n, seed))

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        return super()._log_prob(off_faces(z))


class RelaxedCategories(VectorDistribution):
    """Independent groups of categories, each a relaxed one-hot vector, concatenated to one z.

    p(z) = prod over groups of (C - 1)! t^(C - 1) prod_k a_k z_k^(-t - 1) / (sum_i a_i z_i^-t)^C

    with a = exp(logits): the Concrete or Gumbel-softmax density, with respect to the first
    C - 1 numbers of every group. Maddison et al. 2017, definition 1,
    https://arxiv.org/abs/1611.00712.

    Args:
        temperature: t > 0; the lower, the nearer samples are to the corners.
        logits: [..., groups, C].
    """

    def __init__(self, temperature: float, logits: tf.Tensor) -> None:
        parameters = {"temperature": temperature, "logits": logits}
        super().__init__(math.prod(logits.shape[-2:]), parameters)
        self.temperature = temperature
        self.logits = logits

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return {"logits": tfp.util.ParameterProperties(event_ndims=2)}

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        noise = tfd.Gumbel(tf.zeros_like(self.logits), 1.0).sample(n, seed=seed)
        return relax(self.logits + noise, self.temperature, self.event_shape[0])

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        groups, categories = self.logits.shape[-2:]
        log_z = tf.math.log(off_faces(split_groups(z, groups, categories)))
        log_softmax = tf.nn.log_softmax(self.logits - self.temperature * log_z)
        constant = math.lgamma(categories) + (categories - 1) * math.log(self.temperature)
        return tf.reduce_sum(constant + tf.reduce_sum(log_softmax - log_z, axis=-1), axis=-1)


def relax(scores: tf.Tensor, temperature: float, size: int) -> tf.Tensor:
    """Relaxed one-hot vectors of the greatest scores, [..., groups, C] -> [..., size]."""
    return merge_groups(off_faces(tf.nn.softmax(scores / temperature)), size)


def split_groups(z: tf.Tensor, groups: int, num_categories: int) -> tf.Tensor:
    """[..., groups * num_categories] -> [..., groups, num_categories]."""
    return tf.reshape(z, tf.concat([tf.shape(z)[:-1], [groups, num_categories]], axis=0))


def merge_groups(z: tf.Tensor, size: int) -> tf.Tensor:
    """[..., groups, num_categories] -> [..., size]."""
    return tf.reshape(z, tf.concat([tf.shape(z)[:-2], [size]], axis=0))
