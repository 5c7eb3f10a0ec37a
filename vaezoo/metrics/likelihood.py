"""Estimates of likelihoods, and their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.protocols import Array, ArrayLike


def mean_and_standard_error(values: ArrayLike) -> dict[str, Any]:
    """Mean of independent values, and its standard error: std / sqrt(N), ddof 1.

    Args:
        values: one number per example, [N]. One example has no standard error: None.

    Example:
        >>> mean_and_standard_error([1.0, 3.0])
        {'mean': 2.0, 'standard_error': 1.0}
    """
    values = np.asarray(values, np.float64)
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return {"mean": float(values.mean()), "standard_error": error}


def corrected_mean(rough: ArrayLike, rows: ArrayLike, exact: ArrayLike) -> dict[str, Any]:
    """Mean of values estimated roughly for all and exactly for some, and its standard error.

        mean(rough) + mean(exact - rough[rows])

    The difference estimator: Cochran 1977, "Sampling Techniques", sec. 7.1 and 12.2. The
    examples differ much, and the exact values from the rough ones little, so that the rough
    values carry most of the information about the missing exact ones.

    Args:
        rough: [N], such as log-likelihoods by few importance samples.
        rows: which of them have an exact value, [n].
        exact: [n], such as by many samples.

    Example:
        >>> corrected_mean([1.0, 2.0, 3.0], rows=[0, 2], exact=[1.5, 3.5])["mean"]
        2.5
    """
    every = mean_and_standard_error(rough)
    gain = mean_and_standard_error(
        np.asarray(exact, np.float64) - np.asarray(rough)[np.asarray(rows)]
    )
    errors = [figure["standard_error"] for figure in (every, gain)]
    return {
        "mean": every["mean"] + gain["mean"],
        "standard_error": None if None in errors else math.hypot(*errors),
    }


def bits_per_dimension(log_likelihood: ArrayLike, data_shape: Sequence[int]) -> Array:
    """-log p(x) / (D log 2): bits per value of an example.

    Meaningful for a mass function, such as one over 8-bit values; not for a density.

    Args:
        log_likelihood: nats per example.
        data_shape: shape of one example, of D values.

    Example:
        >>> import math
        >>> bits_per_dimension(-6 * math.log(2), (2, 3)).tolist()
        1.0
    """
    return -np.asarray(log_likelihood, np.float64) / (math.prod(data_shape) * math.log(2))


class ImportanceWeights:
    """Importance weights w_k = p(x, z_k) / q(z_k|x), summed as they arrive.

    Memory does not grow with K.

    Args:
        num_examples: N.
        num_samples: K, how many weights will be added for each example.

    Example:
        >>> import numpy as np
        >>> weights = ImportanceWeights(num_examples=1, num_samples=2)
        >>> weights.add(slice(0, 1), np.log([[1.0], [3.0]]))
        >>> np.exp(weights.log_likelihood()).round(6).tolist()
        [2.0]
        >>> weights.effective_sample_size().round(6).tolist()
        [1.6]
    """

    def __init__(self, num_examples: int, num_samples: int) -> None:
        self.num_samples = num_samples
        self._sum_log = np.zeros(num_examples)
        self._log_sum = np.full(num_examples, -np.inf)
        self._log_sum_squares = np.full(num_examples, -np.inf)

    def add(self, rows: slice, log_weights: Array) -> None:
        """Adds some of the log-weights, [k, n], of the n examples in `rows`."""
        log_weights = log_weights.astype(np.float64)
        self._sum_log[rows] += log_weights.sum(axis=0)
        for total, power in ((self._log_sum, 1), (self._log_sum_squares, 2)):
            part = np.logaddexp.reduce(power * log_weights, axis=0)
            total[rows] = np.logaddexp(total[rows], part)

    def elbo(self) -> Array:
        """1/K sum_k log w_k, nats, [N]: an unbiased estimate of the evidence lower bound."""
        return self._sum_log / self.num_samples

    def log_likelihood(self) -> Array:
        """log 1/K sum_k w_k, nats, [N].

        Burda et al. 2016, eq. 8, https://arxiv.org/abs/1509.00519: in expectation a lower
        bound of log p(x) that grows with K.
        """
        return self._log_sum - np.log(self.num_samples)

    def effective_sample_size(self) -> Array:
        """(sum w)^2 / sum w^2: 1 to K, [N]. Kong 1992."""
        return np.exp(2 * self._log_sum - self._log_sum_squares)
