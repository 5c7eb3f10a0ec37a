"""The CIWAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import CombinedImportanceWeighted


@keras.saving.register_keras_serializable("vaezoo")
class CIWAE(VAE):
    """A VAE trained on a combination of the ELBO and the importance-weighted bound.

        loss = -(share ELBO + (1 - share) log 1/K sum_k p(x, z_k) / q(z_k|x))

    Rainforth et al. 2018, sec. 4, https://arxiv.org/abs/1802.04537.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        share: weight of the ELBO, beta in the paper, which tries 0.05 to 0.5.
        num_samples: K. The paper: 64.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        share: float = 0.05,
        num_samples: int = 64,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=CombinedImportanceWeighted(share, num_samples),
            **parts,
        )
