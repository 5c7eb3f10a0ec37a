"""The sparse autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.autoencoder import Autoencoder
from vaezoo.objectives import Regularised


@keras.saving.register_keras_serializable("vaezoo")
class SparseAutoencoder(Autoencoder):
    """An autoencoder whose codes are mostly near zero.

        loss = |x - D(E(x))|^2 / 2 + sparsity_weight sum_d |z_d| + a constant,  z = E(x)

    Goodfellow et al. 2016, sec. 14.2.1, https://www.deeplearningbook.org/contents/autoencoders.html.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        sparsity_weight: 0 or more.
        parts: as for `Autoencoder`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        sparsity_weight: float = 0.05,
        **parts: Any,
    ) -> None:
        super().__init__(
            data_shape, latent_dim, objective=Regularised(0.0, 0.0, sparsity_weight), **parts
        )
