"""The VAE of categorical pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class CategoricalPixelVAE(VAE):
    """A VAE with a categorical likelihood: a softmax over the levels of each value.

        p(x|z) = prod_i softmax(logits_i(z))[x_i]

    van den Oord et al. 2016, sec. 3, https://arxiv.org/abs/1601.06759.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        levels: how many values a pixel can take, evenly spaced from 0 to 1.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        levels: int = 256,
        **parts: Unpack[WithoutLikelihood],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, likelihood={"name": "categorical", "levels": levels}, **parts
        )
