"""A linear-Gaussian VAE, whose posterior and log-likelihood are known in closed form.

z ~ N(0, I),  x = W z + b + s e,  e ~ N(0, I):   log p(x) = log N(x; b, W W' + s^2 I)
p(z|x) = N(M (x - b), S),  S = (I + W' W / s^2)^-1,  M = S W' / s^2
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy import stats

from vaezoo.models import VAE

D, LATENT, SCALE = 5, 2, 0.7


class LinearGaussian:
    def __init__(self, rng: np.random.Generator) -> None:
        # Orthogonal columns give a diagonal posterior covariance, which q can represent.
        self.w = np.linalg.qr(rng.normal(size=(D, LATENT)))[0] * [1.5, 0.8]
        self.b = rng.normal(size=D)
        self.covariance = np.linalg.inv(np.eye(LATENT) + self.w.T @ self.w / SCALE**2)
        self.gain = self.covariance @ self.w.T / SCALE**2

    def log_likelihood(self, x: np.ndarray) -> np.ndarray:
        covariance = self.w @ self.w.T + SCALE**2 * np.eye(D)
        return stats.multivariate_normal(self.b, covariance).logpdf(x)

    def kl_of(self, mean: np.ndarray, scale: np.ndarray, x: np.ndarray) -> np.ndarray:
        """KL(N(mean, diag(scale^2)) || p(z|x)) = log p(x) - ELBO."""
        precision = np.linalg.inv(self.covariance)
        offset = mean - (x - self.b) @ self.gain.T
        trace = (np.diag(precision) * scale**2).sum(-1)
        quadratic = np.einsum("ni,ij,nj->n", offset, precision, offset)
        log_det = np.linalg.slogdet(self.covariance)[1] - 2 * np.log(scale).sum(-1)
        return 0.5 * (trace + quadratic - LATENT + log_det)

    def vae(self, shift: float = 0.0, stretch: float = 1.0) -> VAE:
        """The VAE with these parameters; its posterior is off by `shift` and `stretch`."""
        encoder = keras.Sequential([keras.Input((D,)), keras.layers.Dense(2 * LATENT)])
        decoder = keras.Sequential([keras.Input((LATENT,)), keras.layers.Dense(D)])
        scale = np.sqrt(np.diag(self.covariance)) * stretch
        raw = np.log(np.expm1(scale - 1e-6))
        weights = np.concatenate([self.gain.T, np.zeros((D, LATENT))], axis=1)
        encoder.set_weights([weights, np.concatenate([-self.gain @ self.b + shift, raw])])
        decoder.set_weights([self.w.T, self.b])
        likelihood = {"name": "normal", "scale": SCALE}
        return VAE((D,), LATENT, likelihood=likelihood, encoder=encoder, decoder=decoder)


@pytest.fixture
def exact(rng: np.random.Generator) -> LinearGaussian:
    return LinearGaussian(rng)


@pytest.fixture
def x(exact: LinearGaussian, rng: np.random.Generator) -> np.ndarray:
    z = rng.normal(size=(64, LATENT))
    return (z @ exact.w.T + exact.b + SCALE * rng.normal(size=(64, D))).astype(np.float32)


def test_the_true_posterior_makes_every_weight_the_likelihood(
    exact: LinearGaussian, x: np.ndarray
) -> None:
    vae = exact.vae()
    log_weights = vae.trace(x, 7, seed=3).log_weights().numpy()
    np.testing.assert_allclose(log_weights, np.tile(exact.log_likelihood(x), (7, 1)), atol=1e-4)
    np.testing.assert_allclose(
        vae.log_likelihood(x, num_samples=10), exact.log_likelihood(x), atol=1e-4
    )


def test_bounds_of_a_wrong_posterior(exact: LinearGaussian, x: np.ndarray) -> None:
    vae = exact.vae(shift=0.5, stretch=1.3)
    q = vae.encode(x)
    log_p = exact.log_likelihood(x)
    elbo = log_p - exact.kl_of(q.mean().numpy(), q.stddev().numpy(), x)

    repeats = 2000
    traces = vae.trace(x, repeats * 50, seed=1)
    # ELBO: reconstruction by Monte Carlo, KL in closed form
    samples = traces.log_likelihood.numpy() - traces.kl().numpy()
    error = samples.std(0) / np.sqrt(len(samples))
    assert (np.abs(samples.mean(0) - elbo) < 4 * error).all()

    # IWAE_K, by averaging many independent bounds of K samples each
    log_w = traces.log_weights().numpy().astype(np.float64)
    means = {}
    for k in (1, 5, 50):
        bounds = np.log(np.exp(log_w - log_p).reshape(-1, k, len(x)).mean(1))  # minus log p(x)
        means[k] = (bounds.mean(), bounds.mean(1).std() / np.sqrt(len(bounds)))
    gap = (elbo - log_p).mean()
    assert abs(means[1][0] - gap) < 4 * means[1][1]
    assert gap + 4 * means[1][1] < means[5][0] < means[50][0] < 4 * means[50][1]

    # log p(x), by importance sampling
    estimate = vae.log_likelihood(x, num_samples=20_000)
    assert abs((estimate - log_p).mean()) < 4 * (estimate - log_p).std() / np.sqrt(len(x)) + 1e-3
    assert np.abs(estimate - log_p).max() < 0.1


def test_one_seed_one_estimate(exact: LinearGaussian, x: np.ndarray) -> None:
    vae = exact.vae(shift=0.5)
    first = vae.log_likelihood(x, num_samples=100, seed=1)
    np.testing.assert_array_equal(first, vae.log_likelihood(x, num_samples=100, seed=1))
    assert not np.array_equal(first, vae.log_likelihood(x, num_samples=100, seed=2))


def test_samples_of_a_batch_and_of_chunks_are_independent(
    exact: LinearGaussian, x: np.ndarray
) -> None:
    # Repeating one example must give different estimates, whichever batch it falls into.
    estimates = exact.vae(shift=0.5).log_likelihood(np.repeat(x[:1], 200, axis=0), num_samples=3)
    assert len(np.unique(estimates)) == 200
