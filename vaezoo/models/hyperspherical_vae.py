"""The hyperspherical VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorPriorAndObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class HypersphericalVAE(VAE):
    """A VAE whose latents lie on a hypersphere.

        q(z|x) = PowerSpherical(mean(x), concentration(x))     p(z) uniform on the sphere

    Davidson et al. 2018, sec. 3, https://arxiv.org/abs/1804.00891, with the density of De Cao &
    Aziz 2020, https://arxiv.org/abs/2006.04437.

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
            posterior="power_spherical",
            prior="uniform_sphere",
            objective=objective,
            **parts,
        )
