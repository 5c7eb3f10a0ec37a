"""The only door to TensorFlow Probability."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from vaezoo.distributions import divergences  # noqa: F401  # registers them
from vaezoo.distributions.ball import BallExponential, BallTranslation
from vaezoo.distributions.descent import Choose, Descent
from vaezoo.distributions.levels import CategoricalLevels, LogisticLevels
from vaezoo.distributions.planar import Planar
from vaezoo.distributions.power_spherical import OpenPowerSpherical
from vaezoo.distributions.radial import Radial
from vaezoo.distributions.sequence import CodeSequence
from vaezoo.distributions.side_by_side import SideBySide
from vaezoo.distributions.simplex import OpenDirichlet, RelaxedCategories
from vaezoo.distributions.triangular import TriangularAffine
from vaezoo.errors import ConfigError

__all__ = [
    "BallExponential",
    "BallTranslation",
    "CategoricalLevels",
    "Choose",
    "CodeSequence",
    "Descent",
    "LogisticLevels",
    "OpenDirichlet",
    "OpenPowerSpherical",
    "Planar",
    "Radial",
    "RelaxedCategories",
    "SideBySide",
    "TriangularAffine",
    "choose",
    "choose_each",
    "draw_component",
    "kl_per_dimension",
    "log_prob_per_dimension",
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
    slope = tf.stop_gradient(tape.gradient(log_prob, here))
    return tf.stop_gradient(log_prob) + tf.reduce_sum(slope * (z - here), axis=-1)


def draw_component(components: tfd.Distribution, shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """A draw of a mixture of normals, as a function of noise ~ N(0, I).

    Args:
        components: independent normals, batch shape [C], event shape [D].
        shares: of the components, [C].
        noise: [N, 1 + D]: the first number chooses, the others are scaled and shifted.

    Returns:
        [N, D].
    """
    chosen = choose(shares, noise[:, 0])
    means, scales = components.mean(), components.stddev()
    return tf.gather(means, chosen) + tf.gather(scales, chosen) * noise[:, 1:]


def choose(shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """Which of C components noise ~ N(0, 1) stands for, [N] -> [N], given their shares [C]."""
    return tf.cast(choose_each(shares, noise), tf.int32)


def choose_each(shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """As `choose`, with shares [C] or [..., C] for noise [...]; float32 [...]."""
    uniform = 0.5 * (1 + tf.math.erf(noise[..., None] / 2**0.5))
    passed = tf.cast(uniform > tf.cumsum(shares, axis=-1)[..., :-1], tf.float32)
    return tf.reduce_sum(passed, axis=-1)
