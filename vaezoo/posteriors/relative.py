"""Posteriors of a group that hang on the group's prior.

Each is a function (numbers that the encoder put out [..., 2 D], p(z_i|z_<i)) -> q(z_i|x, z_<i).
"""

from __future__ import annotations

import tensorflow as tf

from vaezoo.distributions import tfd

# In float32 a z of size 10 is off by 1e-6: of narrower normals the density would be rounding.
_LEAST_SCALE = 1e-2


def normal(numbers: tf.Tensor) -> tfd.Distribution:
    """N(mean, diag(scale^2)) of [..., 2 D]: means, then what softplus makes scales of."""
    mean, raw = tf.split(tf.cast(numbers, tf.float32), 2, axis=-1)
    return independent(mean, tf.nn.softplus(raw))


def independent(mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
    """N(mean, diag(scale^2)), with scales of 0.01 at least."""
    return tfd.Independent(tfd.Normal(mean, tf.maximum(scale, _LEAST_SCALE)), 1)


def own(numbers: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q is made of the encoder's numbers alone."""
    return normal(numbers)


def precision_weighted(numbers: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q is the product of the encoder's normal and the prior, renormalised.

        1 / scale^2 = 1 / scale_e^2 + 1 / scale_p^2,   mean = scale^2 (mean_e / scale_e^2 + ...)

    Sonderby et al. 2016, eqs. 13 to 15, https://arxiv.org/abs/1602.02282.
    """
    encoder = normal(numbers)
    precision_e, precision_p = 1 / encoder.variance(), 1 / prior.variance()
    variance = 1 / (precision_e + precision_p)
    mean = variance * (precision_e * encoder.mean() + precision_p * prior.mean())
    return independent(mean, tf.sqrt(variance))


def residual(numbers: tf.Tensor, prior: tfd.Distribution) -> tfd.Distribution:
    """q is the prior, moved and scaled by the encoder's numbers; all of them zero give the prior.

        mean = mean_p + scale_p d_mean,   scale = scale_p exp(d_scale)

    Vahdat & Kautz 2020, sec. 3.2, https://arxiv.org/abs/2007.03898.
    """
    mean, raw = tf.split(tf.cast(numbers, tf.float32), 2, axis=-1)
    scale = prior.stddev()
    factor = tf.exp(tf.clip_by_value(raw, -8.0, 8.0))
    return independent(prior.mean() + scale * mean, scale * factor)


RELATIVE = {"own": own, "precision_weighted": precision_weighted, "residual": residual}
