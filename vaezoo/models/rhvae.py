"""The Riemannian Hamiltonian VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class RHVAE(VAE):
    """A VAE whose posterior samples follow Hamiltonian dynamics in a learned Riemannian metric.

        G(z)^-1 = sum_c L_c L_c' exp(-|z - c|^2 / T^2) + lambda I,  rho ~ N(0, G(z))

    Chadebec et al. 2020, eqs. 8 and 9, https://arxiv.org/abs/2010.11518.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z; the metric is a matrix [D, D] for each z.
        num_steps: number of leapfrog steps. The paper: 3.
        num_centroids: number of centroids c of the metric.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 8,
        *,
        num_steps: int = 3,
        num_centroids: int = 16,
        **parts: Unpack[WithoutPosterior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={
                "name": "riemannian_hamiltonian",
                "num_steps": num_steps,
                "num_centroids": num_centroids,
            },
            **parts,
        )
