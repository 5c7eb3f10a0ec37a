"""The VAE with inverse autoregressive flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class IAFVAE(VAE):
    """A VAE whose posterior is transformed by inverse autoregressive flows.

        z' = sigma(z) z + (1 - sigma(z)) m(z), m and sigma autoregressive in z

    Kingma et al. 2016, eqs. 10 and 13, https://arxiv.org/abs/1606.04934.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_flows: number of flows. The paper: 2 to 8 on MNIST.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_flows: int = 2,
        **parts: Unpack[WithoutPosterior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "inverse_autoregressive", "num_flows": num_flows},
            **parts,
        )
