"""The VAE with a mixture prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class MixtureVAE(VAE):
    """A VAE whose prior is a learned mixture of normals.

        p(z) = sum_c pi_c N(z; mean_c, diag(scale_c^2))

    Tomczak & Welling 2018, sec. 2, https://arxiv.org/abs/1705.07120, where it is "MoG".

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_components: of the mixture. The paper: 500 on MNIST.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_components: int = 50,
        **parts: Unpack[WithoutPrior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            prior={"name": "mixture", "num_components": num_components},
            **parts,
        )
