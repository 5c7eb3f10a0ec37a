"""The denoising autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutCorruption
from vaezoo.models.autoencoder import Autoencoder


@keras.saving.register_keras_serializable("vaezoo")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder trained to reconstruct clean examples from corrupted ones.

        loss = E |x - D(E(x'))|^2 / 2 + a constant,  x' ~ c(x'|x)

    `fit(noisy, clean)` learns from pairs with damage of your own in place of this one.

    Vincent et al. 2008, sec. 2.3, https://doi.org/10.1145/1390156.1390294.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        share: fraction of the values that are set to 0 in training. For other noise use
            Autoencoder(corruption={"name": "gaussian", "scale": ...}).
        parts: further arguments of `Autoencoder`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        share: float = 0.25,
        **parts: Unpack[WithoutCorruption],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, corruption={"name": "masking", "share": share}, **parts
        )
