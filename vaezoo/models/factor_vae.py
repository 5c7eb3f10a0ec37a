"""The FactorVAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import CriticArguments, WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import FactorAdversarial


@keras.saving.register_keras_serializable("vaezoo")
class FactorVAE(VAE):
    """A VAE that penalises its total correlation, as estimated by a critic.

        loss = -ELBO + gamma E_q(z)[log D(z) - log(1 - D(z))],  D separates q(z) from prod_d q(z_d)

    Kim & Mnih 2018, eqs. 2 and 3, https://arxiv.org/abs/1802.05983.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        gamma: weight of the total correlation. The paper: 10 to 40 on dSprites.
        critic: further arguments of the objective: critic_hidden, critic_learning_rate.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        gamma: float = 10.0,
        critic: CriticArguments | None = None,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=FactorAdversarial(latent_dim, gamma, **critic or {}),
            **parts,
        )
