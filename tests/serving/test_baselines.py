"""Baselines against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vaezoo.errors import ConfigError
from vaezoo.metrics import baselines
from vaezoo.metrics.baseline_figures import Counted, Density, Levels, log_density, squared_errors
from vaezoo.metrics.components import location_and_unit, principal_components


def low_rank(rng: np.random.Generator, num: int, size: int, noise: float) -> np.ndarray:
    x = rng.normal(size=(num, 4)) @ rng.normal(size=(4, size)) + noise * rng.normal(
        size=(num, size)
    )
    return x + 3.0


def in_batches(x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(part, np.ones(len(part))) for part in np.array_split(x, 3)]


def mean_of(figure: dict[str, float]) -> float:
    return figure["mean"]


def test_pca_is_the_best_projection(rng: np.random.Generator) -> None:
    x, test = np.split(low_rank(rng, 300, 8, 0.5), [200])
    _, _, turns = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    left = (test - x.mean(axis=0)) @ turns[3:].T
    figures = baselines(lambda: [x[:50], x[50:]], test, 3)["pca"]
    assert figures["latent_dim"] == 3
    assert mean_of(figures["mean_squared_error"]) == pytest.approx((left**2).sum() / test.size)


def test_probabilistic_pca_is_a_normal(rng: np.random.Generator) -> None:
    x, test = np.split(low_rank(rng, 300, 8, 0.5), [200])
    values, vectors = np.linalg.eigh(np.cov(x.T, ddof=0))
    noise = values[:-3].mean()
    w = vectors[:, -3:] * np.sqrt(values[-3:] - noise)
    covariance = w @ w.T + noise * np.eye(8)
    centred = test - x.mean(axis=0)
    distance = (centred @ np.linalg.inv(covariance) * centred).sum(axis=1)
    expected = -0.5 * (distance + np.linalg.slogdet(2 * np.pi * covariance)[1])
    np.testing.assert_allclose(log_density(principal_components(in_batches(x), 3), test), expected)


def test_figures_are_in_the_units_of_the_data(rng: np.random.Generator) -> None:
    x, test = np.split(low_rank(rng, 300, 5, 0.5), [200])
    unit, loc = np.logspace(-3, 6, 5), np.array([0.0, 5.0, -3.0, 1e3, 1e6])
    plain = baselines(lambda: [x], test, 2, Density())
    scaled = baselines(lambda: [loc + unit * x], loc + unit * test, 2, Density(loc, unit))
    for key in ("probabilistic_pca", "independent"):
        own = mean_of(plain[key]["log_likelihood"]) - np.log(unit).sum()
        assert mean_of(scaled[key]["log_likelihood"]) == pytest.approx(own)
    own = mean_of(plain["pca"]["mean_squared_error"])
    assert mean_of(scaled["pca"]["scaled_squared_error"]) == pytest.approx(own)
    assert mean_of(scaled["pca"]["mean_squared_error"]) != pytest.approx(own)  # in raw units


def test_independent_normals(rng: np.random.Generator) -> None:
    x, test = rng.normal(2, 3, (400, 3)), rng.normal(2, 3, (50, 3))
    x[:, 1] = test[:, 1] = 7.0  # constant: the floor is e^-7
    found = baselines(lambda: [x], test, 1, Density())["independent"]
    mean, scale = x[:, [0, 2]].mean(axis=0), x[:, [0, 2]].std(axis=0)
    z = (test[:, [0, 2]] - mean) / scale
    expected = (-0.5 * z**2 - np.log(scale) - 0.5 * math.log(2 * math.pi)).sum(axis=1).mean()
    expected += 7 - 0.5 * math.log(2 * math.pi)
    assert found["family"] == "normal"
    assert mean_of(found["log_likelihood"]) == pytest.approx(expected)
    found = baselines(lambda: [x], test, 1, Density(least_scale=0.1))["independent"]
    higher = expected - 7 - math.log(0.1)  # of the constant alone
    assert mean_of(found["log_likelihood"]) == pytest.approx(higher)


def test_histograms_add_one(rng: np.random.Generator) -> None:
    x = np.array([[0.0], [0.0], [1.0]])
    found = baselines(lambda: [x], np.array([[1.0]]), 1, Levels(2))["independent"]
    assert mean_of(found["log_likelihood"]) == pytest.approx(math.log(2 / 5))


def test_a_mass_of_levels_and_the_density_below_it(rng: np.random.Generator) -> None:
    """Of uniform levels the mass is 1/levels, whatever is dequantised."""
    x = rng.integers(0, 256, (4000, 3)) / 255
    found = baselines(lambda: [x], x, 1, Levels(256))
    uniform = -3 * math.log(256)
    independent = mean_of(found["independent"]["log_likelihood"])
    assert uniform < independent < uniform + 0.3  # fitted to the same 4,000 examples
    # The normal of variance 1/12 has log-density -log(2 pi e / 12) / 2 of uniform values.
    expected = uniform - 3 * 0.5 * math.log(2 * math.pi * math.e / 12)
    assert mean_of(found["probabilistic_pca"]["log_likelihood"]) == pytest.approx(expected, abs=0.1)


def test_independent_counts(rng: np.random.Generator) -> None:
    x = rng.negative_binomial(3, 0.2, (5000, 1)).astype(float)
    found = baselines(lambda: [x], x[:500], 1, Counted())["independent"]
    mean, variance = x.mean(), x.var()
    r = mean**2 / (variance - mean)
    p = r / (r + mean)
    masses = [
        math.lgamma(k + r) - math.lgamma(k + 1) - math.lgamma(r) + r * math.log(p)
        + k * math.log(1 - p)
        for k in x[:500, 0]
    ]  # fmt: skip
    assert mean_of(found["log_likelihood"]) == pytest.approx(np.mean(masses))


def test_random_projections_find_the_components(rng: np.random.Generator) -> None:
    """Of more than 1,024 values; the exact ones by the examples' inner products."""
    x = low_rank(rng, 150, 1100, 0.3)
    found = principal_components(in_batches(x), 6)
    centred = x - x.mean(axis=0)
    values, _ = np.linalg.eigh(centred @ centred.T / len(x))
    np.testing.assert_allclose(found.variances[:4], values[::-1][:4], rtol=1e-5)
    np.testing.assert_allclose(found.variances[4:], values[::-1][4:6], rtol=0.03)  # noise, alike
    total = (centred**2).sum() / len(x)
    assert found.noise == pytest.approx((total - found.variances.sum()) / 1094, rel=1e-4)
    assert found.residuals.sum() == pytest.approx(found.noise * 1094, rel=1e-3)
    exact = (centred**2).sum() - len(x) * values[::-1][:6].sum()
    assert squared_errors(found, x).mean() == pytest.approx(exact / x.size, rel=2e-3)


def test_weights_count_examples() -> None:
    x, weights = np.array([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]]), np.array([2.0, 1.0, 3.0])
    many = np.repeat(x, weights.astype(int), axis=0)
    parts = [(x[:1], weights[:1]), (x[1:], weights[1:])]
    for found, expected in (
        (location_and_unit(parts), (many.mean(axis=0), many.std(axis=0))),
        (location_and_unit(parts, 1), (many.mean(), many.std())),
    ):
        np.testing.assert_allclose(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1])
    found = principal_components(parts, 1)
    np.testing.assert_allclose(found.variances[0], np.linalg.eigvalsh(np.cov(many.T, ddof=0))[-1])


def test_units_far_from_zero_and_of_constants() -> None:
    x = 1e6 + np.array([[0.0, 0.0], [2.0, 0.0]])
    mean, unit = location_and_unit([(x, np.ones(2))])
    np.testing.assert_allclose(mean, [1e6 + 1, 1e6])
    np.testing.assert_allclose(unit, [1.0, 1.0])  # 1, since 0 could not divide
    assert location_and_unit([(x, np.ones(2))], constant=0.5)[1][1] == 0.5


def test_too_few_examples() -> None:
    x = np.eye(3)
    with pytest.raises(ConfigError, match="3 examples for latent_dim=3"):
        principal_components([(x, np.ones(3))], 3)
    assert len(principal_components([(x, np.ones(3))], 9, or_fewer=True).variances) == 2
    assert baselines(lambda: [x], x, 9)["pca"]["latent_dim"] == 2
