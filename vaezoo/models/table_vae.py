"""The VAE of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class TableVAE(VAE):
    """A VAE of tables: numbers, counts, dates, labels, and what is missing of them.

        p(x|z) = prod_i p_i(x_i|z)  over the cells i that are there;  q(z|x) sees 0 in gaps

    Nazabal et al. 2020, eq. 1 to 5, https://arxiv.org/abs/1807.03653, with a mixture for each
    number and without their mixture prior, which is `prior="vamp"` or another here.

    Args:
        data_shape: (schema.width,), of rows that `vaezoo.tables.Schema.encode` gives.
        latent_dim: D, the size of z.
        schema: what `Schema.to_dict` gives; None: all values are real numbers.
        num_components: of the mixture of each number.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        schema: Mapping[str, Any] | None = None,
        num_components: int = 5,
        **parts: Unpack[WithoutLikelihood],
    ) -> None:
        likelihood = {"name": "table", "schema": schema, "num_components": num_components}
        super().__init__(data_shape, latent_dim, likelihood=likelihood, **parts)
