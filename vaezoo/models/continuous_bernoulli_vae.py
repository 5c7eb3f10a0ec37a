"""The VAE of grey values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class ContinuousBernoulliVAE(VAE):
    """A VAE of values between 0 and 1, with the constant that a cross-entropy lacks.

        p(x|z) = prod_i C(m_i) m_i^x_i (1 - m_i)^(1 - x_i),  0 <= x <= 1

    Loaiza-Ganem & Cunningham 2019, eq. 7, https://arxiv.org/abs/1907.06845.

    Args:
        data_shape: shape of one example.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], **parts: Any) -> None:
        super().__init__(data_shape, likelihood="continuous_bernoulli", **parts)
