"""Bijectors of the Poincare ball: the exponential map at its centre, and translations."""

from __future__ import annotations

import math

import tensorflow as tf

from vaezoo.distributions.vector_bijector import VectorBijector, dot, length

_EDGE = 1 - 1e-5  # float32 cannot distinguish points from the boundary much farther out


class BallExponential(VectorBijector):
    """y = exp_0(v / 2) = tanh(s |v| / 2) v / (s |v|),    s = sqrt(c)

    log|det dy/dv| = log(sech^2(s |v| / 2) / 2) + (D - 1) log(tanh(s |v| / 2) / (s |v|))

    The exponential map at the origin of the ball |y| < 1/s of curvature -c, parametrised such
    that y lies at distance |v| from the origin. Mathieu et al. 2019, https://arxiv.org/abs/1901.06033.
    Images are clipped to |y| <= (1 - 1e-5)/s, as is usual: at distance 12.2/s.

    Args:
        curvature: c > 0.
    """

    def __init__(self, curvature: float) -> None:
        super().__init__(curvature=curvature)

    def _forward(self, v: tf.Tensor) -> tf.Tensor:
        scaled = math.sqrt(self.curvature) * length(v)
        return within_ball(v * tf.tanh(scaled / 2.0) / scaled, self.curvature)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        y = within_ball(y, self.curvature)
        scaled = math.sqrt(self.curvature) * length(y)
        return y * 2.0 * tf.atanh(scaled) / scaled

    def _forward_log_det_jacobian(self, v: tf.Tensor) -> tf.Tensor:
        scaled = math.sqrt(self.curvature) * length(v)
        along = math.log(2.0) - scaled - 2.0 * tf.nn.softplus(-scaled)
        across = tf.math.log(tf.tanh(scaled / 2.0) / scaled)
        return (along + (v.shape[-1] - 1.0) * across)[..., 0]


class BallTranslation(VectorBijector):
    """Moebius addition of m and x: the isometry of the ball that maps 0 to m.

    y = (c |s|^2 m + (1 - c |m|^2) s) / n,    s = m + x
    n = c |s|^2 + (1 - c |m|^2) (1 - c |x|^2)
    log|det dy/dx| = D log((1 - c |m|^2) / n)

    The usual formula, written as sums of positive numbers, which do not cancel near the boundary.
    Mathieu et al. 2019, https://arxiv.org/abs/1901.06033.

    Args:
        origin: m, [..., D].
        curvature: c > 0.
    """

    vectors = ("origin",)

    def __init__(self, origin: tf.Tensor, curvature: float) -> None:
        super().__init__(origin=origin, curvature=curvature)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        return self._add(self.origin, x)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        return self._add(-self.origin, within_ball(y, self.curvature))

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        shrink = self._gap(self.origin) / self._denominator(self.origin, x)
        return x.shape[-1] * tf.math.log(shrink)[..., 0]

    def _add(self, m: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        numerator = self.curvature * dot(m + x, m + x) * m + self._gap(m) * (m + x)
        return within_ball(numerator / self._denominator(m, x), self.curvature)

    def _denominator(self, m: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        return self.curvature * dot(m + x, m + x) + self._gap(m) * self._gap(x)

    def _gap(self, x: tf.Tensor) -> tf.Tensor:
        return 1.0 - self.curvature * dot(x, x)


def within_ball(y: tf.Tensor, curvature: float) -> tf.Tensor:
    """y, clipped to the outermost points that float32 can distinguish from the boundary."""
    return y * tf.minimum(1.0, _EDGE / (math.sqrt(curvature) * length(y)))
