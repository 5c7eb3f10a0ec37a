"""The VAE with a constraint in place of a weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import Constrained


@keras.saving.register_keras_serializable("vaezoo")
class GECOVAE(VAE):
    """A VAE that minimises KL under a constraint on its reconstruction error.

        loss = KL(q(z|x) || p(z)) + lambda D C,  C = -E_q[log p(x|z)] / D - tolerance
        lambda <- lambda exp(rate C) after each step

    Rezende & Viola 2018, algorithm 1, https://arxiv.org/abs/1810.00597.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        tolerance: reconstruction error that is allowed, in nats per value.
        rate: how fast lambda changes.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        tolerance: float = 0.2,
        rate: float = 0.01,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=Constrained(tolerance, rate), **parts)
