"""The deep residual VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.hierarchical import HierarchicalVAE


@keras.saving.register_keras_serializable("vaezoo")
class ResidualVAE(HierarchicalVAE):
    """A deep hierarchy for images: residual blocks from the top down, each with a latent group.

        s_i = block(s_{i-1} + projection(z_i)),   p(z_i|s_{i-1}),   q(z_i|features(x), s_{i-1})

    Child 2021, sec. 3, https://arxiv.org/abs/2011.10650. Train it with the optimiser
    "skipping_adam", and `use_ema`, as the paper does.

    Args:
        data_shape: [height, width, channels].
        num_groups: latent groups at each level, where level l has images of 1/2^l of the height
            and width, from level 1 on: the depth.
        widths: channels at each level.
        latent_channels: of each group's z, at each level.
        num_blocks: residual blocks after each halving, after each z, and before the pixels.
        posterior: of `vaezoo.posteriors.GROUP_POSTERIORS`: "own" as in VDVAE, "residual" as in
            NVAE.
        parts: as for `HierarchicalVAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        num_groups: Sequence[int] = (2, 2),
        *,
        widths: Sequence[int] = (32, 64),
        latent_channels: Sequence[int] = (2, 4),
        num_blocks: int = 1,
        posterior: str = "own",
        **parts: Any,
    ) -> None:
        network = {
            "name": "residual",
            "num_groups": num_groups,
            "widths": widths,
            "latent_channels": latent_channels,
            "num_blocks": num_blocks,
        }
        super().__init__(data_shape, network=network, posterior=posterior, **parts)
