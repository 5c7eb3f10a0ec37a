"""The finite-scalar-quantised VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import QuantisedArguments
from vaezoo.models.quantised import QuantisedVAE


@keras.saving.register_keras_serializable("vaezoo")
class FSQVAE(QuantisedVAE):
    """An autoencoder with finite scalar quantisation: a few numbers, each rounded to a level.

        values = round(half tanh(h)) / half

    Mentzer et al. 2024, sec. 3.1, https://arxiv.org/abs/2309.15505.

    Args:
        data_shape: shape of one example.
        levels: of each number at a position; their product is the codebook's size. The paper:
            (8, 5, 5), (8, 6, 5), (8, 5, 5, 5) and more.
        parts: further arguments of `QuantisedVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        levels: Sequence[int] = (5, 4, 4),
        **parts: Unpack[QuantisedArguments],
    ) -> None:
        super().__init__(
            data_shape, len(levels), quantiser={"name": "finite_scalar", "levels": levels}, **parts
        )
