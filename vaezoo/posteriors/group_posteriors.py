"""Posteriors of one group of a hierarchy, by name: how q(z_i|x, z_<i) depends on p(z_i|z_<i).

Each is a function (encoder outputs [..., 2 D], p(z_i|z_<i)) -> q(z_i|x, z_<i).
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from vaezoo.distributions import tfd

# A z of size 10 has a rounding error of 1e-6 in float32: the density of narrower normals would be
# dominated by it.
_MIN_SCALE = 1e-2


def normal_from_outputs(outputs: tf.Tensor) -> tfd.Distribution:
    """N(mean, diag(softplus(raw)^2)), outputs the means and then the raw scales, [..., 2 D]."""
    mean, raw = tf.split(tf.cast(outputs, tf.float32), 2, axis=-1)
    return _normal(mean, tf.nn.softplus(raw))


def _normal(mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
    """N(mean, diag(scale^2)), with scales of at least 0.01."""
    return tfd.Independent(tfd.Normal(mean, tf.maximum(scale, _MIN_SCALE)), 1)


def independent_of_prior(outputs: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q depends on the encoder's outputs only."""
    return normal_from_outputs(outputs)


def precision_weighted(outputs: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q is the product of the encoder's normal and the prior, renormalised.

        1 / scale^2 = 1 / scale_e^2 + 1 / scale_p^2,   mean = scale^2 (mean_e / scale_e^2 + ...)

    Sonderby et al. 2016, eqs. 13 to 15, https://arxiv.org/abs/1602.02282.
    """
    encoder = normal_from_outputs(outputs)
    precision_e, precision_p = 1 / encoder.variance(), 1 / prior.variance()
    variance = 1 / (precision_e + precision_p)
    mean = variance * (precision_e * encoder.mean() + precision_p * prior.mean())
    return _normal(mean, tf.sqrt(variance))


def residual(outputs: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q is the prior, shifted and scaled by the encoder's outputs; outputs of zero give the prior.

        mean = mean_p + scale_p d_mean,   scale = scale_p exp(d_scale)

    Vahdat & Kautz 2020, sec. 3.2, https://arxiv.org/abs/2007.03898.
    """
    mean, raw = tf.split(tf.cast(outputs, tf.float32), 2, axis=-1)
    scale = prior.stddev()
    factor = tf.exp(tf.clip_by_value(raw, -8.0, 8.0))
    return _normal(prior.mean() + scale * mean, scale * factor)


GroupPosterior = Callable[[tf.Tensor, tfd.Distribution], tfd.Distribution]

# "own" is the name that published presets record.
GROUP_POSTERIORS: dict[str, GroupPosterior] = {
    "own": independent_of_prior,
    "precision_weighted": precision_weighted,
    "residual": residual,
}
