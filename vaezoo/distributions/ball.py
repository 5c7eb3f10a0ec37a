"""The Poincare ball: maps that take a normal into it and about in it."""

from __future__ import annotations

import math

import tensorflow as tf

from vaezoo.distributions.vector_bijector import VectorBijector, dot, length

_EDGE = 1 - 1e-5  # float32 cannot tell points from the boundary much farther out


class BallExponential(VectorBijector):
    """y = exp_0(v / 2) = tanh(s |v| / 2) v / (s |v|),    s = sqrt(c)

    log|det dy/dv| = log(sech^2(s |v| / 2) / 2) + (D - 1) log(tanh(s |v| / 2) / (s |v|))

    The exponential map at the origin of the ball |y| < 1/s of curvature -c, in unit length: y
    is |v| away from the origin. Mathieu et al. 2019, https://arxiv.org/abs/1901.06033.
    Images are kept within (1 - 1e-5)/s, as is usual: there the distance is 12.2/s.

    Args:
        curvature: c > 0.
    """

    def __init__(self, curvature: float) -> None:
        super().__init__(curvature=curvature)

    def _forward(self, v: tf.Tensor) -> tf.Tensor:
        far = math.sqrt(self.curvature) * length(v)
        return within_ball(v * tf.tanh(far / 2.0) / far, self.curvature)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        y = within_ball(y, self.curvature)
        part = math.sqrt(self.curvature) * length(y)
        return y * 2.0 * tf.atanh(part) / part

    def _forward_log_det_jacobian(self, v: tf.Tensor) -> tf.Tensor:
        far = math.sqrt(self.curvature) * length(v)
        along = math.log(2.0) - far - 2.0 * tf.nn.softplus(-far)
        across = tf.math.log(tf.tanh(far / 2.0) / far)
        return (along + (v.shape[-1] - 1.0) * across)[..., 0]


class BallTranslation(VectorBijector):
    """Moebius addition of m and x: the isometry of the ball that takes 0 to m.

    y = (c |s|^2 m + (1 - c |m|^2) s) / n,    s the plain sum of m and x
    n = c |s|^2 + (1 - c |m|^2) (1 - c |x|^2)
    log|det dy/dx| = D log((1 - c |m|^2) / n)

    That is the usual formula, in sums of positive numbers: near the boundary others cancel.
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
        shrink = self._room(self.origin) / self._below(self.origin, x)
        return x.shape[-1] * tf.math.log(shrink)[..., 0]

    def _add(self, m: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        above = self.curvature * dot(m + x, m + x) * m + self._room(m) * (m + x)
        return within_ball(above / self._below(m, x), self.curvature)

    def _below(self, m: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        return self.curvature * dot(m + x, m + x) + self._room(m) * self._room(x)

    def _room(self, x: tf.Tensor) -> tf.Tensor:
        return 1.0 - self.curvature * dot(x, x)


def within_ball(y: tf.Tensor, curvature: float) -> tf.Tensor:
    """y, pulled in to the outermost points that float32 can tell from the boundary."""
    return y * tf.minimum(1.0, _EDGE / (math.sqrt(curvature) * length(y)))
