"""What a latent dimension says of a factor, by a histogram: information, its gap, modularity."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._checks import positive
from vaezoo.metrics.factors import check_classes, checked, numbered
from vaezoo.metrics.samples import check_rows


def mutual_informations(codes: Any, factors: Any, bins: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """I(z_d; v_f), [D, F], and H(v_f), [F], of the counts, in nats.

    Biased upwards, by about (bins - 1) (classes - 1) / 2N for independent ones: Miller 1955.

    Args:
        codes: [N, D], of any D.
        factors: [N, F]; a constant one has 0 of both.
        bins: of equal width, from the least to the greatest value of a dimension.
    """
    codes = check_rows(codes, "codes")
    factors = check_classes(factors, "factors", (len(codes), None))
    binned = [_binned(column, positive("bins", bins)) for column in codes.T]
    mi = np.array([[_mutual_information(z, v) for v in factors.T] for z in binned])
    return mi, np.array([_mutual_information(v, v) for v in factors.T])


def _binned(x: np.ndarray, bins: int) -> np.ndarray:
    # Not np.histogram, which refuses a range of a few units in the last place.
    return np.digitize(x, np.linspace(x.min(), x.max(), bins + 1)[1:-1])


def _mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    (a, a_counts), (b, b_counts) = (numbered(x) for x in (a, b))
    pairs = a * len(b_counts) + b
    counts = np.bincount(pairs, minlength=len(a_counts) * len(b_counts)).reshape(len(a_counts), -1)
    some = counts > 0
    # Counts, not shares: those of a constant cancel exactly.
    ratios = counts[some] * float(len(a)) / np.outer(a_counts, b_counts)[some]
    return float(counts[some] @ np.log(ratios)) / len(a)


def mig(codes: Any, factors: Any, bins: int = 20) -> float:
    """Mutual information gap: 0 to 1.

        mean over f of   1/H(v_f) (max_d I(z_d; v_f) - second greatest of them)

    Chen et al. 2018, eq. 6, https://arxiv.org/abs/1802.04942, with the information in a
    histogram of the means, where the paper integrates over q(z|x).
    """
    codes, factors = checked(codes, factors)
    mi, entropies = mutual_informations(codes, factors, bins)
    return float((gaps(mi) / entropies).mean())


def gaps(scores: np.ndarray) -> np.ndarray:
    second, first = np.sort(scores, axis=0)[-2:]
    return first - second


def modularity(codes: Any, factors: Any, bins: int = 20) -> float:
    """How far each dimension informs of one factor alone: 0 to 1.

        mean over d of   1 - sum_{f != g} I(z_d; v_f)^2 / ((F - 1) I(z_d; v_g)^2),
        g the factor that d informs of most

    Ridgeway & Mozer 2018, sec. 3, https://arxiv.org/abs/1802.05312. A dimension without any
    information counts as 0; one of noise informs a little, by chance, and counts as that falls.

    Args:
        factors: two or more that vary.
    """
    codes, factors = checked(codes, factors, least=2)
    squares = mutual_informations(codes, factors, bins)[0] ** 2
    greatest = squares.max(axis=1)
    rest = (squares.sum(axis=1) - greatest) / (squares.shape[1] - 1)
    rest = np.divide(rest, greatest, out=np.ones_like(rest), where=greatest > 0)
    return float(1 - rest.mean())
