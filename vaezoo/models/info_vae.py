"""The InfoVAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import MeanDiscrepancy


@keras.saving.register_keras_serializable("vaezoo")
class InfoVAE(VAE):
    """A VAE that replaces part of the KL by the MMD of aggregate posterior and prior.

        loss = -E_q[log p(x|z)] + (1 - alpha) KL(q(z|x) || p(z))
               + (alpha + scale - 1) MMD^2(q(z), p(z))

    Zhao et al. 2019, eq. 6, https://arxiv.org/abs/1706.02262.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        alpha: weight of the mutual information, at most 1. The paper: 0 and 1.
        scale: lambda in the paper, at least 1 - alpha. The paper: up to 1000.
        kernel: "rbf", as in the paper, or "imq".
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        alpha: float = 0.5,
        scale: float = 10.0,
        kernel: str = "rbf",
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=MeanDiscrepancy(alpha + scale - 1, 1 - alpha, kernel),
            **parts,
        )
