"""How latent dimensions follow attributes that are numbers: one dimension for each is the aim."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_array, check_seed
from vaezoo.errors import DataError, need
from vaezoo.metrics.information import gaps
from vaezoo.metrics.ranking import ranks
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike

_NEIGHBOURS = 3  # of the estimate of mutual information
_LEAST = 10  # rows


def attribute_control(
    latents: ArrayLike, attributes: ArrayLike, seed: int = 0
) -> dict[str, float | list[float] | list[int]]:
    """How well single dimensions tell attributes: all scores of Pati & Lerch 2021.

    https://arxiv.org/abs/2004.05485; each is a mean over the attributes, 0 to 1, higher is better:

        interpretability   R^2 of a line from the dimension that informs most about the attribute
        spearman           highest |rank correlation| with a dimension
        sap                R^2 of the best dimension less that of the second
        mig                I(z_d; y) of the best dimension less that of the second, over I(y; y)

    I is the mutual information as estimated from nearest neighbours (Kraskov et al. 2004), which
    I(y; y) makes a number for continuous y too. Attributes that depend on each other keep sap and
    mig below 1, whatever the codes. Rank correlations count as they are, where the authors' program
    sets those to 0 that chance gives in one of twenty cases. Needs scikit-learn; half a minute for
    10,000 rows, 16 dimensions and 6 attributes.

    Args:
        latents: posterior means, [N, D], D of 2 or more, N of 10 or more.
        attributes: numbers, [N, A]; rows with a NaN are left out.
        seed: of the small noise by which equal values are told apart in I.

    Returns:
        The means; and by attribute dimension, the one that informs most, [A], interpretability_each
        and spearman_each, [A].

    Raises:
        DataError: other shapes, or an attribute of one value only.

    Example:
        >>> import numpy as np
        >>> y = np.random.default_rng(0).random((200, 2))
        >>> scores = attribute_control(-y, y)
        >>> round(scores["interpretability"], 6), round(scores["spearman"], 6)
        (1.0, 1.0)
        >>> scores["dimension"]
        [0, 1]
    """
    latents, attributes = _checked(latents, attributes)
    seed = check_seed(seed)
    information = _informations(latents, attributes, seed)
    own = np.array([_informations(y[:, None], y[:, None], seed)[0, 0] for y in attributes.T])
    squares, rank = linear_fits(latents, attributes), np.abs(spearman(latents, attributes))
    best = information.argmax(axis=0)
    fits = squares[best, np.arange(len(best))]
    return {
        "interpretability": float(fits.mean()),
        "spearman": float(rank.max(axis=0).mean()),
        "sap": float(gaps(squares).mean()),
        "mig": float((gaps(information) / own).mean()),
        "dimension": best.tolist(),
        "interpretability_each": fits.tolist(),
        "spearman_each": rank.max(axis=0).tolist(),
    }


def spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Rank correlation of each column of a with each of b, [N, D] and [N, A] -> [D, A].

    Spearman 1904, https://doi.org/10.2307/1412159; equal values share the mean of their ranks. 0
    where a column has one value only.

    Example:
        >>> import numpy as np
        >>> spearman([[1.0], [2.0], [3.0]], [[1.0, 9.0], [10.0, 4.0], [100.0, 1.0]]).tolist()
        [[1.0, -1.0]]
    """
    a = check_rows(a, "a", least=2)
    b = check_rows(b, "b", least=2)
    if len(a) != len(b):
        raise DataError(f"a has {len(a)} rows and b {len(b)}: expected as many.")
    return _correlations(*(np.stack([ranks(column) for column in x.T], axis=1) for x in (a, b)))


def linear_fits(latents: Array, attributes: Array) -> Array:
    """R^2 of a line from each dimension to each attribute, [D, A]."""
    return _correlations(latents, attributes) ** 2


def _correlations(a: Array, b: Array) -> Array:
    a, b = (x - x.mean(axis=0) for x in (a, b))
    scales = np.sqrt(np.outer((a**2).sum(axis=0), (b**2).sum(axis=0)))
    return np.divide(a.T @ b, scales, out=np.zeros(scales.shape), where=scales > 0)


def _informations(latents: Array, attributes: Array, seed: int) -> Array:
    """I(z_d; y_a) in nats, [D, A]."""
    need("train", "sklearn", "the mutual information of attributes")
    from sklearn.feature_selection import mutual_info_regression

    options = {"n_neighbors": _NEIGHBOURS, "random_state": seed}
    columns = [mutual_info_regression(latents, y, **options) for y in attributes.T]
    return np.stack(columns, axis=1)


def _checked(latents: ArrayLike, attributes: ArrayLike) -> tuple[Array, Array]:
    """Both as float64, of the rows in which all attributes are known."""
    latents = check_rows(latents, "latents", least=_LEAST)
    if latents.shape[1] < 2:
        raise DataError(
            f"latents has shape {list(latents.shape)}: expected [N, D] with D of 2 or more, as "
            "scores compare dimensions."
        )
    numbers = np.asarray(attributes, np.float64)
    if numbers.ndim != 2 or len(numbers) != len(latents):
        raise DataError(
            f"attributes has shape {list(numbers.shape)}: expected [{len(latents)}, A], one row "
            "for each of latents."
        )
    known = ~np.isnan(numbers).any(axis=1)
    if known.sum() < _LEAST:
        raise DataError(f"{known.sum()} rows have all attributes: expected {_LEAST} or more.")
    numbers = numbers[known]
    check_array(numbers, numbers.shape[1:], what="attributes")
    constant = np.flatnonzero(np.ptp(numbers, axis=0) == 0)
    if len(constant):
        raise DataError(f"attribute {constant[0]} has one value only: leave it out.")
    return latents[known].astype(np.float64), numbers
