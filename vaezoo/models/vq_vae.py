"""The vector-quantised VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import QuantisedArguments
from vaezoo.models.quantised import QuantisedVAE


@keras.saving.register_keras_serializable("vaezoo")
class VQVAE(QuantisedVAE):
    """An autoencoder with discrete codes: the nearest vectors of a codebook.

        loss = -log p(x|e_c) + commitment |h - sg(e_c)|^2 - log p(c),  c = argmin_j |h - e_j|

    van den Oord et al. 2017, eq. 3, https://arxiv.org/abs/1711.00937.

    Args:
        data_shape: shape of one example.
        channels: C, numbers at a position.
        codebook_size: S. The paper: 512.
        commitment: beta in the paper, 0.25.
        learning: how the codebook learns: by running means, "ema", or by gradients, "loss".
        parts: further arguments of `QuantisedVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        channels: int = 16,
        *,
        codebook_size: int = 64,
        commitment: float = 0.25,
        learning: str = "ema",
        **parts: Unpack[QuantisedArguments],
    ) -> None:
        quantiser = {
            "name": "vector",
            "codebook_size": codebook_size,
            "commitment": commitment,
            "learning": learning,
        }
        super().__init__(data_shape, channels, quantiser=quantiser, **parts)
