"""Predictors in closed form, against what they should find."""

from __future__ import annotations

import numpy as np
import pytest

from vaezoo.errors import DataError
from vaezoo.metrics.transitions import Transitions, copied_bits, last_frame, linear, linear_bits

stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")


def walk(rng: np.random.Generator, num: int = 400) -> Transitions:
    """z' = 0.8 z + action + N(0, 0.3^2)."""
    z, action = np.zeros((num, 6, 2)), rng.normal(size=(num, 6, 2))
    for t in range(5):
        z[:, t + 1] = 0.8 * z[:, t] + action[:, t] + 0.3 * rng.normal(size=(num, 2))
    return Transitions.of(z, action)


def test_a_linear_predictor_finds_a_linear_system(rng: np.random.Generator) -> None:
    train, test = walk(rng), walk(rng)
    true = stats.norm.logpdf(test.after, 0.8 * test.before + test.action, 0.3).sum(axis=1)
    assert linear(train, test).mean() == pytest.approx(true.mean(), abs=0.02)
    changes = train.after - train.before
    scale = np.sqrt((changes**2).mean(axis=0))
    expected = stats.norm.logpdf(test.after, test.before, scale).sum(axis=1)
    np.testing.assert_allclose(last_frame(train, test), expected)


def test_bits_that_flip(rng: np.random.Generator) -> None:
    x = np.zeros((2000, 2, 3, 2))
    x[:, 0] = rng.integers(0, 2, x[:, 0].shape)
    flips = rng.random(x[:, 0].shape) < [0.1, 0.4]  # by channel
    x[:, 1] = np.where(flips, 1 - x[:, 0], x[:, 0])
    steps = Transitions.of(x, np.zeros((2000, 2, 1)))
    entropy = 3 * (stats.bernoulli(0.1).entropy() + stats.bernoulli(0.4).entropy())
    assert -copied_bits(steps, steps, 2).mean() == pytest.approx(entropy, abs=0.03)
    assert -linear_bits(steps, steps).mean() == pytest.approx(entropy, abs=0.03)


def test_what_is_masked_is_no_step() -> None:
    z = np.arange(8.0).reshape(2, 4, 1)
    steps = Transitions.of(z, np.zeros((2, 4, 1)), np.array([[1, 1, 0, 0], [1, 1, 1, 0]]))
    assert steps.before[:, 0].tolist() == [0, 4, 5] and steps.after[:, 0].tolist() == [1, 5, 6]
    with pytest.raises(DataError, match="no step is followed"):
        Transitions.of(z, np.zeros((2, 4, 1)), np.eye(1, 4).repeat(2, 0))
    with pytest.raises(DataError, match=r"actions \[2, 4\]"):
        Transitions.of(z, np.zeros((2, 4)))
