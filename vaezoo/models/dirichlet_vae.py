"""The Dirichlet VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class DirichletVAE(VAE):
    """A VAE whose codes are proportions.

        q(z|x) = Dirichlet(concentration(x))     p(z) = Dirichlet(1)

    Joo et al. 2019, sec. 3, https://arxiv.org/abs/1901.02739. Implicit reparameterisation is
    exact where the paper approximates; the paper's prior has a concentration of 0.98.

    Args:
        data_shape: shape of one example.
        objective: of `vaezoo.objectives`; the KL term grows from zero, or the code goes unused.
        parts: as for `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], *, objective: Any = "annealed_elbo", **parts: Any
    ) -> None:
        super().__init__(
            data_shape, posterior="dirichlet", prior="dirichlet", objective=objective, **parts
        )
