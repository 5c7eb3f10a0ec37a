"""The deep residual VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import ResidualArguments
from vaezoo.models.hierarchical import HierarchicalVAE


@keras.saving.register_keras_serializable("vaezoo")
class ResidualVAE(HierarchicalVAE):
    """A deep hierarchy for images: top-down residual blocks, each with a latent group.

        s_i = block(s_{i-1} + projection(z_i)),   p(z_i|s_{i-1}),   q(z_i|features(x), s_{i-1})

    Child 2021, sec. 3, https://arxiv.org/abs/2011.10650. Train it with the optimiser
    "skipping_adam", and `use_ema`, as the paper does.

    Args:
        data_shape: [height, width, channels].
        num_groups: latent groups at each level; level l, from 1, has 1/2^l of the height and
            width.
        widths: channels at each level.
        latent_channels: of each group's z, at each level.
        num_blocks: residual blocks after each halving, after each z, and before the output.
        pixel_width: channels of a block at the full height and width, before the output; 0: there
            is none. None: 24 for 3 or 4 channels, which are colours, else 0.
        posterior: of `vaezoo.posteriors.GROUP_POSTERIORS`: "own" as in VDVAE, "residual" as in
            NVAE.
        parts: further arguments of `HierarchicalVAE`. The likelihood of colours is
            "colour_logistic_mixture" if none is given, that of other images "bernoulli".
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        num_groups: Sequence[int] = (2, 2),
        *,
        widths: Sequence[int] = (32, 64),
        latent_channels: Sequence[int] = (2, 4),
        num_blocks: int = 1,
        pixel_width: int | None = None,
        posterior: str = "own",
        **parts: Unpack[ResidualArguments],
    ) -> None:
        is_colour = len(data_shape) == 3 and data_shape[-1] in (3, 4)
        if is_colour:
            parts = {"likelihood": "colour_logistic_mixture", **parts}
        network = {
            "name": "residual",
            "num_groups": num_groups,
            "widths": widths,
            "latent_channels": latent_channels,
            "num_blocks": num_blocks,
            "pixel_width": 24 * is_colour if pixel_width is None else pixel_width,
        }
        super().__init__(data_shape, network=network, posterior=posterior, **parts)
