"""The adversarial autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import CriticArguments, WithoutPosteriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import LatentAdversarial
from vaezoo.posteriors import Posterior
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class AdversarialAE(VAE):
    """An autoencoder whose aggregate posterior is matched to the prior by a critic.

        loss = -E_q[log p(x|z)] + weight E_q(z)[-log D(z)],  D separates p(z) from q(z)

    Makhzani et al. 2016, sec. 2, https://arxiv.org/abs/1511.05644. With a
    deterministic encoder, as in the paper's experiments, it has no density; a normal posterior
    gives it one.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        weight: of the critic's term. The paper: 1, in alternating steps.
        posterior: q(z|x), of `vaezoo.posteriors`. The paper: deterministic.
        critic: further arguments of the objective: critic_hidden, critic_learning_rate.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        weight: float = 1.0,
        posterior: Spec | Posterior = "deterministic",
        critic: CriticArguments | None = None,
        **parts: Unpack[WithoutPosteriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior=posterior,
            objective=LatentAdversarial(latent_dim, weight, **critic or {}),
            **parts,
        )
