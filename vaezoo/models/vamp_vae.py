"""The VAE with a VampPrior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPrior
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class VampVAE(VAE):
    """A VAE whose prior is a mixture of its own posteriors at learned pseudo-inputs.

        p(z) = 1/C sum_c q(z|u_c)

    Tomczak & Welling 2018, eq. 9, https://arxiv.org/abs/1705.07120.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_components: C, number of pseudo-inputs. The paper: 500 on MNIST.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_components: int = 50,
        **parts: Unpack[WithoutPrior],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            prior={"name": "vamp", "num_components": num_components},
            **parts,
        )
