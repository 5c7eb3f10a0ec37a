"""The VAE of 8-bit values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class DiscretisedLogisticVAE(VAE):
    """A VAE of 8-bit values, measured in bits per dimension.

        p(x|z) = prod_i sigmoid((x_i + h - mean_i) / s_i) - sigmoid((x_i - h - mean_i) / s_i)

    Kingma et al. 2016, sec. 6.2, https://arxiv.org/abs/1606.04934.

    Args:
        data_shape: shape of one example.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], **parts: Any) -> None:
        super().__init__(data_shape, likelihood="discretised_logistic", **parts)
