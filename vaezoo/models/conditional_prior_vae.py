"""The conditional VAE with one prior per label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutPriorAndCondition
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class ConditionalPriorVAE(VAE):
    """A conditional VAE with a learned prior for each label.

        loss = -E_q[log p(x|z, c)] + KL(q(z|x, c) || p(z|c)),  p(z|c) = N(mean(c), diag(scale(c)^2))

    Sohn et al. 2015, eq. 4,
    https://proceedings.neurips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html.
    Train with fit(x, labels).

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_classes: number of labels.
        label_names: of the classes, one each: labels may then be given by name.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_classes: int = 10,
        label_names: Sequence[str] | None = None,
        **parts: Unpack[WithoutPriorAndCondition],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            prior="conditional_normal",
            condition={"name": "labels", "num_classes": num_classes, "names": label_names},
            **parts,
        )
