"""The importance-weighted autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import ImportanceWeighted


@keras.saving.register_keras_serializable("vaezoo")
class IWAE(VAE):
    """A VAE trained on the importance-weighted bound, tighter than the ELBO.

        loss = -log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    Burda et al. 2016, eq. 8, https://arxiv.org/abs/1509.00519.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_samples: K. The paper uses 1, 5 and 50.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_samples: int = 5,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=ImportanceWeighted(num_samples), **parts)
