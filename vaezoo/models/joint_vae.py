"""The VAE with numbers and a category."""

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
    """A VAE whose code is made of normal numbers and one category.

        q(z, c|x) = N(z; mean(x), diag(scale(x)^2)) Concrete(c; logits(x), temperature)

    Dupont 2018, eq. 5, https://arxiv.org/abs/1804.00104. Where the paper holds the KL of either
    part at a capacity that grows, here the weight of their sum grows.

    Args:
        data_shape: shape of one example.
        latent_dim: numbers and categories together.
        num_categories: how many of these are of the category.
        objective: of `vaezoo.objectives`; the KL term grows from zero, or the code goes unused.
        parts: as for `VAE`.
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
