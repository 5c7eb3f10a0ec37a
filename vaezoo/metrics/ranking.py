"""How well scores tell two kinds of examples apart, whatever the threshold."""

from __future__ import annotations

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike


def auroc(scores: ArrayLike, odd: ArrayLike) -> float:
    """Area under the receiver operating characteristic: how often an odd example scores higher.

        P(s_odd > s_usual) + P(s_odd = s_usual) / 2

    Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747: the Mann-Whitney
    statistic. 1/2 by chance, 1 where every odd example scores above every usual one; it does not
    depend on how many of each there are.

    Args:
        scores: higher is odder, [N].
        odd: whether each example is, bool or 0 and 1, [N]; some are, and some are not.

    Example:
        >>> auroc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])  # of four pairs three are right, one is tied
        0.875
    """
    scores, odd = _checked(scores, odd)
    num = int(odd.sum())
    return float((ranks(scores)[odd].sum() - num * (num + 1) / 2) / (num * (len(odd) - num)))


def average_precision(scores: ArrayLike, odd: ArrayLike) -> float:
    """Precision at each threshold, weighted by the recall that it adds.

        sum_n (R_n - R_{n - 1}) P_n,    thresholds at the distinct scores, from the highest down

    Area under the precision-recall curve, without interpolation: Davis & Goadrich 2006,
    https://doi.org/10.1145/1143844.1143874, on why not. Examples of equal scores pass a threshold
    together. By chance it is the share of odd examples: compare only at equal shares.

    Args:
        scores: higher is odder, [N].
        odd: whether each example is, bool or 0 and 1, [N]; some are, and some are not.

    Example:
        >>> average_precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])  # 1/2 * 1 + 1/2 * 2/3
        0.8333333333333333
    """
    scores, odd = _checked(scores, odd)
    values, places = np.unique(-scores, return_inverse=True)
    found = np.bincount(places, odd, len(values))
    passed = np.cumsum(np.bincount(places, minlength=len(values)))
    return float((found * np.cumsum(found) / passed).sum() / odd.sum())


def ranks(x: Array) -> Array:
    """Places in ascending order from 1, [N]; equal values share the mean of theirs.

    Example:
        >>> ranks(np.array([30, 10, 10])).tolist()
        [3.0, 1.5, 1.5]
    """
    _, places, counts = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _checked(scores: ArrayLike, odd: ArrayLike) -> tuple[Array, Array]:
    scores, odd = np.asarray(scores), np.asarray(odd)
    if scores.ndim != 1 or scores.shape != odd.shape:
        raise DataError(
            f"scores have shape {list(scores.shape)} and odd {list(odd.shape)}: expected [N] each."
        )
    if np.isnan(scores).any():  # infinite ones have a rank
        raise DataError(f"scores are NaN, first in row {np.flatnonzero(np.isnan(scores))[0]}.")
    if not np.isin(odd, (0, 1)).all():
        raise DataError("odd has other values than 0 and 1: expected whether each example is odd.")
    if not 0 < odd.sum() < len(odd):
        raise DataError(
            f"odd is {bool(odd.any())} for all of {len(odd)} examples: expected some of each."
        )
    return scores.astype(np.float64), odd.astype(bool)
