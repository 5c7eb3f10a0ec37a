"""The VAE with radial flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class RadialVAE(VAE):
    """A VAE whose posterior is transformed by radial flows.

        z' = z + beta (z - z_0) / (alpha + |z - z_0|), num_flows times

    Rezende & Mohamed 2015, eq. 14, https://arxiv.org/abs/1505.05770.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_flows: number of flows. The paper: 10, among others.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_flows: int = 10,
        **parts: Unpack[WithoutPosterior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "radial_flow", "num_flows": num_flows},
            **parts,
        )
