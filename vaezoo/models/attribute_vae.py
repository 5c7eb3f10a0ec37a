"""The attribute-regularised VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutObjectiveAndCondition
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class AttributeVAE(VAE):
    """A VAE with one latent dimension for each attribute of the data, in the attribute's order.

        loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z)) + gamma sum_a L_a,
        L_a  = mean over pairs i, j of |tanh(delta (z_ia - z_ja)) - sgn(y_ia - y_ja)|

    Pati & Lerch 2021, https://arxiv.org/abs/2004.05485. Train with fit(x, attributes);
    NaN is an unknown attribute. Encoder and decoder do not see the attributes: afterwards it is
    used without them, and dimension a of z is where attribute a is changed.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        num_attributes: A, at most D.
        attribute_names: of the attributes, one each, if they have any.
        beta: weight of the KL term.
        gamma: weight of the attributes. The authors' program: 10.
        delta: how far apart codes are told apart. The authors' program: 1.
        parts: further arguments of `VAE`.

    Example:
        >>> from vaezoo.models import AttributeVAE
        >>> model = AttributeVAE((8, 8, 1), 4, num_attributes=2, attribute_names=["width", "slant"])
        >>> model.objective.target.names
        ('width', 'slant')
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        num_attributes: int = 1,
        attribute_names: Sequence[str] | None = None,
        beta: float = 1.0,
        gamma: float = 10.0,
        delta: float = 1.0,
        **parts: Unpack[WithoutObjectiveAndCondition],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            objective={
                "name": "attribute_regularised",
                "num_attributes": num_attributes,
                "names": attribute_names,
                "beta": beta,
                "gamma": gamma,
                "delta": delta,
            },
            **parts,
        )
