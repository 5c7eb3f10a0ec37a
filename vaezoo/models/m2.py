"""The semi-supervised VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import M2Arguments
from vaezoo.models.semi_supervised import SemiSupervisedVAE
from vaezoo.objectives import SemiSupervised


@keras.saving.register_keras_serializable("vaezoo")
class M2(SemiSupervisedVAE):
    """A semi-supervised VAE: some examples have labels, and a classifier infers the others.

        labelled:    log p(x, y) >= bound(x, y) = E_q(z|x,y)[log p(x|y, z) p(y) p(z) / q(z|x, y)]
        unlabelled:  log p(x) >= sum_y q(y|x) (bound(x, y) - log q(y|x))
        loss = -bound - alpha log q(y|x) where y is known

    Kingma et al. 2014, eqs. 6, 7 and 9, https://arxiv.org/abs/1406.5298. Train with
    fit(x, labels), with -1 for a missing label.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_classes: number of labels.
        label_names: of the classes, one each: labels may then be given by name.
        alpha: weight of the classifier's loss. The paper: 0.1 times the number of examples per
            labelled example.
        parts: further arguments of `SemiSupervisedVAE`.

    Example:
        >>> from vaezoo.models import M2
        >>> model = M2((8, 8, 1), 4, num_classes=10, seed=0)
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
        alpha: float = 1.0,
        **parts: Unpack[M2Arguments],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective=SemiSupervised(alpha),
            condition={"name": "labels", "num_classes": num_classes, "names": label_names},
            **parts,
        )
