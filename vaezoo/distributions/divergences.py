"""Closed forms of the KL divergence that TensorFlow Probability lacks."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


@tfd.RegisterKL(tfd.MultivariateNormalTriL, tfd.Independent)
def kl_full_diagonal(
    q: tfd.Distribution, p: tfd.Distribution, name: str | None = None
) -> tf.Tensor:
    """KL(N(m, L L') || N(n, diag(s)^2)).

    sum_i [log(s_i / L_ii) + (sum_j L_ij^2 + (m_i - n_i)^2) / (2 s_i^2) - 1/2]

    Raises:
        NotImplementedError: `p` is not a product of normals.
    """
    factors = p.distribution
    if not isinstance(factors, tfd.Normal):
        raise NotImplementedError(f"the KL divergence of {q} from {p} has no closed form")
    lower = q.scale.to_dense()
    spread = (tf.reduce_sum(lower**2, axis=-1) + (q.loc - factors.loc) ** 2) / factors.scale**2
    logs = tf.math.log(factors.scale) - tf.math.log(tf.linalg.diag_part(lower))
    return tf.reduce_sum(logs + (spread - 1.0) / 2.0, axis=-1)
