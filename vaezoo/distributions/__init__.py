"""The only door to TensorFlow Probability."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from vaezoo.distributions import divergences  # noqa: F401  # registers them
from vaezoo.distributions.ball import BallExponential, BallTranslation
from vaezoo.distributions.binary import Binary
from vaezoo.distributions.choice import choose, choose_each, draw_component
from vaezoo.distributions.discretised import CategoricalValue, LogisticValue
from vaezoo.distributions.joint import Joint
from vaezoo.distributions.planar import Planar
from vaezoo.distributions.power_spherical import OpenPowerSpherical
from vaezoo.distributions.radial import Radial
from vaezoo.distributions.sampling import (
    Draws,
    Given,
    Seeded,
    draws,
    from_noise,
    log_prob_of_noise,
    normal_moments,
)
from vaezoo.distributions.sequence import CodeSequence
from vaezoo.distributions.simplex import OpenDirichlet, RelaxedCategories
from vaezoo.distributions.top_down import Choose, TopDown
from vaezoo.distributions.triangular import TriangularAffine
from vaezoo.errors import ConfigError

__all__ = [
    "BallExponential",
    "BallTranslation",
    "Binary",
    "CategoricalValue",
    "Choose",
    "CodeSequence",
    "Draws",
    "Given",
    "Joint",
    "LogisticValue",
    "OpenDirichlet",
    "OpenPowerSpherical",
    "Planar",
    "Radial",
    "RelaxedCategories",
    "Seeded",
    "TopDown",
    "TriangularAffine",
    "choose",
    "choose_each",
    "draw_component",
    "draws",
    "from_noise",
    "kl_per_dimension",
    "log_prob_of_noise",
    "log_prob_per_dimension",
    "normal_moments",
    "path_log_prob",
    "tfb",
    "tfd",
]


def kl_per_dimension(q: tfd.Distribution, p: tfd.Distribution) -> tf.Tensor:
    """Closed-form KL of factorised distributions, one value a dimension.

    `tfd.Independent` sums over its event; this looks below it.

    Args:
        q: `tfd.Independent` of batch shape [B] and event shape [D].
        p: `tfd.Independent` of batch shape [] or [B] and event shape [D].

    Returns:
        KL(q_d || p_d) in nats, [B, D].

    Raises:
        ConfigError: `q` or `p` does not factorise, or has no closed form.
    """
    try:
        return tfd.kl_divergence(_factors(q), _factors(p))
    except NotImplementedError:
        raise ConfigError(f"the KL of {q.name} from {p.name} has no closed form.") from None


def log_prob_per_dimension(distribution: tfd.Distribution, z: tf.Tensor) -> tf.Tensor:
    """log_prob of each dimension of z by itself, [..., D], for a factorised distribution.

    Raises:
        ConfigError: it does not factorise.
    """
    return _factors(distribution).log_prob(z)


def _factors(distribution: tfd.Distribution) -> tfd.Distribution:
    if not isinstance(distribution, tfd.Independent):
        raise ConfigError(
            f"{distribution.name} does not factorise over its dimensions, which this objective "
            "or figure needs: choose diagonal_normal and standard_normal."
        )
    return distribution.distribution


def path_log_prob(distribution: tfd.Distribution, z: tf.Tensor) -> tf.Tensor:
    """log_prob(z), differentiable by z only: the distribution's parameters are constants.

    Estimators such as sticking the landing differentiate a sample but not the density
    that it is scored under (Roeder et al. 2017, https://arxiv.org/abs/1703.09194). What the
    parameters hang on does not matter: the gradient by z is taken on the spot, and its
    product with z is all that stays differentiable.
    """
    here = tf.stop_gradient(z)
    with tf.GradientTape() as tape:
        tape.watch(here)
        log_prob = distribution.log_prob(here)
    gradient = tf.stop_gradient(tape.gradient(log_prob, here))
    return tf.stop_gradient(log_prob) + tf.reduce_sum(gradient * (z - here), axis=-1)
