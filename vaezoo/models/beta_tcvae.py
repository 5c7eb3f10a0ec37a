"""The beta-TCVAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import TotalCorrelation


@keras.saving.register_keras_serializable("vaezoo")
class BetaTCVAE(VAE):
    """A VAE that penalises the total correlation of its latent dimensions.

        loss = -E_q[log p(x|z)] + MI + beta TC + DW,  MI + TC + DW = KL(q(z|x) || p(z))

    Chen et al. 2018, eq. 4, https://arxiv.org/abs/1802.04942.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        beta: weight of the total correlation TC. The paper: 6 on dSprites.
        estimator: "weighted" (eq. S3) or "stratified" (eq. S6) minibatches.
        dataset_size: examples in the training set; None: those in a batch.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        beta: float = 6.0,
        estimator: str = "weighted",
        dataset_size: int | None = None,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=TotalCorrelation(beta=beta, estimator=estimator, dataset_size=dataset_size),
            **parts,
        )
