"""The two-level VAE of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import HierarchyArguments
from vaezoo.models.hierarchical import HierarchicalVAE


@keras.saving.register_keras_serializable("vaezoo")
class ConvTwoLevelVAE(HierarchicalVAE):
    """A VAE of images with two latent groups and gated convolutions: "ConvHVAE" in the paper.

        q(z|x) = q(z_1|x) q(z_2|x, z_1)     p(x, z) = p(z_1) p(z_2|z_1) p(x|z_1, z_2)

    Tomczak & Welling 2018, eqs. 11 to 14, https://arxiv.org/abs/1705.07120.

    Args:
        data_shape: [height, width, channels].
        latent_dims: sizes of z_1 and z_2. The paper: 40 and 40.
        width: of the dense layers. The paper: 300.
        decoder_filters: channels of the decoder's convolutions at full resolution. The paper:
            64, four times.
        parts: further arguments of `HierarchicalVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dims: Sequence[int] = (8, 8),
        *,
        width: int = 128,
        decoder_filters: Sequence[int] = (16, 16),
        **parts: Unpack[HierarchyArguments],
    ) -> None:
        network = {
            "name": "conv_two_level",
            "latent_dims": latent_dims,
            "width": width,
            "decoder_filters": decoder_filters,
        }
        super().__init__(data_shape, network=network, **parts)
