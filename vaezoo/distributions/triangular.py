"""Affine maps whose coefficients hang on the numbers before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

Coefficients = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class TriangularAffine(tfb.Bijector):
    """y = exp(s(v)) v + t(v), in which s_d and t_d see no v but those of lower ranks than v_d.

        log|det dy/dv| = sum_d s_d(v)

    Autoregressive flows and coupling layers are both of this kind: the former have a rank for
    each number, the latter two. The inverse finds the numbers rank by rank.

    Args:
        coefficients: v -> (t, s), each [..., D].
        ranks: of the D numbers, from 0.
    """

    def __init__(self, coefficients: Coefficients, ranks: Iterable[Any]) -> None:
        ranks = tuple(int(rank) for rank in ranks)
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.float32,
            parameters={"coefficients": coefficients, "ranks": ranks},
            name="triangular_affine",
        )
        self.coefficients = coefficients
        self.ranks = ranks

    @classmethod
    def _parameter_properties(cls, dtype: object) -> dict[str, object]:
        return {}

    def _forward(self, v: tf.Tensor) -> tf.Tensor:
        shift, log_scale = self.coefficients(v)
        return tf.exp(log_scale) * v + shift

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        v = tf.zeros_like(y)
        for rank in range(max(self.ranks) + 1):
            # What cannot be known yet stays 0: guesses could grow until they overflow, and a
            # masked connection makes NaN of infinity.
            found = np.float32(np.equal(self.ranks, rank))
            shift, log_scale = self.coefficients(v)
            v += found * (y - shift) * tf.exp(-found * log_scale)
        return v

    def _forward_log_det_jacobian(self, v: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(self.coefficients(v)[1], axis=-1)
