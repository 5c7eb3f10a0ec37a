"""Mutual information of latent dimensions and factors, by histograms: its gap, modularity."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import positive
from vaezoo.metrics.factors import check_classes, check_factors, number_classes
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike


def mutual_informations(
    latents: ArrayLike, factors: ArrayLike, bins: int = 20
) -> tuple[Array, Array]:
    """I(z_d; v_f), [D, F], and H(v_f), [F], of the counts, in nats.

    Biased upwards, by about (bins - 1) (classes - 1) / 2N for independent ones: Miller 1955.

    Args:
        latents: [N, D], of any D.
        factors: [N, F]; a constant one has 0 of both.
        bins: of equal width, from the lowest to the highest value of a dimension.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # each dimension is one factor
        >>> information, entropies = mutual_informations(factors, factors)
        >>> np.allclose(entropies, np.log([4, 5]))
        True
        >>> np.allclose(information, np.diag(entropies))
        True
    """
    latents = check_rows(latents, "latents")
    factors = check_classes(factors, "factors", (len(latents), None))
    binned = [_binned(column, positive("bins", bins)) for column in latents.T]
    mi = np.array([[_mutual_information(z, v) for v in factors.T] for z in binned])
    return mi, np.array([_mutual_information(v, v) for v in factors.T])


def _binned(x: Array, bins: int) -> Array:
    # Not np.histogram, which refuses a range of a few units in the last place.
    return np.digitize(x, np.linspace(x.min(), x.max(), bins + 1)[1:-1])


def _mutual_information(a: Array, b: Array) -> float:
    (a, a_counts), (b, b_counts) = (number_classes(x) for x in (a, b))
    pairs = a * len(b_counts) + b
    counts = np.bincount(pairs, minlength=len(a_counts) * len(b_counts)).reshape(len(a_counts), -1)
    some = counts > 0
    # Counts, not fractions: those of a constant cancel exactly.
    ratios = counts[some] * float(len(a)) / np.outer(a_counts, b_counts)[some]
    return float(counts[some] @ np.log(ratios)) / len(a)


def mig(latents: ArrayLike, factors: ArrayLike, bins: int = 20) -> float:
    """Mutual information gap: 0 to 1.

        mean over f of   1/H(v_f) (max_d I(z_d; v_f) - the second highest)

    Chen et al. 2018, eq. 6, https://arxiv.org/abs/1802.04942, with the information in a
    histogram of the means, where the paper integrates over q(z|x).

    Example:
        >>> import numpy as np
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # each dimension is one factor
        >>> round(mig(factors, factors), 6)
        1.0
    """
    latents, factors = check_factors(latents, factors)
    mi, entropies = mutual_informations(latents, factors, bins)
    return float((gaps(mi) / entropies).mean())


def gaps(scores: Array) -> Array:
    """Differences of the two highest scores in each column."""
    second, first = np.sort(scores, axis=0)[-2:]
    return first - second


def modularity(latents: ArrayLike, factors: ArrayLike, bins: int = 20) -> float:
    """How exclusively each dimension informs about one factor: 0 to 1.

        mean over d of   1 - sum_{f != g} I(z_d; v_f)^2 / ((F - 1) I(z_d; v_g)^2),
        g the factor that d informs about most

    Ridgeway & Mozer 2018, sec. 3, https://arxiv.org/abs/1802.05312. A dimension without
    information counts as 0; a dimension of noise has a little, by chance, and counts as it falls.

    Args:
        factors: two or more that vary.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # each dimension is one factor
        >>> round(modularity(factors, factors), 6)
        1.0
    """
    latents, factors = check_factors(latents, factors, least=2)
    squares = mutual_informations(latents, factors, bins)[0] ** 2
    greatest = squares.max(axis=1)
    rest = (squares.sum(axis=1) - greatest) / (squares.shape[1] - 1)
    rest = np.divide(rest, greatest, out=np.ones_like(rest), where=greatest > 0)
    return float(1 - rest.mean())
