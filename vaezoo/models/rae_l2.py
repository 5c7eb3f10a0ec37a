"""The regularised autoencoder with weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Regularised


@keras.saving.register_keras_serializable("vaezoo")
class RAEL2(VAE):
    """A regularised autoencoder, with weight decay on its decoder.

        loss = -log p(x|z) + code_weight |z|^2 / 2 + decay |decoder's weights|^2,  z = E(x)

    Ghosh et al. 2020, eqs. 3 and 5, https://arxiv.org/abs/1903.12436. It has no density;
    to generate, fit a sampler to its latents.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        code_weight: beta in the paper.
        decay: lambda in the paper.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        code_weight: float = 0.01,
        decay: float = 1e-4,
        **parts: Unpack[WithoutPosteriorAndObjective],
    ) -> None:
        objective = Regularised(code_weight)
        super().__init__(
            data_shape, latent_dim, posterior="deterministic", objective=objective, **parts
        )
        for weight in self.decoder.trainable_weights:
            weight.regularizer = keras.regularizers.L2(decay)
