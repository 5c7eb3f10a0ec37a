"""The VAE of overdispersed counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class NegativeBinomialVAE(VAE):
    """A VAE of overdispersed counts, with a negative binomial likelihood.

        p(x|z) = prod_i NegativeBinomial(x_i; mean_i(z), dispersion_i)

    Lopez et al. 2018, methods, https://doi.org/10.1038/s41592-018-0229-2.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutLikelihood]
    ) -> None:
        super().__init__(data_shape, latent_dim, likelihood="negative_binomial", **parts)
