"""Areas under curves, by hand, by closed forms, and by the definition, pair by pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import DataError
from vaezoo.metrics import auroc, average_precision

RNG = np.random.default_rng(0)


def test_by_hand() -> None:
    scores, odd = [5, 4, 3, 2, 1], [1, 0, 1, 0, 0]
    assert auroc(scores, odd) == 5 / 6  # the second odd one is below one of three
    assert average_precision(scores, odd) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)
    tied = [5, 5, 3, 3, 1]
    assert auroc(tied, odd) == (2.5 + 1.5) / 6
    assert average_precision(tied, odd) == pytest.approx(1 / 2 * 1 / 2 + 1 / 2 * 2 / 4)


def test_ends() -> None:
    odd = np.repeat([False, True], [7, 3])
    assert auroc(odd, odd) == average_precision(odd, odd) == 1
    assert auroc(~odd, odd) == 0
    assert auroc(np.zeros(10), odd) == 0.5
    assert average_precision(np.zeros(10), odd) == 0.3  # the share: one threshold passes all
    assert auroc([-np.inf, np.inf], [0, 1]) == 1


def test_of_pairs_and_of_thresholds() -> None:
    """Small whole numbers, so that many are tied."""
    scores, odd = RNG.integers(0, 6, 200), RNG.random(200) < 0.3
    pairs = scores[odd][:, None] - scores[~odd]
    assert auroc(scores, odd) == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
    expected, recall = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        passed = scores >= threshold
        here = odd[passed].sum() / odd.sum()
        expected += (here - recall) * odd[passed].mean()
        recall = here
    assert average_precision(scores, odd) == pytest.approx(expected)


def test_of_two_normals() -> None:
    """AUROC = Phi(d / sqrt 2), within 5 standard errors of 4,000 of each."""
    d, num = 1.2, 4000
    scores = np.concatenate([RNG.normal(0, 1, num), RNG.normal(d, 1, num)])
    exact = (1 + math.erf(d / 2)) / 2
    error = math.sqrt(exact * (1 - exact) / num)  # at most: Hanley & McNeil 1982, eq. 1
    assert abs(auroc(scores, np.repeat([0, 1], num)) - exact) < 5 * error


def test_average_precision_of_triangles() -> None:
    """Usual scores with density 2 (1 - s), odd ones 2 s: of threshold s the recall is 1 - s^2, the
    precision (1 + s) / 2, so that AP is the integral of (1 + s) s."""
    num = 20_000
    usual, odd = 1 - np.sqrt(RNG.random(num)), np.sqrt(RNG.random(num))
    scores, labels = np.concatenate([usual, odd]), np.repeat([0, 1], num)
    assert average_precision(scores, labels) == pytest.approx(1 / 2 + 1 / 3, abs=0.01)


@pytest.mark.parametrize(
    ("scores", "odd", "message"),
    [
        ([1.0, 2.0], [0, 1, 1], r"shape \[2\] and odd \[3\]"),
        ([1.0, math.nan], [0, 1], "NaN, first in row 1"),
        ([1.0, 2.0], [0, 2], "other values than 0 and 1"),
        ([1.0, 2.0], [1, 1], "odd is True for all of 2 examples"),
        ([1.0, 2.0], [False, False], "odd is False for all of 2 examples"),
    ],
)
def test_wrong_arguments(scores: Any, odd: Any, message: str) -> None:
    for metric in (auroc, average_precision):
        with pytest.raises(DataError, match=message):
            metric(scores, odd)
