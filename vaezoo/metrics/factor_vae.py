"""The FactorVAE score: which dimension stays constant when a factor does."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_seed, not_negative, positive
from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics.factors import check_factors, number_classes
from vaezoo.protocols import Array, ArrayLike


def factor_vae_score(
    latents: ArrayLike,
    factors: ArrayLike,
    seed: int = 0,
    num_train: int = 10_000,
    num_test: int = 5_000,
    batch: int = 64,
    least_scale: float = 0.05,
) -> float:
    """Accuracy of predicting the factor that a group shares from its least variable dimension.

    Kim & Mnih 2018, sec. 4, https://arxiv.org/abs/1802.05983. A group: a random
    factor, the value of a random row, `batch` rows of that value, with replacement. Its dimension
    is that of the least Var(group) / Var(all); a dimension votes for its most frequent factor.
    From about 1/F by chance to 1. A row that shares its value with no other is left out.

    Args:
        factors: two or more that vary.
        seed: of the groups.
        num_train: groups that vote.
        num_test: groups that the accuracy is measured on.
        batch: rows per group, 2 or more.
        least_scale: a dimension with a smaller standard deviation is left out, as collapsed to
            a prior of scale 1; with none left the score is 0.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # each dimension is one factor
        >>> factor_vae_score(factors, factors, num_train=100, num_test=100)
        1.0
    """
    latents, factors = check_factors(latents, factors, least=2)
    if positive("batch", batch) < 2:
        raise ConfigError("batch=1: one row has no variance; give an integer of 2 or more.")
    scales = latents.std(axis=0, ddof=1)
    active = (scales >= not_negative("least_scale", least_scale)) & (scales > 0)
    if not active.any():
        return 0.0
    scaled, rng = latents[:, active] / scales[active], np.random.default_rng(check_seed(seed))
    sizes = (positive("num_train", num_train), positive("num_test", num_test))
    train, test = (_votes(scaled, factors, size, batch, rng) for size in sizes)
    return float(test[train.argmax(axis=0), np.arange(scaled.shape[1])].sum() / num_test)


def _votes(latents: Array, factors: Array, num: int, batch: int, rng: np.random.Generator) -> Array:
    """How many of `num` groups shared factor f and varied least in dimension d, [F, D]."""
    num_factors = factors.shape[1]
    votes = np.zeros((num_factors, latents.shape[1]), int)
    for f, size in enumerate(rng.multinomial(num, np.full(num_factors, 1 / num_factors))):
        rows = _picks(factors[:, f], f, (size, batch), rng)
        variances = np.stack([column[rows].var(axis=1) for column in latents.T], axis=1)
        votes[f] = np.bincount(variances.argmin(axis=1), minlength=latents.shape[1])
    return votes


def _picks(factor: Array, f: int, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Rows, [groups, batch], of which those of a group share their value of the factor."""
    numbers, counts = number_classes(factor)
    order = np.argsort(numbers, kind="stable")
    order = order[counts[numbers[order]] > 1]  # variances of a row alone are all 0
    if not len(order):
        raise DataError(
            f"factors[:, {f}] has a different value in each of {len(factor)} rows: expected "
            "classes that rows share; give more rows, or fewer classes."
        )
    numbers = numbers[order]
    values = rng.choice(numbers, (shape[0], 1))
    first, end = np.searchsorted(numbers, values), np.searchsorted(numbers, values, side="right")
    return order[rng.integers(first, end, shape)]
