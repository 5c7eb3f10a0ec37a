"""Principal component analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import PCAArguments
from vaezoo.models.autoencoder import SQUARED_ERROR
from vaezoo.models.principal_components import PrincipalComponents
from vaezoo.objectives import Regularised


@keras.saving.register_keras_serializable("vaezoo")
class PCA(PrincipalComponents):
    """Principal component analysis: the best linear autoencoder in squared error, in closed form.

        z = L^-1/2 U' (x - mu)     x ~ U L^1/2 z + mu

    Pearson 1901, https://doi.org/10.1080/14786440109462720. U are the first D eigenvectors of the
    data's covariance, L their eigenvalues: latents have unit variance, and are ordered by the
    variance that they explain.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        parts: further arguments of `PrincipalComponents`.

    Example:
        >>> import numpy as np
        >>> from vaezoo.models import PCA
        >>> x = np.random.default_rng(0).normal(size=(100, 5)).astype("float32")
        >>> model = PCA((5,), 2)
        >>> model.adapt(x)  # as model.fit(x) does
        >>> model.encode_mean(x).shape
        (100, 2)
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        **parts: Unpack[PCAArguments],
    ) -> None:
        super().__init__(
            data_shape,
            latent_dim,
            posterior="deterministic",
            likelihood=SQUARED_ERROR,
            objective=Regularised(0.0),
            **parts,
        )
