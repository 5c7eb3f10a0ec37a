"""Likelihood of real-valued data with outliers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.scaled import LEAST_SCALE, Scaled


@keras.saving.register_keras_serializable("vaezoo")
class StudentT(Scaled):
    """p(x|z) = prod_i t_df((x_i - mean_i(z)) / scale_i) / scale_i, t_df Student's density.

    Takahashi et al. 2018, https://www.ijcai.org/proceedings/2018/374.

    Args:
        data_shape: shape of one example.
        scale: a fixed number > 0, "shared" or "per_dimension", as for `Normal`.
        df: degrees of freedom, above 1, so that the mean exists; the normal is the limit of many.
        standardise, least_scale: as for `Normal`.

    Raises:
        ConfigError: `scale` or `df` is out of its range.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        scale: float | str = "shared",
        df: float = 5.0,
        standardise: str | None = None,
        least_scale: float = LEAST_SCALE,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, scale, standardise, least_scale, **keras_args)
        if not isinstance(df, (int, float)) or not 1 < df < math.inf:
            raise ConfigError(f"df={df!r}: give a finite number above 1.")
        self.df = df

    def value_distribution(self, mean: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
        return tfd.StudentT(self.df, mean, scale)
