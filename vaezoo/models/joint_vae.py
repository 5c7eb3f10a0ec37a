"""The VAE with numbers and a category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class JointVAE(VAE):
    """A VAE whose code is made of normal numbers and one category.

        q(z, c|x) = N(z; mean(x), diag(scale(x)^2)) Concrete(c; logits(x), temperature)

    Dupont 2018, eq. 5, https://arxiv.org/abs/1804.00104.

    Args:
        data_shape: shape of one example.
        latent_dim: numbers and categories together.
        num_categories: how many of these are of the category.
        parts: as for `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 20,
        *,
        num_categories: int = 10,
        **parts: Any,
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior={"name": "normal_and_categorical", "num_categories": num_categories},
            prior={"name": "normal_and_categorical", "num_categories": num_categories},
            **parts,
        )
