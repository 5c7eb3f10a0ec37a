"""Missing values against the closed form of a linear Gaussian model, and of a published export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from linear_gaussian import LinearGaussian

import vaezoo
from vaezoo.errors import ConfigError, DataError
from vaezoo.imputation import Imputation, impute
from vaezoo.protocols import Array, GenerativeModel

ROOT = Path(__file__).parents[2]
N = 2000
MASK = np.array([True, False, True, False, True])


class FromPrior(LinearGaussian):
    """Whose q(z|x) has no density, as a hierarchy's has none in the runtime."""

    def encode(self, x: Any, *, condition: Any = None) -> Any:
        raise ConfigError("no density")


class Wide(LinearGaussian):
    """With as little noise as makes p(z|x) narrow: most draws of p(z) are far from it."""

    def __init__(self) -> None:
        super().__init__(scale=0.2, spread=1.5)


def many(model: LinearGaussian, **options: Any) -> tuple[Imputation, Array, Array]:
    """One example N times over, and the exact moments of its missing values."""
    x = model.draw(1, seed=1)
    filled = impute(model, np.where(MASK, x, np.nan).repeat(N, axis=0), **options)
    assert (filled.draws[:, :, MASK] == np.float32(x[0, MASK])).all()
    return filled, *model.conditional(x[0], MASK)


def assert_moments(draws: Array, mean: Array, cov: Array) -> None:
    """Within 5 standard errors of N independent draws."""
    stddev = np.sqrt(np.diag(cov))
    np.testing.assert_array_less(np.abs(draws.mean(axis=0) - mean), 5 * stddev / np.sqrt(N))
    errors = np.sqrt((np.outer(stddev, stddev) ** 2 + cov**2) / N)  # of a normal's covariances
    np.testing.assert_array_less(np.abs(np.cov(draws.T) - cov), 5 * errors)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (LinearGaussian(), {"num_samples": 200}),
        (LinearGaussian(), {"num_samples": 1, "refine": 30}),  # all by sweeps
        (Wide(), {"num_samples": 50, "refine": 40}),
        (FromPrior(), {"num_samples": 1000}),
    ],
    ids=["resampled", "swept", "narrow", "prior"],
)
def test_draws_are_of_the_conditional(model: LinearGaussian, options: dict[str, Any]) -> None:
    filled, mean, cov = many(model, **options)
    assert_moments(filled.draws[0][:, ~MASK].astype(np.float64), mean, cov)
    errors = np.abs(filled.mean[:, ~MASK].mean(axis=0) - mean)
    np.testing.assert_array_less(errors, 5 * np.sqrt(np.diag(cov) / N))


def test_means_have_no_noise() -> None:
    """Of E[x|z]: the covariance of x without that of its noise."""
    model = LinearGaussian()
    filled, mean, cov = many(model, num_samples=200, observation_noise=False)
    assert_moments(filled.draws[0][:, ~MASK], mean, cov - model.scale**2 * np.eye(len(cov)))


def test_effective_sample_size() -> None:
    """All weights are equal where q(z|x) is p(z|x_observed): of one z, with nothing missing."""
    model = LinearGaussian((4,), 1, spread=1.0)
    x = model.draw(6)
    filled = impute(model, x, num_samples=80)
    np.testing.assert_allclose(filled.effective_sample_size, 80, rtol=1e-3)
    np.testing.assert_array_equal(filled.draws[0], np.float32(x))
    np.testing.assert_array_equal(filled.mean, np.float32(x))
    assert (impute(model, x, x > 0, num_samples=80).effective_sample_size < 79).any()


def test_rows_of_any_number_and_shape() -> None:
    model: GenerativeModel = LinearGaussian((2, 3, 1))
    x = model.draw(4)  # type: ignore[attr-defined]
    mask = np.ones((2, 3, 1), bool)
    mask[1] = False
    filled = impute(model, x, mask, draws=5, num_samples=20, seed=3)
    again = impute(model, x, np.broadcast_to(mask, x.shape), draws=5, num_samples=20, seed=3)
    other = impute(model, x, mask, draws=5, num_samples=20, seed=4)
    assert filled.draws.shape == (5, 4, 2, 3, 1) and filled.mean.shape == (4, 2, 3, 1)
    assert filled.draws.dtype == filled.mean.dtype == np.float32
    np.testing.assert_array_equal(filled.draws, again.draws)
    assert (filled.draws != other.draws).any()
    nothing = impute(model, np.full_like(x, np.nan), num_samples=20)  # all of p(x)
    assert np.isfinite(nothing.draws).all()


def test_of_a_published_export() -> None:
    """Filled halves are nearer to the truth than the mean of the data is; bits stay bits."""
    model = vaezoo.load("digits_vae")
    truth = model.generate(60, seed=2).round()
    mask = np.ones((8, 8, 1), bool)
    mask[4:] = False
    filled = impute(model, truth, mask, draws=4)
    assert set(np.unique(filled.draws)) == {0.0, 1.0}
    errors = ((filled.mean - truth)[:, 4:] ** 2).mean()
    constant = ((model.generate(500, seed=1).mean(axis=0) - truth)[:, 4:] ** 2).mean()
    assert errors < 0.8 * constant
    swept = impute(model, truth, mask, draws=4, refine=20)
    assert ((swept.mean - truth)[:, 4:] ** 2).mean() < 0.8 * constant


@pytest.mark.parametrize(
    ("name", "options"),
    [("mnist_cvae", {"condition": [3, 7]}), ("fashion_hvae", {}), ("mnist_vqvae", {})],
)
def test_of_conditions_hierarchies_and_codes(name: str, options: dict[str, Any]) -> None:
    model = vaezoo.load(ROOT / "export" / name)
    x = model.generate(2, seed=0, **options).round()
    mask = np.ones((28, 28, 1), bool)
    mask[14:] = False
    filled = impute(model, x, mask, num_samples=8, refine=2, **options)
    assert set(np.unique(filled.draws)) == {0.0, 1.0}
    np.testing.assert_array_equal(filled.draws[0][:, mask], x[:, mask])


@pytest.mark.parametrize("name", ["fashion_vaegan", "mnist_ae"])
def test_models_without_a_density(name: str) -> None:
    model = vaezoo.load(ROOT / "export" / name)
    with pytest.raises(ConfigError, match=r"need a model with a density: \w+ has no score"):
        impute(model, np.zeros((1, 28, 28, 1)))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mask": np.ones((2, 5))}, DataError, "mask has dtype float64: expected bool, True where"),
        (
            {"mask": np.ones((5, 2), bool)},
            DataError,
            r"shape \[5, 2\]: expected \[2, 5\], as x, or",
        ),
        ({"x": np.zeros((2, 4))}, DataError, r"x has shape \[2, 4\]: expected \[N, 5\]"),
        ({"x": [["a"] * 5]}, DataError, "x has dtype"),
        ({"x": [[np.inf] * 5]}, DataError, "NaN or infinite"),
        ({"x": [[np.nan] * 5], "mask": np.ones(5, bool)}, DataError, "NaN or infinite"),
        ({"num_samples": 0}, ConfigError, "num_samples=0"),
        ({"draws": 0}, ConfigError, "draws=0"),
        ({"refine": -1}, ConfigError, "refine=-1"),
        ({"seed": -1}, ConfigError, "seed=-1"),
        ({"condition": [1, 2, 3]}, DataError, "condition has 3 rows: expected 2"),
    ],
)
def test_wrong_use(options: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments = {"x": np.zeros((2, 5)), **options}
    with pytest.raises(error, match=message):
        impute(LinearGaussian(), **arguments)
