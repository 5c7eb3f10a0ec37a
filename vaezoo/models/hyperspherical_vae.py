"""The hyperspherical VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class HypersphericalVAE(VAE):
    """A VAE whose codes lie on a sphere.

        q(z|x) = PowerSpherical(mean(x), concentration(x))     p(z) uniform on the sphere

    Davidson et al. 2018, sec. 3, https://arxiv.org/abs/1804.00891, with the density of De Cao &
    Aziz 2020, https://arxiv.org/abs/2006.04437.

    Args:
        data_shape: shape of one example.
        objective: of `vaezoo.objectives`; the KL term grows from zero, or the code goes unused.
        parts: as for `VAE`.
    """

    def __init__(
        self, data_shape: Sequence[int], *, objective: Any = "annealed_elbo", **parts: Any
    ) -> None:
        super().__init__(
            data_shape,
            posterior="power_spherical",
            prior="uniform_sphere",
            objective=objective,
            **parts,
        )
