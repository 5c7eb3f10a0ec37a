"""The KL's parts against linear-Gaussian closed forms and direct sums."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import DataError
from vaezoo.metrics import decomposition, kl_decomposition


def log_normal(z: np.ndarray, mean: Any = 0.0, scale: Any = 1.0) -> np.ndarray:
    return -0.5 * ((z - mean) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def decompose(
    rng: np.random.Generator, mean: np.ndarray, scale: np.ndarray, num_draws: int
) -> tuple[dict[str, dict[str, Any]], np.ndarray]:
    """The parts under p(z) = N(0, I), and log q(z|x) - log p(z) of the same draws."""
    mean_m, scale_m = mean[:num_draws], scale[:num_draws]
    z = mean_m + scale_m * rng.normal(size=mean_m.shape)
    log_prior = log_normal(z)
    figures = kl_decomposition(mean, scale, z, log_prior.sum(axis=1), log_prior)
    return figures, (log_normal(z, mean_m, scale_m) - log_prior).sum(axis=1)


def assert_near(figure: dict[str, Any], expected: float, bias: float = 0.0) -> None:
    assert abs(figure["mean"] - expected) < 4 * figure["standard_error"] + bias


def test_linear_gaussian(rng: np.random.Generator) -> None:
    """x ~ N(0, I), z|x ~ N(a x, s^2): q(z_j) = N(0, a_j^2 + s_j^2)."""
    a, s = np.array([0.9, 0.5, 0.0]), np.array([0.4, 0.6, 1.0])
    mean, scale = a * rng.normal(size=(5000, 3)), np.tile(s, (5000, 1))
    figures, _ = decompose(rng, mean, scale, 2000)
    variance = a**2 + s**2
    information = 0.5 * np.log(1 + a**2 / s**2).sum()
    dimension_wise = 0.5 * (variance - 1 - np.log(variance)).sum()
    bias = 0.01  # q(z) is that of 5000 x
    assert_near(figures["mutual_information"], information, bias)
    assert_near(figures["total_correlation"], 0, bias)
    assert_near(figures["dimension_wise_kl"], dimension_wise, bias)
    assert_near(figures["marginal_kl"], dimension_wise, bias)
    assert figures["mutual_information"]["standard_error"] < 0.03


def test_total_correlation_of_correlated_codes(rng: np.random.Generator) -> None:
    covariance = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, 0.0], [0.2, 0.0, 1.0]])
    mean = rng.normal(size=(5000, 3)) @ np.linalg.cholesky(covariance).T
    figures, _ = decompose(rng, mean, np.full(mean.shape, 0.5), 2000)
    total = covariance + 0.25 * np.eye(3)
    spread = np.sqrt(np.diag(total))
    correlation = -0.5 * np.linalg.slogdet(total / np.outer(spread, spread)).logabsdet
    information = 0.5 * np.linalg.slogdet(np.eye(3) + covariance / 0.25).logabsdet
    assert_near(figures["total_correlation"], correlation, 0.02)
    assert_near(figures["mutual_information"], information, 0.02)


def test_identities_hold_of_the_means(rng: np.random.Generator) -> None:
    mean, scale = rng.normal(size=(300, 4)), rng.uniform(0.05, 2, (300, 4))
    figures, log_ratio = decompose(rng, mean, scale, 200)
    means = {name: figure["mean"] for name, figure in figures.items()}
    assert means["mutual_information"] + means["marginal_kl"] == pytest.approx(log_ratio.mean())
    assert means["total_correlation"] + means["dimension_wise_kl"] == pytest.approx(
        means["marginal_kl"]
    )


def test_a_collapsed_posterior(rng: np.random.Generator) -> None:
    figures, _ = decompose(rng, np.zeros((100, 3)), np.ones((100, 3)), 100)
    for figure in figures.values():
        assert figure == pytest.approx({"mean": 0, "standard_error": 0}, abs=1e-12)


def test_mutual_information_is_bounded_by_log_n(rng: np.random.Generator) -> None:
    figures, _ = decompose(rng, 5 * rng.normal(size=(64, 4)), np.full((64, 4), 1e-3), 64)
    assert figures["mutual_information"]["mean"] == pytest.approx(np.log(64))


@pytest.mark.parametrize("chunk", [1, 130, 2**18])
def test_chunks_equal_direct_sums(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(decomposition, "_CHUNK", chunk)
    mean, scale = rng.normal(size=(50, 3)), rng.uniform(0.3, 2, (50, 3))
    z, log_prior = rng.normal(size=(17, 3)), rng.normal(size=17)
    figures = kl_decomposition(mean, scale, z, log_prior)
    each = log_normal(z[:, None], mean, scale)  # [M, N, D]
    log_q = np.log(np.exp(each.sum(axis=2)).mean(axis=1))
    log_factors = np.log(np.exp(each).mean(axis=1)).sum(axis=1)
    log_posterior = log_normal(z, mean[:17], scale[:17]).sum(axis=1)
    expected = {
        "mutual_information": log_posterior - log_q,
        "total_correlation": log_q - log_factors,
        "marginal_kl": log_q - log_prior,
    }
    assert list(figures) == list(expected)
    for name, values in expected.items():
        error = values.std(ddof=1) / np.sqrt(17)
        assert figures[name] == pytest.approx({"mean": values.mean(), "standard_error": error})


def test_far_and_narrow_posteriors_neither_overflow_nor_underflow() -> None:
    mean, scale = np.array([[0.0], [1e6]]), np.array([[1e-8], [1e-8]])
    figures = kl_decomposition(mean, scale, mean, np.zeros(2))
    assert figures["mutual_information"]["mean"] == pytest.approx(np.log(2))


def test_memory_is_bounded(rng: np.random.Generator) -> None:
    mean, z = rng.normal(size=(10_000, 5)), rng.normal(size=(400, 5))
    tracemalloc.start()
    kl_decomposition(mean, np.ones_like(mean), z, np.zeros(400))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6  # one matrix of all pairs is 32 MB


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros(8)}, r"mean has shape \[8\]: expected \[N, F\]"),
        ({"scale": np.ones((8, 3))}, r"scale has shape \[8, 3\]: expected \[N, 2\]"),
        ({"scale": np.ones((7, 2))}, "mean has 8 rows, scale 7, z 4"),
        ({"z": np.zeros((9, 2)), "log_prior": np.zeros(9)}, "mean has 8 rows, scale 8, z 9"),
        ({"scale": np.zeros((8, 2))}, "scale goes down to 0: expected positive"),
        ({"z": np.full((4, 2), np.nan)}, "z has NaN"),
        ({"log_prior": np.zeros((4, 2))}, r"log_prior has shape \[4, 2\]: expected \[4\]"),
        ({"log_prior": np.full(4, -np.inf)}, "log_prior has NaN or infinite"),
        ({"log_prior_per_dimension": np.ones((4, 2))}, "does not sum to log_prior"),
        ({"log_prior_per_dimension": np.zeros((5, 2))}, "does not sum to log_prior"),
    ],
)
def test_what_cannot_be_decomposed(change: dict[str, np.ndarray], message: str) -> None:
    given: dict[str, Any] = {
        "mean": np.zeros((8, 2)),
        "scale": np.ones((8, 2)),
        "z": np.zeros((4, 2)),
        "log_prior": np.zeros(4),
    }
    with pytest.raises(DataError, match=message):
        kl_decomposition(**given | change)
