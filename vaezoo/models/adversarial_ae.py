"""The adversarial autoencoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE
from vaezoo.objectives import LatentAdversarial


@keras.saving.register_keras_serializable("vaezoo")
class AdversarialAE(VAE):
    """A VAE whose codes are made to look like the prior by a critic.

        loss = -E_q[log p(x|z)] + weight E_q(z)[-log D(z)],  D tells p(z) from q(z)

    Makhzani et al. 2016, sec. 2, https://arxiv.org/abs/1511.05644.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        weight: of the critic. The paper: 1, in steps that alternate.
        critic: further arguments of the objective: critic_hidden, critic_learning_rate.
        parts: as for `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        weight: float = 1.0,
        critic: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=LatentAdversarial(latent_dim, weight, **critic or {}),
            **parts,
        )
