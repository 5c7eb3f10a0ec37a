"""The Wasserstein autoencoder with a critic: WAE-GAN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import CriticArguments, WithoutPosteriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import LatentAdversarial


@keras.saving.register_keras_serializable("vaezoo")
class WAEGAN(VAE):
    """An autoencoder whose aggregate posterior is matched to the prior by a critic.

        loss = -log p(x|E(x)) + weight E_q(z)[-log D(z)],  D separates p(z) from q(z)

    Tolstikhin et al. 2018, algorithm 1, https://arxiv.org/abs/1711.01558. Its encoder is
    deterministic, so it has no density.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        weight: lambda in the paper: 10 on MNIST.
        critic: further arguments of the objective: critic_hidden, critic_learning_rate.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        weight: float = 10.0,
        critic: CriticArguments | None = None,
        **parts: Unpack[WithoutPosteriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior="deterministic",
            objective=LatentAdversarial(latent_dim, weight, **critic or {}),
            **parts,
        )
