"""The ladder VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import LadderArguments
from vaezoo.models.hierarchical import HierarchicalVAE
from vaezoo.objectives import Objective
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class LadderVAE(HierarchicalVAE):
    """A ladder of latent groups, whose posteriors combine bottom-up evidence with the prior.

        p(x, z) = p(z_1) prod_i p(z_i|z_{i-1}) p(x|z_L)
        q(z_i|x, z_{i-1}) ~ N(z_i; bottom-up parameters of x) p(z_i|z_{i-1})

    Sonderby et al. 2016, eqs. 13 to 15, https://arxiv.org/abs/1602.02282.

    Args:
        data_shape: shape of one example.
        latent_dims: sizes of the groups, from the top down. The paper: 4, 8, 16, 32, 64.
        widths: of the hidden layers at each group. The paper: 32, 64, 128, 256, 512.
        objective: of `vaezoo.objectives`. The KL weight is annealed from zero, as in the paper,
            without which the upper groups go unused.
        parts: further arguments of `HierarchicalVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dims: Sequence[int] = (4, 8, 16),
        *,
        widths: Sequence[int] = (64, 128, 256),
        objective: Spec | Objective = "annealed_elbo",
        **parts: Unpack[LadderArguments],
    ) -> None:
        network = {"name": "ladder", "latent_dims": latent_dims, "widths": widths}
        super().__init__(
            data_shape,
            network=network,
            posterior="precision_weighted",
            objective=objective,
            **parts,
        )
