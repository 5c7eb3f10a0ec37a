"""The linear VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.likelihoods import Likelihood
from vaezoo.models._arguments import LinearVAEArguments
from vaezoo.models.vae import VAE
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class LinearVAE(VAE):
    """A VAE without hidden layers, whose best ELBO is the likelihood of probabilistic PCA.

        p(x|z) = N(x; W z + mu, sigma^2 I)     q(z|x) = N(z; V x + v, diagonal)

    Lucas et al. 2019, sec. 4, https://arxiv.org/abs/1911.02469.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        likelihood: of `vaezoo.likelihoods`; the default learns one shared sigma.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        likelihood: Spec | Likelihood = "normal",
        **parts: Unpack[LinearVAEArguments],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            likelihood=likelihood,
            network={"name": "mlp", "hidden": []},
            **parts,
        )
