"""Densities that are differentiable by the sample only."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def path_log_prob(distribution: tfd.Distribution, z: tf.Tensor) -> tf.Tensor:
    """log p(z) in nats, differentiable by z but not by the parameters of the distribution.

    Path-derivative estimators, such as sticking the landing, differentiate a sample but not the
    density that it is scored under: Roeder et al. 2017, https://arxiv.org/abs/1703.09194. The
    gradient by z is computed here, and only its product with z stays differentiable; so it
    does not matter what the parameters depend on.

    Args:
        distribution: batch shape [...], event shape [D].
        z: [..., D].

    Returns:
        [...].

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.distributions import path_log_prob, tfd
        >>> mean, z = tf.Variable([0.0]), tf.constant([1.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(z)
        ...     p = tfd.Independent(tfd.Normal(mean, 1.0), 1)
        ...     log_prob = path_log_prob(p, z)
        >>> by_mean, by_z = tape.gradient(log_prob, [mean, z])
        >>> by_mean is None, by_z.numpy().tolist()
        (True, [-1.0])
    """
    constant = tf.stop_gradient(z)
    with tf.GradientTape() as tape:
        tape.watch(constant)
        log_prob = distribution.log_prob(constant)
    gradient = tf.stop_gradient(tape.gradient(log_prob, constant))
    return tf.stop_gradient(log_prob) + tf.reduce_sum(gradient * (z - constant), axis=-1)
