"""The VAE with a full covariance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class FullCovarianceVAE(VAE):
    """A VAE whose posterior models correlations between latent dimensions.

        q(z|x) = N(z; mean(x), L(x) L(x)')

    Kingma & Welling 2019, sec. 2.5.1, https://arxiv.org/abs/1906.02691.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutPosterior]
    ) -> None:
        super().__init__(data_shape, latent_dim, posterior="full_covariance", **parts)
