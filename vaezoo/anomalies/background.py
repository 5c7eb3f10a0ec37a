"""A background for likelihood ratios that needs no second model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaezoo._checks import check_array
from vaezoo.errors import DataError
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike
from vaezoo.runtime.discrete import Bernoulli
from vaezoo.runtime.families import Normal, ParametricDistribution


@dataclass(frozen=True)
class IndependentPixels:
    """p(x) = prod_i p(x_i): how bright each pixel usually is, and nothing of how they go together.

    Attributes:
        mean: of each value, [1, *data_shape].
        scale: standard deviation of each; None for bits, or levels as their probabilities.

    Example:
        >>> import numpy as np
        >>> from vaezoo.anomalies import IndependentPixels
        >>> background = IndependentPixels.fit([[0, 1], [1, 1], [1, 0]], binary=True)
        >>> np.exp(background.log_likelihood([[1, 1]])).round(2).tolist()  # (2 + 1) / (3 + 2) each
        [0.36]
    """

    mean: Array
    scale: Array | None = None

    @classmethod
    def fit(cls, x: ArrayLike, *, binary: bool) -> IndependentPixels:
        """The most likely one for examples [N, *data_shape], with a prior of two examples.

        Args:
            x: usual examples.
            binary: whether values are bits, or probabilities of them, as under a Bernoulli
                likelihood; else they are normal.

        Raises:
            DataError: not an array of finite numbers, or, if `binary`, out of 0…1.
        """
        x = np.asarray(x)
        x = check_array(x, x.shape[1:], value_range=(0, 1) if binary else None).astype(np.float64)
        num = len(x)
        if binary:  # Laplace's rule of succession
            return cls((x.sum(axis=0, keepdims=True) + 1) / (num + 2))
        variance = x.var(axis=0, keepdims=True)
        pooled = variance.mean()
        if not pooled:
            raise DataError("x is constant: expected examples that differ.")
        return cls(x.mean(axis=0, keepdims=True), np.sqrt((num * variance + pooled) / (num + 1)))

    def log_likelihood(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """log p(x), nats per example, [N]; exact, so that x alone matters.

        Raises:
            DataError: x is not of the shape of the examples.
        """
        x = check_array(x, self.mean.shape[1:])
        return self._distribution(len(x)).log_prob(x)

    def _distribution(self, num: int) -> ParametricDistribution:
        parameters = {"mean": self.mean, **({} if self.scale is None else {"scale": self.scale})}
        repeated = {name: np.broadcast_to(v, (num, *v.shape[1:])) for name, v in parameters.items()}
        return Bernoulli(repeated) if self.scale is None else Normal(repeated)
