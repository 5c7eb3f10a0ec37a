"""Radial flows."""

from __future__ import annotations

import tensorflow as tf

from vaezoo.distributions.vector_bijector import VectorBijector, length


class Radial(VectorBijector):
    """y = z + b (z - c) / (a + r) = c + (z - c) (a + b + r) / (a + r),    r = |z - c|

    log|det dy/dz| = (D - 1) log(1 + b / (a + r)) + log(1 + a b / (a + r)^2)

    Rezende & Mohamed 2015, eqs. 13-14, https://arxiv.org/abs/1505.05770. It is invertible
    because a > 0 and a + b > 0 (app. A.2); both are softplus(raw) + 0.001, and the
    formulas are written as sums of positive numbers. Given y, r has a closed form.

    Args:
        center: c, [..., D].
        inner: a, before the softplus, [..., 1].
        outer: a + b, before the softplus, [..., 1].
    """

    vectors = ("center",)
    scalars = ("inner", "outer")

    def __init__(self, center: tf.Tensor, inner: tf.Tensor, outer: tf.Tensor) -> None:
        super().__init__(center=center, inner=inner, outer=outer)
        self.a = tf.nn.softplus(inner) + 1e-3
        self.a_plus_b = tf.nn.softplus(outer) + 1e-3

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        r = length(z - self.center)
        return self.center + (z - self.center) * (self.a_plus_b + r) / (self.a + r)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        r = self._radius(length(y - self.center))
        return self.center + (y - self.center) * (self.a + r) / (self.a_plus_b + r)

    def _forward_log_det_jacobian(self, z: tf.Tensor) -> tf.Tensor:
        r = length(z - self.center)
        across = tf.math.log(self.a_plus_b + r) - tf.math.log(self.a + r)
        along = tf.math.log(r**2 + self.a * (2.0 * r + self.a_plus_b))
        along -= 2.0 * tf.math.log(self.a + r)
        return (along + (z.shape[-1] - 1.0) * across)[..., 0]

    def _radius(self, image: tf.Tensor) -> tf.Tensor:
        """The r > 0 with r^2 + (a + b - image) r = a image, without cancellation."""
        shift, product = self.a_plus_b - image, self.a * image
        root = tf.abs(shift) + tf.sqrt(shift**2 + 4.0 * product)
        return tf.where(shift > 0.0, 2.0 * product / root, root / 2.0)
