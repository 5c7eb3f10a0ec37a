"""Probabilistic principal component analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import ProbabilisticPCAArguments
from vaezoo.models.principal_components import PrincipalComponents


@keras.saving.register_keras_serializable("vaezoo")
class ProbabilisticPCA(PrincipalComponents):
    """Maximum-likelihood probabilistic PCA: a linear VAE whose posterior is exact.

        p(z) = N(0, I)     p(x|z) = N(x; W z + mu, s I)     W = U (L - s I)^1/2
        q(z|x) = p(z|x) = N(z; L^-1 W' (x - mu), s L^-1),  so that ELBO = log p(x)

    Tipping & Bishop 1999, eqs. 7 and 8, https://doi.org/10.1111/1467-9868.00196. U and L as in
    `PCA`, s the mean of the other eigenvalues.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `PrincipalComponents`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        **parts: Unpack[ProbabilisticPCAArguments],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, posterior="diagonal_normal", likelihood="normal", **parts
        )
