"""Mixtures of normals for each dimension by itself."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def normal_mixture(log_weights: tf.Tensor, means: tf.Tensor, scales: tf.Tensor) -> tfd.Distribution:
    """prod_d sum_k w_kd N(z_d; mean_kd, scale_kd^2): batch shape [...], event shape [D].

    Bishop 1994, eq. 22, https://publications.aston.ac.uk/id/eprint/373, for each dimension.

    Args:
        log_weights: log w, or logits of w, [..., K, D].
        means: [..., K, D].
        scales: standard deviations above 0, [..., K, D].

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.distributions import normal_mixture
        >>> p = normal_mixture(tf.zeros([5, 3, 2]), tf.zeros([5, 3, 2]), tf.ones([5, 3, 2]))
        >>> p.log_prob(tf.zeros([5, 2])).shape.as_list()
        [5]
    """
    logits, locs, stddevs = map(tf.linalg.matrix_transpose, (log_weights, means, scales))
    each = tfd.MixtureSameFamily(tfd.Categorical(logits=logits), tfd.Normal(locs, stddevs))
    return tfd.Independent(each, 1)
