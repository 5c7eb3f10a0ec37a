"""The DIP-VAE-I."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import DisentangledInferredPrior


@keras.saving.register_keras_serializable("vaezoo")
class DIPVAEI(VAE):
    """A VAE that pulls the covariance of its posterior means towards the identity.

        loss = -ELBO + off_diagonal sum_{i!=j} C_ij^2 + diagonal sum_i (C_ii - 1)^2,
        C = Cov_x(E[z|x])

    Kumar et al. 2018, eq. 6, https://arxiv.org/abs/1711.00848.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        off_diagonal: weight of the covariances. The paper: 10 on CelebA.
        diagonal: weight of the variances. The paper: ten times `off_diagonal`.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        off_diagonal: float = 10.0,
        diagonal: float = 100.0,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=DisentangledInferredPrior(1, off_diagonal, diagonal),
            **parts,
        )
