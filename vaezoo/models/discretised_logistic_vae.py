"""The VAE of 8-bit values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class DiscretisedLogisticVAE(VAE):
    """A VAE of 8-bit values with a discretised logistic likelihood, in bits per dimension.

        p(x|z) = prod_i sigmoid((x_i + h - mean_i) / s_i) - sigmoid((x_i - h - mean_i) / s_i)

    Kingma et al. 2016, sec. 6.2, https://arxiv.org/abs/1606.04934.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutLikelihood]
    ) -> None:
        super().__init__(data_shape, latent_dim, likelihood="discretised_logistic", **parts)
