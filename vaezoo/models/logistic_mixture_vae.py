"""The VAE with a mixture of discretised logistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class LogisticMixtureVAE(VAE):
    """A VAE of 8-bit values with a mixture of discretised logistics as likelihood.

        p(x|z) = prod_i sum_c pi_ic Logistic_8bit(x_i; mean_ic, s_ic)

    Salimans et al. 2017, eq. 2, https://arxiv.org/abs/1701.05517.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_components: of each mixture. The paper: 5, and 10 on CIFAR-10.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_components: int = 5,
        **parts: Unpack[WithoutLikelihood],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            likelihood={"name": "discretised_logistic", "num_components": num_components},
            **parts,
        )
