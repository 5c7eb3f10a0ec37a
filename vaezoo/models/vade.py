"""The VAE for clustering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class VaDE(VAE):
    """A VAE for clustering, with one normal per cluster: variational deep embedding.

        p(z) = sum_c pi_c N(z; mean_c, diag(scale_c^2))     q(c|x) = E_q[p(c|z)]

    Jiang et al. 2017, eqs. 8 and 16, https://arxiv.org/abs/1611.05148. With q(c|x) = p(c|z), as
    in the paper, its bound is the ELBO under the mixture; `prior.responsibilities(z)`
    gives p(c|z).

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_clusters: number of clusters. The paper: 10 on MNIST.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_clusters: int = 10,
        **parts: Unpack[WithoutPrior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            prior={"name": "mixture", "num_components": num_clusters},
            **parts,
        )
