"""The sigma-VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class SigmaVAE(VAE):
    """A VAE of real values whose scale is the best one for its reconstructions.

        p(x|z) = N(x; mean(z), sigma^2 I),  sigma^2 = mean (x - mean(z))^2

    Rybkin et al. 2021, sec. 3.2, https://arxiv.org/abs/2006.13202.

    Args:
        data_shape: shape of one example.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], **parts: Any) -> None:
        super().__init__(data_shape, likelihood="optimal_normal", **parts)
