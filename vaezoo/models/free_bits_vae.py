"""The VAE with free bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import FreeBits


@keras.saving.register_keras_serializable("vaezoo")
class FreeBitsVAE(VAE):
    """A VAE in which every latent dimension has a free KL budget.

        loss = -E_q[log p(x|z)] + sum_d max(free_nats, mean_x KL(q(z_d|x) || p(z_d)))

    Kingma et al. 2016, eq. 15, https://arxiv.org/abs/1606.04934.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        free_nats: KL per dimension that costs nothing. The paper tries 0.125 to 2 per group.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        free_nats: float = 0.125,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=FreeBits(free_nats), **parts)
