"""The residual-quantised VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import QuantisedArguments
from vaezoo.models.quantised import QuantisedVAE


@keras.saving.register_keras_serializable("vaezoo")
class RQVAE(QuantisedVAE):
    """A VQ-VAE with residual quantisation: each code quantises the residual of those before.

        values = sum_r e_r[c_r],  c_r the nearest to h - sum_{s<r} e_s[c_s]

    Lee et al. 2022, eq. 4, https://arxiv.org/abs/2203.01941.

    Args:
        data_shape: shape of one example.
        channels: C, numbers at a position.
        codebook_size: S, of each codebook.
        num_codes: R, codes at a position. The paper: 4.
        parts: further arguments of `QuantisedVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        channels: int = 16,
        *,
        codebook_size: int = 32,
        num_codes: int = 2,
        **parts: Unpack[QuantisedArguments],
    ) -> None:
        quantiser = {"name": "residual", "codebook_size": codebook_size, "num_codes": num_codes}
        super().__init__(data_shape, channels, quantiser=quantiser, **parts)
