"""Metrics against closed forms and direct sums."""

from __future__ import annotations

import numpy as np
import pytest

from vaezoo.metrics import (
    ImportanceWeights,
    active_units,
    corrected_mean,
    mean_and_standard_error,
)


def test_streamed_weights_equal_direct_sums(rng: np.random.Generator) -> None:
    log_w = rng.normal(-90, 3, (7, 50))
    weights = ImportanceWeights(7, 50)
    for part in np.split(log_w, [1, 20, 33], axis=1):
        weights.add(slice(0, 4), part[:4].T)
        weights.add(slice(4, 7), part[4:].T)
    w = np.exp(log_w + 90)
    np.testing.assert_allclose(weights.elbo(), log_w.mean(1))
    np.testing.assert_allclose(weights.log_likelihood(), np.log(w.mean(1)) - 90)
    np.testing.assert_allclose(weights.effective_sample_size(), w.sum(1) ** 2 / (w**2).sum(1))


def test_effective_sample_size_at_its_ends() -> None:
    equal, one = ImportanceWeights(1, 8), ImportanceWeights(1, 8)
    equal.add(slice(0, 1), np.zeros((8, 1)))
    one.add(slice(0, 1), np.array([[0.0]] + [[-1000.0]] * 7))
    assert equal.effective_sample_size() == pytest.approx([8])
    assert one.effective_sample_size() == pytest.approx([1])


def test_standard_error() -> None:
    figures = mean_and_standard_error(np.array([1.0, 2.0, 3.0, 6.0]))
    assert figures["mean"] == 3
    assert figures["standard_error"] == pytest.approx(np.sqrt(14 / 3 / 4))
    assert mean_and_standard_error(np.ones(1))["standard_error"] is None


def test_active_units(rng: np.random.Generator) -> None:
    means = rng.standard_normal((1000, 3)) * [1.0, 0.09, 0.11]  # variances 1, 0.0081, 0.0121
    assert active_units(means) == 2
    assert active_units(np.zeros((10, 4))) == 0


def test_corrected_mean(rng: np.random.Generator) -> None:
    """The mean of what would be known if all were: without bias, and as exact as it says."""
    errors, stated = [], []
    for _ in range(400):
        exact = rng.normal(-84, 25, 1000)
        rough = exact - rng.exponential(0.5, 1000)
        rows = np.arange(100) * 10
        figures = corrected_mean(rough, rows, exact[rows])
        errors.append(figures["mean"] + 84)
        stated.append(figures["standard_error"])
    spread = np.std(errors)
    assert abs(np.mean(errors)) < 4 * spread / np.sqrt(400)
    assert np.mean(stated) == pytest.approx(spread, rel=0.15)
    assert spread < 0.5 * 25 / np.sqrt(100)  # of the hundred by themselves
    assert corrected_mean(np.zeros(2), np.array([0]), np.ones(1))["standard_error"] is None
