"""The linear autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutNetwork
from vaezoo.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable("vaezoo")
class LinearAutoencoder(Autoencoder):
    """An autoencoder without hidden layers, which learns the principal subspace.

        loss = |x - (W_d (W_e x + b_e) + b_d)|^2 / 2 + a constant

    Baldi & Hornik 1989, https://doi.org/10.1016/0893-6080(89)90014-2: at every minimum
    of the loss it spans the first D principal components.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `Autoencoder`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        **parts: Unpack[WithoutNetwork],
    ) -> None:
        super().__init__(data_shape, latent_dim, network={"name": "mlp", "hidden": []}, **parts)
