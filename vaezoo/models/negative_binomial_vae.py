"""The VAE of scattered counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class NegativeBinomialVAE(VAE):
    """A VAE of counts that scatter more than Poisson's.

        p(x|z) = prod_i NegativeBinomial(x_i; mean_i(z), dispersion_i)

    Lopez et al. 2018, methods, https://doi.org/10.1038/s41592-018-0229-2.

    Args:
        data_shape: shape of one example.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], **parts: Any) -> None:
        super().__init__(data_shape, likelihood="negative_binomial", **parts)
