"""The IWAE with doubly reparameterised gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import DoublyReparameterised


@keras.saving.register_keras_serializable("vaezoo")
class DReGIWAE(VAE):
    """An IWAE whose encoder gradient keeps its signal as K increases.

        encoder: grad = sum_k (w_k / sum_j w_j)^2  d(log w_k)/dz_k  dz_k/dphi

    Tucker et al. 2019, eq. 8, https://arxiv.org/abs/1810.04152.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_samples: K. The paper: 64.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_samples: int = 64,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, objective=DoublyReparameterised(num_samples), **parts
        )
