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
    """A VAE whose KL term has a weight: above 1, for disentangled latents.

        loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z))

    Higgins et al. 2017, eq. 4, https://openreview.net/forum?id=Sy2fzU9gl.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        beta: weight of the KL term. The paper uses values above 1, such as 4.
        parts: further arguments of `VAE`.

    Example:
        >>> from vaezoo.models import BetaVAE
        >>> model = BetaVAE((8, 8, 1), 4, beta=2.0, seed=0)
        >>> model.generate(3, seed=0).shape
        (3, 8, 8, 1)
        >>> BetaVAE((8, 8, 1), objective="elbo")
        Traceback (most recent call last):
        vaezoo.errors.ConfigError: BetaVAE fixes its objective: leave objective= out, or use
        VAE(objective=...) for another.
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
