"""The VAE with a Laplace likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class LaplaceVAE(VAE):
    """A VAE of real values with a Laplace likelihood: absolute, not squared errors.

        p(x|z) = prod_i Laplace(x_i; mean_i(z), scale)

    Kingma & Welling 2014, sec. 2.4, https://arxiv.org/abs/1312.6114.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        scale: a number; or "shared" or "per_dimension", and learned.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        scale: float | str = "shared",
        **parts: Unpack[WithoutLikelihood],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, likelihood={"name": "laplace", "scale": scale}, **parts
        )
