"""The two-level VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import HierarchyArguments
from vaezoo.models.hierarchical import HierarchicalVAE


@keras.saving.register_keras_serializable("vaezoo")
class TwoLevelVAE(HierarchicalVAE):
    """A VAE with two latent groups, the lower conditioned on the upper: "HVAE" in the paper.

        q(z|x) = q(z_1|x) q(z_2|x, z_1)     p(x, z) = p(z_1) p(z_2|z_1) p(x|z_1, z_2)

    Tomczak & Welling 2018, eqs. 11 to 14, https://arxiv.org/abs/1705.07120. With
    prior={"name": "vamp"} p(z_1) is a VampPrior, as in the paper.

    Args:
        data_shape: shape of one example.
        latent_dims: sizes of z_1 and z_2. The paper: 40 and 40.
        width: of the hidden layers. The paper: 300.
        parts: further arguments of `HierarchicalVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dims: Sequence[int] = (8, 8),
        *,
        width: int = 128,
        **parts: Unpack[HierarchyArguments],
    ) -> None:
        network = {"name": "two_level", "latent_dims": latent_dims, "width": width}
        super().__init__(data_shape, network=network, **parts)
