"""The Dirichlet VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorPriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class DirichletVAE(VAE):
    """A VAE with Dirichlet latents: proportions that sum to one.

        q(z|x) = Dirichlet(concentration(x))     p(z) = Dirichlet(1)

    Joo et al. 2019, sec. 3, https://arxiv.org/abs/1901.02739. Implicit reparameterisation is
    exact where the paper approximates; the paper's prior has a concentration of 0.98.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        objective: of `vaezoo.objectives`. The KL weight is annealed from zero, without which
            the posterior collapses.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        objective: Spec | Objective = "annealed_elbo",
        **parts: Unpack[WithoutPosteriorPriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior="dirichlet",
            prior="dirichlet",
            objective=objective,
            **parts,
        )
