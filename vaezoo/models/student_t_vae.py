"""The VAE that is robust to outliers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import WithoutLikelihood
from vaezoo.models.vae import VAE


@keras.saving.register_keras_serializable("vaezoo")
class StudentTVAE(VAE):
    """A VAE of real values with a heavy-tailed likelihood, robust to outliers.

        p(x|z) = prod_i StudentT(x_i; df, mean_i(z), scale)

    Takahashi et al. 2018, sec. 3, https://www.ijcai.org/proceedings/2018/374.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        df: degrees of freedom; the fewer, the heavier the tails.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        df: float = 5.0,
        **parts: Unpack[WithoutLikelihood],
    ) -> None:
        super().__init__(
            data_shape, latent_dim, likelihood={"name": "student_t", "df": df}, **parts
        )
