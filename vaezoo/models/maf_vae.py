"""The VAE with an autoregressive flow for its prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class MAFVAE(VAE):
    """A VAE whose prior is a masked autoregressive flow.

        p(z) = N(f(z); 0, I) |det df/dz|, f autoregressive

    Papamakarios et al. 2017, eqs. 4 and 5, https://arxiv.org/abs/1705.07057.

    Args:
        data_shape: shape of one example.
        num_flows: how many. The paper: 5 and 10.
        parts: as for `VAE`.
    """

    def __init__(self, data_shape: Sequence[int], *, num_flows: int = 5, **parts: Any) -> None:
        super().__init__(
            data_shape, prior={"name": "masked_autoregressive", "num_flows": num_flows}, **parts
        )
