"""Above which score an example is called odd."""

from __future__ import annotations

import math

import numpy as np

from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import ArrayLike


def threshold(scores: ArrayLike, false_positives: float = 0.01) -> float:
    """The score above which a usual example lies with a probability of at most `false_positives`.

    The ceil((M + 1) (1 - f))-th smallest of M scores: for a new example that is exchangeable with
    these the probability is at most f, on average over such sets of scores, whatever their
    distribution. Split conformal prediction: Vovk et al. 2005; for outliers Bates et al. 2023,
    https://arxiv.org/abs/2104.08279.

    Args:
        scores: of usual examples that the model was not trained on, such as validation data, [M].
        false_positives: f, above 0 and below 1; M is at least 1 / f - 1.

    Example:
        >>> threshold(range(1, 100), false_positives=0.05)
        95.0

    Raises:
        ConfigError: `false_positives` is out of its range.
        DataError: too few scores for it, or not numbers [M].
    """
    values = np.sort(np.asarray(scores, np.float64))
    if not isinstance(false_positives, (int, float)) or not 0 < false_positives < 1:
        raise ConfigError(f"false_positives={false_positives!r}: give a number between 0 and 1.")
    if values.ndim != 1 or np.isnan(values).any():
        raise DataError(f"scores have shape {list(values.shape)}: expected numbers, [M].")
    # 1e-9: (99 + 1) (1 - 0.01) is 99 and not a rounding error above it
    rank = math.ceil((len(values) + 1) * (1 - false_positives) - 1e-9)
    if rank > len(values):
        least = math.ceil(1 / false_positives - 1 - 1e-9)
        raise DataError(
            f"{len(values)} scores of usual examples decide no threshold for {false_positives:.3%} "
            f"false positives: give {least} or more, or allow more of them."
        )
    return float(values[rank - 1])
