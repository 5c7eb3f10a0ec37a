"""The sparse autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPosterior
from vaezoo.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable("vaezoo")
class SparseAutoencoder(Autoencoder):
    """An autoencoder in which only k latent dimensions are active for each example.

        loss = |x - D(z)|^2 / 2 + a constant,  z = the k largest of E(x), the others 0

    Makhzani & Frey 2014, sec. 2.1, https://arxiv.org/abs/1312.5663.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_active: k. The paper: 10 to 70 of 1000.
        parts: further arguments of `Autoencoder`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 64,
        *,
        num_active: int = 8,
        **parts: Unpack[WithoutPosterior],
    ) -> None:
        posterior = {"name": "sparse", "num_active": num_active}
        super().__init__(data_shape, latent_dim, posterior=posterior, **parts)
