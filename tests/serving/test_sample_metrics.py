"""Sample quality against closed forms, expectations, brute force and SciPy."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics import (
    class_histogram,
    confident_share,
    density_coverage,
    frechet_distance,
    memorisation_ratio,
    precision_recall,
    samples,
)


def with_moments(x: np.ndarray, mean: Any, covariance: np.ndarray) -> np.ndarray:
    """`x` moved and turned to have exactly these sample moments (ddof 1)."""
    x = x - x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    return mean + x @ np.linalg.cholesky(covariance).T


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a[:, None] - b[None], axis=2)


def test_frechet_distance_of_diagonal_normals(rng: np.random.Generator) -> None:
    mean, a, b = rng.normal(size=4), rng.uniform(0.1, 3, 4), rng.uniform(0.1, 3, 4)
    x = with_moments(rng.normal(size=(50, 4)), 0, np.diag(a**2))
    y = with_moments(rng.normal(size=(70, 4)), mean, np.diag(b**2))
    assert frechet_distance(x, y) == pytest.approx((mean**2).sum() + ((a - b) ** 2).sum())
    assert frechet_distance(x[:, :1], y[:, :1]) == pytest.approx(mean[0] ** 2 + (a[0] - b[0]) ** 2)


def test_frechet_distance_of_commuting_covariances(rng: np.random.Generator) -> None:
    turn = np.linalg.qr(rng.normal(size=(5, 5))).Q
    a, b = rng.uniform(0.1, 3, 5), np.array([0.0, 1e-9, 0.5, 1, 2])  # one all but singular
    x = with_moments(rng.normal(size=(50, 5)), 1, turn * a**2 @ turn.T)
    y = 1 + with_moments(rng.normal(size=(50, 5)), 0, np.eye(5)) * b @ turn.T
    assert frechet_distance(x, y) == pytest.approx(((a - b) ** 2).sum())


def test_frechet_distance_is_near_0_for_one_distribution(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(2, 20_000, 8)).astype(np.float32)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-12)
    # Biased: F/N of each mean, and about F(F + 1)/4N of the covariances.
    assert 0 < frechet_distance(x, y) < 4 * (2 * 8 + 8 * 9 / 2) / 20_000


def test_frechet_distance_equals_scipy(rng: np.random.Generator) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    x = rng.normal(size=(300, 20)) @ rng.normal(size=(20, 20))
    y = rng.normal(size=(200, 20)) @ rng.normal(size=(20, 20)) + 3
    s, t = np.cov(x.T), np.cov(y.T)
    means = ((x.mean(0) - y.mean(0)) ** 2).sum()
    expected = means + np.trace(s + t - 2 * linalg.sqrtm(s @ t).real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("chunk", [1, 1000, 2**21])
def test_balls_equal_brute_force(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(samples, "_CHUNK", chunk)
    real, fake = rng.normal(size=(60, 3)), 0.3 + 1.2 * rng.normal(size=(45, 3))
    radii = {
        (what, k): np.sort(distances(x, x), axis=1)[:, k]
        for what, x in (("real", real), ("fake", fake))
        for k in (1, 3, 5)
    }
    between = distances(real, fake)
    for k in (1, 3, 5):
        in_real, in_fake = between <= radii["real", k][:, None], between <= radii["fake", k]
        assert precision_recall(real, fake, k) == pytest.approx(
            {"precision": in_real.any(axis=0).mean(), "recall": in_fake.any(axis=1).mean()}
        )
        assert density_coverage(real, fake, k) == pytest.approx(
            {"density": in_real.sum() / (k * 45), "coverage": in_real.any(axis=1).mean()}
        )


def test_equal_and_disjoint_sets(rng: np.random.Generator) -> None:
    x = rng.normal(size=(200, 4)).astype(np.float32)
    assert precision_recall(x, x) == {"precision": 1, "recall": 1}
    assert density_coverage(x, x)["coverage"] == 1
    assert precision_recall(x, x + 1000) == {"precision": 0, "recall": 0}
    assert density_coverage(x, x + 1000) == {"density": 0, "coverage": 0}


@pytest.mark.parametrize("offset", [0, 1e4])
def test_repeated_rows_lie_in_balls_of_radius_0(rng: np.random.Generator, offset: float) -> None:
    real = offset + np.repeat(rng.normal(size=(10, 5)), 8, axis=0)  # radii 0
    assert precision_recall(real, real[::8].repeat(4, axis=0)) == {"precision": 1, "recall": 1}
    assert density_coverage(real, real[::8]) == {"density": 8 / 5, "coverage": 1}


def test_dropped_modes_cost_recall_and_coverage_alone(rng: np.random.Generator) -> None:
    def draw(num_modes: int) -> np.ndarray:
        return 50 * rng.integers(num_modes, size=(800, 1)) + rng.normal(size=(800, 2))

    real, all_modes, half = draw(4), draw(4), draw(2)
    few, every = precision_recall(real, half), precision_recall(real, all_modes)
    assert few["precision"] > 0.9 and every["precision"] > 0.9 and every["recall"] > 0.9
    assert few["recall"] == pytest.approx(0.5, abs=0.06)
    few, every = density_coverage(real, half), density_coverage(real, all_modes)
    assert few["density"] == pytest.approx(1, abs=0.1) and every["coverage"] > 0.9
    assert few["coverage"] == pytest.approx(0.5, abs=0.06)


def test_density_and_coverage_in_expectation(rng: np.random.Generator) -> None:
    num, num_fake, k, figures = 40, 60, 3, []
    for _ in range(400):
        found = density_coverage(rng.normal(size=(num, 2)), rng.normal(size=(num_fake, 2)), k)
        figures.append((found["density"], found["coverage"]))
    i = np.arange(1, k + 1)
    expected = 1, 1 - np.prod((num - i) / (num + num_fake - i))
    error = np.std(figures, axis=0) / np.sqrt(400)
    assert (np.abs(np.mean(figures, axis=0) - expected) < 4 * error).all()


def test_density_of_fakes_in_the_middle_exceeds_1(rng: np.random.Generator) -> None:
    real, fake = rng.normal(size=(2, 500, 10))
    assert density_coverage(real, 0.5 * fake)["density"] > 2


def test_memorisation(rng: np.random.Generator) -> None:
    train, test, fresh = rng.normal(size=(3, 2000, 4))
    assert memorisation_ratio(train, test, train[:500]) == 0
    assert memorisation_ratio(train, test, test[:500]) == 2  # all of them, where half is chance
    noisy = train + 0.02 * rng.normal(size=train.shape)
    assert memorisation_ratio(train, test, noisy) < 0.05
    assert memorisation_ratio(train, test, fresh) == pytest.approx(1, abs=0.1)
    assert memorisation_ratio(train, train, train) == 1


def test_memorisation_by_brute_force(rng: np.random.Generator) -> None:
    train, test, fake = rng.normal(size=(90, 3)), rng.normal(size=(30, 3)), rng.normal(size=(7, 3))
    unseen = distances(fake, test).min(axis=1) < distances(fake, train).min(axis=1)
    assert memorisation_ratio(train, test, fake) == pytest.approx(unseen.mean() * 120 / 30)


def test_memorisation_is_1_whatever_the_number_of_training_examples(
    rng: np.random.Generator,
) -> None:
    ratios = [
        memorisation_ratio(*(rng.normal(size=(num, 3)) for num in (300, 50, 200)))
        for _ in range(200)
    ]
    assert np.mean(ratios) == pytest.approx(1, abs=4 * np.std(ratios) / np.sqrt(200))


def test_copies_show_however_many_training_examples_there_are(rng: np.random.Generator) -> None:
    train, test = rng.normal(size=(3000, 3)), rng.normal(size=(500, 3))
    assert memorisation_ratio(train, test, train) == 0


def test_class_shares() -> None:
    p = np.array([[0.5, 0.5, 0], [0.04, 0.96, 0], [0.05, 0.95, 0], [0.9, 0.1, 0]])
    assert class_histogram(p) == [0.5, 0.5, 0]
    assert confident_share(p) == 0.5
    assert confident_share(p, 0.9) == 0.75


def test_memory_is_bounded(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(2, 4000, 4)).astype(np.float32)
    tracemalloc.start()
    density_coverage(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6  # all distances at once are 128 MB


X = np.zeros((10, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frechet_distance(X[0], X), DataError, r"a has shape \[3\]: expected \[N, F\]"),
        (lambda: frechet_distance(X, X[:, :2]), DataError, r"b has shape \[10, 2\]: .* \[N, 3\]"),
        (lambda: frechet_distance(X[:1], X), DataError, "a has 1 rows: expected 2 or more"),
        (lambda: frechet_distance(X, X * np.nan), DataError, "b has NaN"),
        (lambda: precision_recall(X, X[:3]), ConfigError, "k=3 neighbours: fake has 3 rows"),
        (lambda: density_coverage(X, X, 10), ConfigError, "k=10 neighbours: real has 10 rows"),
        (lambda: density_coverage(X, X, 0), ConfigError, "k=0: give an integer"),
        (lambda: density_coverage(X, X[:0]), DataError, "fake is empty"),
        (lambda: memorisation_ratio(X, X[:, :1], X), DataError, "test has shape"),
        (lambda: class_histogram(X - 1), DataError, "apply softmax"),
        (lambda: confident_share(X + 1), DataError, "sums from 3 to 3"),
        (lambda: confident_share(X + 1 / 3, 95), ConfigError, "threshold=95"),
    ],
)
def test_what_cannot_be_measured(
    call: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()
