"""Likelihood of 8-bit values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import LogisticValue
from vaezoo.likelihoods.discretised import DiscretisedValues


@keras.saving.register_keras_serializable("vaezoo")
class DiscretisedLogistic(DiscretisedValues):
    """p(x|z) = prod_i sum_c pi_ic P(x_i; loc_ic, s_ic), P a logistic rounded to 256 levels.

    One component: Kingma et al. 2016, app. C, https://arxiv.org/abs/1606.04934. Several:
    Salimans et al. 2017, eq. 2, https://arxiv.org/abs/1701.05517. A mass function of 8-bit
    data, so that -log p(x) / (D log 2) is in bits per dimension.

    Args:
        data_shape: shape of one example.
        levels: the number of quantisation levels, 2 or more.
        num_components: C, 1 or more.

    Raises:
        ConfigError: an argument is too small.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        levels: int = 256,
        num_components: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, levels, **keras_args)
        self.num_components = positive("num_components", num_components)

    @property
    def parameters_per_value(self) -> int:
        return self.num_components * self._num_kinds

    @property
    def _num_kinds(self) -> int:
        return 2 if self.num_components == 1 else 3  # a single component needs no probability

    def value_distribution(self, raw: tf.Tensor) -> LogisticValue:
        loc, log_scale, *scores = tf.split(raw, self._num_kinds, axis=-1)
        # Components start spread over the range, or they would stay equal, with a scale of a tenth
        # of it; scales are clipped to between a tenth of an 8-bit level and ten times the range.
        loc += (np.arange(self.num_components, dtype=np.float32) + 0.5) / self.num_components
        log_scale = tf.clip_by_value(log_scale - 2.3, -8.0, 2.3)
        logits = scores[0] if scores else tf.zeros_like(loc)
        return LogisticValue(self.levels, logits, loc, log_scale)
