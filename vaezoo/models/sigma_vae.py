"""The sigma-VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class SigmaVAE(VAE):
    """A VAE of real values whose likelihood has the optimal scale for its reconstructions.

        p(x|z) = N(x; mean(z), sigma^2 I),  sigma^2 = mean (x - mean(z))^2

    Rybkin et al. 2021, sec. 3.2, https://arxiv.org/abs/2006.13202.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutLikelihood]
    ) -> None:
        super().__init__(data_shape, latent_dim, likelihood="optimal_normal", **parts)
