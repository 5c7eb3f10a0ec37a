"""The VAE with an annealed KL term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import AnnealedELBO


@keras.saving.register_keras_serializable("vaezoo")
class AnnealedVAE(VAE):
    """A VAE whose KL weight is annealed from zero, against posterior collapse.

        loss = -E_q[log p(x|z)] + beta min(1, t / warmup_steps) KL(q(z|x) || p(z))

    Bowman et al. 2016, sec. 3.1, https://arxiv.org/abs/1511.06349.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        beta: final weight of the KL term.
        warmup_steps: training steps t until the weight is beta. The paper gives no number.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        beta: float = 1.0,
        warmup_steps: int = 1000,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, objective=AnnealedELBO(beta, warmup_steps), **parts
        )
