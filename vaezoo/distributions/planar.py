"""Planar flows."""

from __future__ import annotations

import math
from collections.abc import Callable

import tensorflow as tf

from vaezoo.distributions.vector_bijector import VectorBijector, dot

_MIN_SLOPE = 1e-3  # float32 could not invert a flatter map
_SHIFT = math.log(math.expm1(1 - _MIN_SLOPE))  # m(0) = 0: the flow stays finite where w = 0


class Planar(VectorBijector):
    """y = z + u' tanh(w.z + b),    u' = u + (m(w.u) - w.u) w / |w|^2

    log|det dy/dz| = log(1 + w.u' (1 - tanh^2(w.z + b)))

    Rezende & Mohamed 2015, eqs. 10-12, https://arxiv.org/abs/1505.05770. It is invertible
    because w.u' = m(w.u) > -1 (app. A.1), here with m(x) = -1 + 0.001 + softplus(x + s)
    and s such that m(0) = 0.

    Args:
        direction: u, [..., D].
        normal: w, [..., D].
        offset: b, [..., 1].
    """

    vectors = ("direction", "normal")
    scalars = ("offset",)

    def __init__(self, direction: tf.Tensor, normal: tf.Tensor, offset: tf.Tensor) -> None:
        super().__init__(direction=direction, normal=normal, offset=offset)
        inner = dot(normal, direction)
        self.gap = _MIN_SLOPE + tf.nn.softplus(inner + _SHIFT)  # 1 + w.u', without cancellation
        squared = tf.maximum(dot(normal, normal), 1e-8)
        self.u = direction + (self.gap - 1.0 - inner) * normal / squared

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        return z + self.u * tf.tanh(dot(self.normal, z) + self.offset)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        return y - self.u * tf.tanh(self._solve(dot(self.normal, y) + self.offset))

    def _forward_log_det_jacobian(self, z: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._slope(dot(self.normal, z) + self.offset))[..., 0]

    def _slope(self, height: tf.Tensor) -> tf.Tensor:
        squared = tf.tanh(height) ** 2
        return squared + self.gap * (1.0 - squared)

    def _solve(self, target: tf.Tensor) -> tf.Tensor:
        """The h with h + w.u' tanh(h) = target, differentiable by all inputs."""

        def excess(height: tf.Tensor) -> tf.Tensor:
            return height + (self.gap - 1.0) * tf.tanh(height) - target

        bound = tf.abs(self.gap - 1.0)
        root = tf.stop_gradient(_increasing_root(excess, target - bound, target + bound))
        # A Newton step leaves the root where it is, and carries its gradient.
        return root - excess(root) / tf.stop_gradient(self._slope(root))


def _increasing_root(
    function: Callable[[tf.Tensor], tf.Tensor], low: tf.Tensor, high: tf.Tensor
) -> tf.Tensor:
    """The root in [low, high], by bisection to the precision of float32."""

    def halve(low: tf.Tensor, high: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        middle = (low + high) / 2.0
        below = function(middle) < 0.0
        return tf.where(below, middle, low), tf.where(below, high, middle)

    return sum(tf.while_loop(lambda *_: True, halve, (low, high), maximum_iterations=30)) / 2.0
