"""The VAE with an autoregressive flow as its prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class MAFVAE(VAE):
    """A VAE whose prior is a masked autoregressive flow.

        p(z) = N(f(z); 0, I) |det df/dz|, f autoregressive

    Papamakarios et al. 2017, eqs. 4 and 5, https://arxiv.org/abs/1705.07057.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_flows: number of flows. The paper: 5 and 10.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_flows: int = 5,
        **parts: Unpack[WithoutPrior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            prior={"name": "masked_autoregressive", "num_flows": num_flows},
            **parts,
        )
