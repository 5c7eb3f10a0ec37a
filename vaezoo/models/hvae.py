"""The Hamiltonian VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class HVAE(VAE):
    """A VAE whose posterior samples follow Hamiltonian dynamics towards the true posterior.

        log w = log p(x, z_T) + log N(rho_T; 0, I) - log q(z_0|x) - log N(rho_0; 0, I)

    Caterini et al. 2018, eq. 8, https://arxiv.org/abs/1805.11328.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_steps: T, number of leapfrog steps. The paper: 5 to 15 on MNIST.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_steps: int = 5,
        **parts: Unpack[WithoutPosterior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "hamiltonian", "num_steps": num_steps},
            **parts,
        )
