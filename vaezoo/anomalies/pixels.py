"""Which pixels of an example are odd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaezoo.protocols import Array, ArrayLike, GenerativeModel

_FLOOR = 0.05  # of the mean squared error: pixels that never change have an error of about 0


@dataclass(frozen=True)
class PixelErrors:
    """Errors of reconstructions at each pixel, in units of those of usual examples.

        |x_i - E[x_i|z]| / sqrt(mean over usual examples of (x_i - E[x_i|z])^2),    z = E[z|x]

    A 20th of the mean squared error of all pixels is added under the root: pixels that are always
    black are reconstructed almost exactly.

    Attributes:
        model: needs no density.
        usual: root mean squared error of each value, [1, *data_shape].

    Example:
        >>> import vaezoo
        >>> from vaezoo.anomalies import PixelErrors
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(50, seed=0).round()
        >>> errors = PixelErrors.fit(model, x)
        >>> odd = x[:1].copy()
        >>> odd[0, 0, 0] = 1  # a corner that is always dark
        >>> int(errors(odd).argmax())
        0
    """

    model: GenerativeModel
    usual: Array

    @classmethod
    def fit(
        cls, model: GenerativeModel, x: ArrayLike, condition: ArrayLike | None = None
    ) -> PixelErrors:
        """From usual examples, [M, *data_shape], that were not trained on, and their conditions."""
        copies = model.reconstruct(x, condition=condition)
        squares = ((np.asarray(x, np.float64) - copies) ** 2).mean(axis=0, keepdims=True)
        return cls(model, np.sqrt(squares + max(_FLOOR * squares.mean(), 1e-12)))

    def __call__(self, x: ArrayLike, condition: ArrayLike | None = None) -> Array:
        """The errors of examples [N, *data_shape], of the same shape: about 1 where all is usual.

        Raises:
            DataError: x is not as the model takes it.
        """
        copies = self.model.reconstruct(x, condition=condition)
        return np.abs(np.asarray(x, np.float64) - copies) / self.usual
