"""The VAE of grey values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class ContinuousBernoulliVAE(VAE):
    """A VAE of values in [0, 1], with the normalising constant that cross-entropy lacks.

        p(x|z) = prod_i C(m_i) m_i^x_i (1 - m_i)^(1 - x_i),  0 <= x <= 1

    Loaiza-Ganem & Cunningham 2019, eq. 7, https://arxiv.org/abs/1907.06845.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 16, **parts: Unpack[WithoutLikelihood]
    ) -> None:
        super().__init__(data_shape, latent_dim, likelihood="continuous_bernoulli", **parts)
