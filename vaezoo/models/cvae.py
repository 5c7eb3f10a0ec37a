"""The conditional VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutCondition
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class CVAE(VAE):
    """A VAE conditioned on labels: encoder and decoder see them.

        loss = -E_q[log p(x|z, c)] + KL(q(z|x, c) || p(z))

    Sohn et al. 2015, eq. 4,
    https://proceedings.neurips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html.
    Train with fit(x, labels).

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_classes: number of labels. For attributes use
            VAE(condition={"name": "vector", "dim": ...}).
        label_names: of the classes, one each: labels may then be given by name.
        parts: further arguments of `VAE`.

    Example:
        >>> from vaezoo.models import CVAE
        >>> model = CVAE((8, 8, 1), 4, num_classes=10, seed=0)
        >>> model.generate(2, condition=[3, 7], seed=0).shape
        (2, 8, 8, 1)
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_classes: int = 10,
        label_names: Sequence[str] | None = None,
        **parts: Unpack[WithoutCondition],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            condition={"name": "labels", "num_classes": num_classes, "names": label_names},
            **parts,
        )
