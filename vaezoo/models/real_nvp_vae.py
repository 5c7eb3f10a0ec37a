"""The VAE with a RealNVP prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class RealNVPVAE(VAE):
    """A VAE whose prior is a RealNVP: a flow of coupling layers.

        p(z) = N(f(z); 0, I) |det df/dz|, f coupling layers

    Dinh et al. 2017, eqs. 7 and 8, https://arxiv.org/abs/1605.08803.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_flows: number of coupling layers.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_flows: int = 4,
        **parts: Unpack[WithoutPrior],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, prior={"name": "real_nvp", "num_flows": num_flows}, **parts
        )
