"""Likelihood of overdispersed counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.likelihoods.counts import Counts
from vaezoo.protocols import Array

_MOST = 100.0  # r at the start: almost Poisson
_TINY = 1e-12


@keras.saving.register_keras_serializable("vaezoo")
class NegativeBinomial(Counts):
    """p(x|z) = prod_i NB(x_i; mean_i(z), r_i),  Var[x_i] = mean_i + mean_i^2 / r_i.

    Lopez et al. 2018, methods, https://doi.org/10.1038/s41592-018-0229-2. The inverse
    dispersion r is learned for each dimension, initialised as 1.

    Args:
        data_shape: shape of one example.
    """

    def __init__(self, data_shape: Sequence[int], **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(data_shape, **keras_args)
        self.log_r = self.add_weight(self.data_shape, "zeros", "float32", name="log_r")

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean = super().parameters(outputs)["mean"]
        return {"mean": mean, "r": tf.broadcast_to(self._r(), tf.shape(mean))}

    def _r(self) -> tf.Tensor:
        return tf.exp(tf.clip_by_value(tf.convert_to_tensor(self.log_r), -10.0, 10.0))

    def start_noise(self, mean: Array, variances: Array) -> None:
        """r of Var[log(1 + x)] = (m + m^2 / r) / (1 + m)^2, to first order in x - m."""
        m = np.expm1(mean)
        beyond = np.maximum(variances * (1 + m) ** 2 - m, m**2 / _MOST)  # beyond Poisson's
        self.log_r.assign(np.log(np.maximum(m**2 / np.maximum(beyond, _TINY), 1.0)))

    def value_distribution(self, mean: tf.Tensor) -> tfd.Distribution:
        r = self._r()
        # E[x] = r p / (1 - p) with p = mean / (mean + r): the logit of p is log(mean / r)
        return tfd.NegativeBinomial(r, logits=tf.math.log(mean) - tf.math.log(r))
