"""The regularised autoencoder with a gradient penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Regularised


@keras.saving.register_keras_serializable("vaezoo")
class RAEGP(VAE):
    """A regularised autoencoder, with a gradient penalty on its decoder.

        loss = -log p(x|z) + code_weight |z|^2 / 2 + gradient_weight |dD(z)/dz|^2,  z = E(x)

    Ghosh et al. 2020, eqs. 3 and 7, https://arxiv.org/abs/1903.12436. It has no density;
    to generate, fit a sampler to its latents.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        code_weight: beta in the paper.
        gradient_weight: lambda in the paper.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        code_weight: float = 0.01,
        gradient_weight: float = 0.01,
        **parts: Unpack[WithoutPosteriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior="deterministic",
            objective=Regularised(code_weight, gradient_weight),
            **parts,
        )
