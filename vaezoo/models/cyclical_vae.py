"""The VAE with a cyclical KL schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import AnnealedELBO


@keras.saving.register_keras_serializable("vaezoo")
class CyclicalVAE(VAE):
    """A VAE whose KL weight is annealed from zero in cycles.

        loss = -E_q[log p(x|z)] + beta min(1, (t mod period) / warmup_steps) KL(q(z|x) || p(z))

    Fu et al. 2019, eq. 6, https://arxiv.org/abs/1903.10145.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        beta: weight of the KL term at the end of each rise.
        warmup_steps: training steps of a rise. The paper: half a period.
        period: training steps of a cycle. The paper: a quarter of training.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        beta: float = 1.0,
        warmup_steps: int = 500,
        period: int = 1000,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, objective=AnnealedELBO(beta, warmup_steps, period), **parts
        )
