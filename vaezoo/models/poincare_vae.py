"""The VAE in hyperbolic space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosteriorAndPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class PoincareVAE(VAE):
    """A VAE with latents in the Poincare ball, suited to hierarchical data.

        q(z|x) = WrappedNormal(mean(x), scale(x))     p(z) = WrappedNormal(0, 1)

    Mathieu et al. 2019, sec. 3, https://arxiv.org/abs/1901.06033.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        **parts: Unpack[WithoutPosteriorAndPrior],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, posterior="poincare", prior="wrapped_normal", **parts
        )
