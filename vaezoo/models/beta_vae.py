"""The beta-VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import ELBO


@keras.saving.register_keras_serializable("vaezoo")
class BetaVAE(VAE):
    """A VAE that weighs the KL term.

        loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z))

    Higgins et al. 2017, eq. 4, https://openreview.net/forum?id=Sy2fzU9gl.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        beta: weight of the KL term. The paper's values are above 1, 4 among them.
        parts: as for `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        beta: float = 4.0,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=ELBO(beta=beta), **parts)
