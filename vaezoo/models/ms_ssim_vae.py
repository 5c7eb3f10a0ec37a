"""The VAE with structural similarity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import StructuralSimilarity


@keras.saving.register_keras_serializable("vaezoo")
class MSSSIMVAE(VAE):
    """A VAE whose reconstruction loss is multi-scale structural similarity (MS-SSIM).

        loss = weight (1 - MS-SSIM(x, mean of p(x|z))) + KL(q(z|x) || p(z))

    Snell et al. 2017, sec. 3, https://arxiv.org/abs/1511.06409.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        weight: loss in nats of images that have nothing in common.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        weight: float = 100.0,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=StructuralSimilarity(weight), **parts)
