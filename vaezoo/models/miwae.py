"""The MIWAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import MultipleImportanceWeighted


@keras.saving.register_keras_serializable("vaezoo")
class MIWAE(VAE):
    """A VAE trained on the mean of several importance-weighted bounds.

        loss = -1/M sum_m log 1/K sum_k p(x, z_mk) / q(z_mk|x)

    Rainforth et al. 2018, eq. 10, https://arxiv.org/abs/1802.04537.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_bounds: M. The paper: 8.
        samples_per_bound: K. The paper: 8.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_bounds: int = 8,
        samples_per_bound: int = 8,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=MultipleImportanceWeighted(num_bounds, samples_per_bound),
            **parts,
        )
