"""The VAE of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class PoissonVAE(VAE):
    """A VAE of counts, with a Poisson likelihood.

        p(x|z) = prod_i Poisson(x_i; rate_i(z))

    Liang et al. 2018, sec. 2.1, https://arxiv.org/abs/1802.05814.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutLikelihood]
    ) -> None:
        super().__init__(data_shape, latent_dim, likelihood="poisson", **parts)
