"""The VAE with continuous and categorical latents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorPriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class JointVAE(VAE):
    """A VAE with continuous latents and one categorical latent.

        q(z, c|x) = N(z; mean(x), diag(scale(x)^2)) Concrete(c; logits(x), temperature)

    Dupont 2018, eq. 5, https://arxiv.org/abs/1804.00104. The paper holds the KL of
    each at an increasing capacity; here the weight of their sum is annealed.

    Args:
        data_shape: shape of one example.
        latent_dim: D, continuous and categorical dimensions together.
        num_categories: how many of these are categorical.
        objective: of `vaezoo.objectives`. The KL weight is annealed from zero, without which
            the posterior collapses.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 20,
        *,
        num_categories: int = 10,
        objective: Spec | Objective = "annealed_elbo",
        **parts: Unpack[WithoutPosteriorPriorAndObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "normal_and_categorical", "num_categories": num_categories},
            prior={"name": "normal_and_categorical", "num_categories": num_categories},
            objective=objective,
            **parts,
        )
