"""Densities and divergences of each dimension of z."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from vaezoo.errors import ConfigError

# What `tfd.Independent` makes: an object of this class, where its parts are no composite tensors.
_INDEPENDENT = tfd.Independent.__mro__[1]


def kl_per_dimension(q: tfd.Distribution, p: tfd.Distribution) -> tf.Tensor:
    """Closed-form KL divergence of factorised distributions, one value per dimension.

    `tfd.kl_divergence` of two `tfd.Independent` sums over the dimensions; this does not.

    Args:
        q: `tfd.Independent` of batch shape [B] and event shape [D].
        p: `tfd.Independent` of batch shape [] or [B] and event shape [D].

    Returns:
        KL(q_d || p_d) in nats, [B, D].

    Raises:
        ConfigError: `q` or `p` does not factorise, or there is no closed form.

    Example:
        >>> from vaezoo.distributions import kl_per_dimension, tfd
        >>> q = tfd.Independent(tfd.Normal([[0.0, 1.0]], [[1.0, 1.0]]), 1)
        >>> p = tfd.Independent(tfd.Normal([0.0, 0.0], [1.0, 1.0]), 1)
        >>> kl_per_dimension(q, p).numpy().tolist()
        [[0.0, 0.5]]
    """
    try:
        return tfd.kl_divergence(_factors(q), _factors(p))
    except NotImplementedError:
        raise ConfigError(
            f"the KL divergence of {q.name} from {p.name} has no closed form: choose a posterior "
            "and a prior that have one, such as diagonal_normal and standard_normal."
        ) from None


def log_prob_per_dimension(distribution: tfd.Distribution, z: tf.Tensor) -> tf.Tensor:
    """log p(z_d) of each dimension of z in nats, [..., D], for a factorised distribution.

    Args:
        distribution: `tfd.Independent` of event shape [D], or of the shape of data.
        z: [..., D], or data.

    Raises:
        ConfigError: the distribution does not factorise.
    """
    return _factors(distribution).log_prob(z)


def _factors(distribution: tfd.Distribution) -> tfd.Distribution:
    if not isinstance(distribution, _INDEPENDENT):
        raise ConfigError(
            f"{distribution.name} does not factorise over its dimensions, which this needs: of "
            "posteriors and priors, choose diagonal_normal and standard_normal."
        )
    return distribution.distribution
