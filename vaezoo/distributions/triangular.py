"""Affine maps with triangular Jacobians, as in autoregressive and coupling flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

Coefficients = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class TriangularAffine(tfb.Bijector):
    """y = exp(s(v)) v + t(v), where s_d and t_d depend only on numbers of lower rank than v_d.

        log|det dy/dv| = sum_d s_d(v)

    Autoregressive flows and coupling layers are both of this kind: the former have one rank per
    number, the latter two. The inverse computes the numbers rank by rank.

    Args:
        coefficients: v -> (t, s), each [..., D].
        ranks: of the D numbers, from 0.
    """

    def __init__(self, coefficients: Coefficients, ranks: Iterable[int | np.number]) -> None:
        order = tuple(int(rank) for rank in ranks)
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.float32,
            parameters={"coefficients": coefficients, "ranks": order},
            name="triangular_affine",
        )
        self.coefficients = coefficients
        self.ranks = order

    @classmethod
    def _parameter_properties(cls, dtype: tf.DType) -> dict[str, object]:
        return {}

    def _forward(self, v: tf.Tensor) -> tf.Tensor:
        shift, log_scale = self.coefficients(v)
        return tf.exp(log_scale) * v + shift

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        v = tf.zeros_like(y)
        for rank in range(max(self.ranks) + 1):
            # Numbers of higher ranks stay 0 until their turn: provisional values could overflow,
            # and a masked connection turns infinity into NaN.
            current = np.float32(np.equal(self.ranks, rank))
            shift, log_scale = self.coefficients(v)
            v += current * (y - shift) * tf.exp(-current * log_scale)
        return v

    def _forward_log_det_jacobian(self, v: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(self.coefficients(v)[1], axis=-1)
