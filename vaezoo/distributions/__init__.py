"""The only door to TensorFlow Probability."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd

__all__ = ["kl_per_dimension", "stop_gradient", "tfd"]


def kl_per_dimension(q: tfd.Distribution, p: tfd.Distribution) -> tf.Tensor:
    """Closed-form KL of factorised distributions, one value a dimension.

    `tfd.Independent` sums over its event; this looks below it.

    Args:
        q: `tfd.Independent` of batch shape [B] and event shape [D].
        p: `tfd.Independent` of batch shape [] or [B] and event shape [D].

    Returns:
        KL(q_d || p_d) in nats, [B, D].

    Raises:
        NotImplementedError: `q` or `p` does not factorise, or has no closed form.
    """
    if not (isinstance(q, tfd.Independent) and isinstance(p, tfd.Independent)):
        raise NotImplementedError(f"KL a dimension needs tfd.Independent, not {q} and {p}")
    return tfd.kl_divergence(q.distribution, p.distribution)


def stop_gradient(distribution: tfd.Distribution) -> tfd.Distribution:
    """The same distribution, its parameters taken as constants.

    Estimators such as sticking the landing differentiate a sample but not the density
    that it is scored under (Roeder et al. 2017, https://arxiv.org/abs/1703.09194).
    """
    return tf.nest.map_structure(tf.stop_gradient, distribution, expand_composites=True)
