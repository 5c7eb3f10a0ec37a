"""The VAE that sticks the landing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import StickingTheLanding


@keras.saving.register_keras_serializable("vaezoo")
class STLVAE(VAE):
    """A VAE whose gradient has zero variance where its posterior is exact.

        loss = -E_q[log p(x, z) - log q*(z|x)],  q* = q without gradients to its parameters

    Roeder et al. 2017, algorithm 1, https://arxiv.org/abs/1703.09194.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_samples: K, samples of z for each x. The paper: 1.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_samples: int = 1,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=StickingTheLanding(num_samples), **parts)
