"""The VAE with categories."""

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
    """A VAE whose code is made of categories, relaxed while it trains.

        q(z|x) = prod_g Concrete(z_g; logits_g(x), temperature)

    Jang et al. 2017, eq. 2, https://arxiv.org/abs/1611.01144, and Maddison et al. 2017, app. C,
    https://arxiv.org/abs/1611.00712, whose bound of the relaxed model this is.

    Args:
        data_shape: shape of one example.
        num_categories: of each group; latent_dim is a multiple of it.
        objective: of `vaezoo.objectives`; the KL term grows from zero, or the code goes unused.
        parts: as for `VAE`.
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
