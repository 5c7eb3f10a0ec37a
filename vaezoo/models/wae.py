"""The Wasserstein autoencoder with a kernel distance: WAE-MMD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import MeanDiscrepancy


@keras.saving.register_keras_serializable("vaezoo")
class WAE(VAE):
    """An autoencoder whose aggregate posterior is matched to the prior by MMD.

        loss = -log p(x|E(x)) + weight MMD^2(q(z), p(z))

    Tolstikhin et al. 2018, algorithm 2, https://arxiv.org/abs/1711.01558. Its encoder is
    deterministic, so it has no density.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        weight: lambda in the paper: 10 on MNIST, with squared errors.
        kernel: "imq", as in the paper, or "rbf".
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        weight: float = 10.0,
        kernel: str = "imq",
        **parts: Unpack[WithoutPosteriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior="deterministic",
            objective=MeanDiscrepancy(weight, kernel=kernel),
            **parts,
        )
