"""The beta-VAE with a capacity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Capacity


@keras.saving.register_keras_serializable("vaezoo")
class CapacityVAE(VAE):
    """A beta-VAE whose KL follows a capacity that increases during training.

        loss = -E_q[log p(x|z)] + gamma |KL(q(z|x) || p(z)) - C(t)|
        C(t) = max_capacity min(1, t / num_steps)

    Burgess et al. 2018, eq. 8, https://arxiv.org/abs/1804.03599.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        gamma: weight of the distance from the capacity. The paper: 1000.
        max_capacity: final capacity in nats. The paper: 25 for dSprites.
        num_steps: training steps t until then. The paper: 100,000.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        gamma: float = 1000.0,
        max_capacity: float = 25.0,
        num_steps: int = 100_000,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, objective=Capacity(gamma, max_capacity, num_steps), **parts
        )
