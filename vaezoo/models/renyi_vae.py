"""The VAE on Renyi's bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Renyi


@keras.saving.register_keras_serializable("vaezoo")
class RenyiVAE(VAE):
    """A VAE trained on the variational bound of Renyi's alpha-divergence.

        loss = -1 / (1 - alpha) log 1/K sum_k (p(x, z_k) / q(z_k|x))^(1 - alpha)

    Li & Turner 2016, eq. 8, https://arxiv.org/abs/1602.02311.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        alpha: 1 gives the ELBO, 0 the IWAE bound. The paper: 0.5, among others.
        num_samples: K. The paper: 5 and 50.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        alpha: float = 0.5,
        num_samples: int = 5,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=Renyi(alpha, num_samples), **parts)
