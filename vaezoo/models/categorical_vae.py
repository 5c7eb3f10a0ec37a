"""The VAE with categorical latents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorPriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class CategoricalVAE(VAE):
    """A VAE with categorical latents, relaxed by Gumbel-softmax during training.

        q(z|x) = prod_g Concrete(z_g; logits_g(x), temperature)

    Jang et al. 2017, eq. 2, https://arxiv.org/abs/1611.01144, and Maddison et al. 2017, app. C,
    https://arxiv.org/abs/1611.00712, whose bound for the relaxed model is used.

    Args:
        data_shape: shape of one example.
        num_categories: in each group; latent_dim is a multiple of it.
        objective: of `vaezoo.objectives`. The KL weight is annealed from zero, without which
            the posterior collapses.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 40,
        *,
        num_categories: int = 10,
        objective: Spec | Objective = "annealed_elbo",
        **parts: Unpack[WithoutPosteriorPriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "gumbel_softmax", "num_categories": num_categories},
            prior={"name": "uniform_categorical", "num_categories": num_categories},
            objective=objective,
            **parts,
        )
