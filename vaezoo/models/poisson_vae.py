"""The VAE of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class PoissonVAE(VAE):
    """A VAE of counts.

        p(x|z) = prod_i Poisson(x_i; rate_i(z))

    Liang et al. 2018, sec. 2.1, https://arxiv.org/abs/1802.05814.

    Args:
        data_shape: shape of one example.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], **parts: Any) -> None:
        super().__init__(data_shape, likelihood="poisson", **parts)
