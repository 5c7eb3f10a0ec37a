"""Codes and the known factors of the data, looked at on the way in."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._checks import check_array
from vaezoo.errors import DataError
from vaezoo.metrics.samples import check_rows


def checked(codes: Any, factors: Any, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and those of the factors that vary: `least` or more."""
    codes = check_rows(codes, "codes")
    if codes.shape[1] < 2:
        raise DataError(
            f"codes has shape {list(codes.shape)}: expected [N, D] with D of 2 or more, as the "
            "score compares dimensions."
        )
    factors = check_classes(factors, "factors", (len(codes), None))
    return codes, factors[:, varying(factors, "factors", least)]


def checked_split(
    codes: Any, factors: Any, codes_test: Any, factors_test: Any, least: int = 1
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    codes, kept = checked(codes, factors, least)
    codes_test = check_rows(codes_test, "codes_test", width=codes.shape[1])
    some = varying(np.asarray(factors), "factors")
    factors_test = check_classes(factors_test, "factors_test", (len(codes_test), len(some)))
    return (codes, kept), (codes_test, factors_test[:, some])


def check_classes(x: Any, what: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """`x` as integers of a shape, where None is any size F.

    Raises:
        DataError: another shape, NaN, not whole, or below 0.
    """
    x = np.asarray(x)
    fits = x.ndim == len(shape) and all(n in (m, None) for n, m in zip(shape, x.shape, strict=True))
    if not fits or not x.size:
        expected = ", ".join("F" if n is None else str(n) for n in shape)
        raise DataError(
            f"{what} has shape {list(x.shape)}: expected [{expected}], one row for each of codes."
        )
    check_array(x, x.shape[1:], what=what)
    if x.min() < 0 or (x != np.floor(x)).any():
        raise DataError(
            f"{what} has values from {x.min():g} to {x.max():g}, not classes all of them: expected "
            "integers of 0 or more; number them with np.unique(x, return_inverse=True), and leave "
            "out rows without a class (-1)."
        )
    return x.astype(np.int64)


def varying(factors: np.ndarray, what: str, least: int = 1) -> np.ndarray:
    """Which factors have more than one class, bool [F]."""
    varying = (factors != factors[0]).any(axis=0)
    if varying.sum() < least:
        raise DataError(
            f"{what}: {varying.sum()} of {len(varying)} have more than one class, expected "
            f"{least} or more; give more rows, or factors that vary."
        )
    return varying


def numbered(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes as 0, 1, 2…, and how often each occurs."""
    _, numbers, counts = np.unique(x, return_inverse=True, return_counts=True)
    return numbers, counts
