"""Checks of latents and of the known factors of the data."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_array
from vaezoo.errors import DataError
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike


def check_factors(latents: ArrayLike, factors: ArrayLike, least: int = 1) -> tuple[Array, Array]:
    """The latents, and those of the factors that vary: `least` or more."""
    latents = check_rows(latents, "latents")
    if latents.shape[1] < 2:
        raise DataError(
            f"latents has shape {list(latents.shape)}: expected [N, D] with D of 2 or more, as the "
            "score compares dimensions."
        )
    factors = check_classes(factors, "factors", (len(latents), None))
    return latents, factors[:, varying(factors, "factors", least)]


def check_split(
    latents: ArrayLike,
    factors: ArrayLike,
    latents_test: ArrayLike,
    factors_test: ArrayLike,
    least: int = 1,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """As `check_factors`, for a training and a test split, which keep the same factors."""
    latents, train_factors = check_factors(latents, factors, least)
    latents_test = check_rows(latents_test, "latents_test", width=latents.shape[1])
    some = varying(np.asarray(factors), "factors")
    factors_test = check_classes(factors_test, "factors_test", (len(latents_test), len(some)))
    return (latents, train_factors), (latents_test, factors_test[:, some])


def check_classes(x: ArrayLike, what: str, shape: tuple[int | None, ...]) -> Array:
    """`x` as integers of a shape, where None is any size F.

    Raises:
        DataError: another shape, NaN, not whole, or below 0.
    """
    x = np.asarray(x)
    fits = x.ndim == len(shape) and all(n in (m, None) for n, m in zip(shape, x.shape, strict=True))
    if not fits or not x.size:
        expected = ", ".join("F" if n is None else str(n) for n in shape)
        raise DataError(
            f"{what} has shape {list(x.shape)}: expected [{expected}], one row for each of latents."
        )
    check_array(x, x.shape[1:], what=what)
    if x.min() < 0 or (x != np.floor(x)).any():
        raise DataError(
            f"{what} has values from {x.min():g} to {x.max():g}, not only classes: expected "
            "integers of 0 or more; number them with np.unique(x, return_inverse=True), and leave "
            "out rows without a class (-1)."
        )
    return x.astype(np.int64)


def varying(factors: Array, what: str, least: int = 1) -> Array:
    """Which factors have more than one class, bool [F]."""
    varying = (factors != factors[0]).any(axis=0)
    if varying.sum() < least:
        raise DataError(
            f"{what}: {varying.sum()} of {len(varying)} have more than one class, expected "
            f"{least} or more; give more rows, or factors that vary."
        )
    return varying


def number_classes(x: Array) -> tuple[Array, Array]:
    """Classes as 0, 1, 2…, and how often each occurs."""
    _, numbers, counts = np.unique(x, return_inverse=True, return_counts=True)
    return numbers, counts
