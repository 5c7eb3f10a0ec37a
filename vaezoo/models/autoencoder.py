"""The autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.likelihoods import Likelihood
from vaezoo.models._arguments import AutoencoderArguments
from vaezoo.models.vae import VAE
from vaezoo.objectives import Objective, Regularised
from vaezoo.posteriors import Posterior
from vaezoo.protocols import Spec

SQUARED_ERROR = {"name": "normal", "scale": 1.0}


@keras.saving.register_keras_serializable("vaezoo")
class Autoencoder(VAE):
    """A deep autoencoder: deterministic, with no prior on the latent space.

        loss = |x - D(E(x))|^2 / 2 + a constant

    Hinton & Salakhutdinov 2006, https://doi.org/10.1126/science.1127647. It has no density, and
    its prior is not fitted: samples from it show why an autoencoder is no generative model.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        posterior: one without a density: "deterministic" or "sparse".
        likelihood: whose -log p(x|z) is the reconstruction error; None: half the squared error.
        objective: of `vaezoo.objectives`; None: the reconstruction error alone.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        posterior: Spec | Posterior = "deterministic",
        likelihood: Spec | Likelihood | None = None,
        objective: Spec | Objective | None = None,
        **parts: Unpack[AutoencoderArguments],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior=posterior,
            likelihood=likelihood or SQUARED_ERROR,
            objective=objective or Regularised(0.0),
            **parts,
        )
