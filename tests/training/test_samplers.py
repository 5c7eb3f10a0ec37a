"""Samplers fitted to codes whose distribution is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.mixture import GaussianMixture

from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.evaluation import sample_posterior
from vaezoo.models import CVAE, VAE
from vaezoo.samplers import SAMPLERS, ByLabel, fit_sampler
from vaezoo.samplers.by_label import fit_by_label

FAST: dict[str, dict[str, Any]] = {
    "mixture": {"num_components": 2},
    "flow": {"num_steps": 20, "prior": {"name": "real_nvp", "num_flows": 2}},
    "two_stage": {"epochs": 1, "network": {"name": "mlp", "hidden": [8]}},
    "hypersphere": {},
}
every_sampler = pytest.mark.parametrize("name", SAMPLERS)


def noise_for(sampler: Any, num: int = 20_000) -> tf.Tensor:
    shape = (num, sampler.noise_dim)
    return tf.constant(np.random.default_rng(7).normal(size=shape), tf.float32)


def normal_codes(num: int = 20_000) -> np.ndarray:
    """Of a normal with correlations, off the origin."""
    covariance = [[1.0, 0.6, 0.0], [0.6, 0.5, 0.1], [0.0, 0.1, 2.0]]
    return np.random.default_rng(1).multivariate_normal([1.0, -2.0, 0.5], covariance, num)


def banana(num: int, seed: int = 0) -> np.ndarray:
    """z_1 ~ N(0, 1), z_2 ~ N(z_1^2, 0.3^2)."""
    a, b = np.random.default_rng(seed).normal(size=(2, num))
    return np.stack([a, a**2 + 0.3 * b], axis=-1).astype(np.float32)


def assert_same_moments(made: Any, given: np.ndarray, slack: float = 0.0) -> None:
    """Means, and means of all products, agree within 4 standard errors and `slack`."""
    made = np.asarray(made, np.float64)
    assert np.isfinite(made).all()
    for i in range(given.shape[1] + given.shape[1] ** 2):
        a, b = (moments(z)[:, i] for z in (made, given))
        error = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(a.mean() - b.mean()) < 4 * error + slack, i


def moments(z: np.ndarray) -> np.ndarray:
    products = z[:, :, None] * z[:, None, :]
    return np.concatenate([z, products.reshape(len(z), -1)], axis=1)


# ── what holds for every sampler ──────────────────────────────────────────────


@every_sampler
def test_noise_and_codes_of_one_seed(name: str) -> None:
    """The same seed, the same sampler; draws are a function of noise, eager and compiled."""
    z = normal_codes(300)
    first, second = (fit_sampler(name, z, seed=5, **FAST[name]) for _ in range(2))
    noise = noise_for(first, 50)
    made = first.from_noise(noise)
    assert made.shape == (50, 3) and made.dtype == tf.float32
    np.testing.assert_allclose(made, second.from_noise(noise), rtol=1e-4, atol=1e-4)
    compiled = tf.function(first.from_noise, jit_compile=True)(noise)
    np.testing.assert_allclose(made, compiled, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(made, first.from_noise(noise.numpy()))


@every_sampler
def test_models_generate_from_samplers(name: str) -> None:
    model = VAE((6,), 3, network={"name": "mlp", "hidden": [4]}, seed=0)
    sampler = fit_sampler(name, normal_codes(300), **FAST[name])
    pictures = model.generate(4, seed=1, source=sampler)
    assert pictures.shape == (4, 6)
    np.testing.assert_array_equal(pictures, model.generate(4, seed=1, source=sampler))
    assert np.abs(pictures - model.generate(4, seed=1)).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("mixture", {"num_components": 0}, "num_components=0"),
        ("mixture", {"components": 3}, "components"),
        ("flow", {"num_steps": 0}, "num_steps=0"),
        ("flow", {"batch_size": 0}, "batch_size=0"),
        ("hypersphere", {"num_quantiles": 0}, "num_quantiles=0"),
        ("two_stage", {"latent_dim": 2}, "latent_dim"),
        ("mixture", {"seed": -1}, "seed=-1"),
    ],
)
def test_bad_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fit_sampler(name, normal_codes(20), **arguments)


def test_bad_codes_and_names() -> None:
    with pytest.raises(UnknownNameError, match="mixture"):
        fit_sampler("mixtur", normal_codes(20))
    for z in (np.zeros(5), np.zeros((1, 3)), np.full((4, 3), np.nan)):
        with pytest.raises(DataError, match=r"expected \[N, D\]"):
            fit_sampler("mixture", z)


# ── mixtures ──────────────────────────────────────────────────────────────────


def test_mixture_has_the_densities_of_scikit_learn() -> None:
    z = np.concatenate([normal_codes(300), 0.2 * normal_codes(100) - 4]).astype(np.float32)
    fitted = GaussianMixture(3, random_state=2).fit(z.astype(np.float64))
    sampler = fit_sampler("mixture", z, seed=2, num_components=3)
    expected = fitted.score_samples(z)
    np.testing.assert_allclose(sampler.distribution().log_prob(z), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("num_components", [1, 4])
def test_mixture_reproduces_moments(num_components: int) -> None:
    z = np.concatenate([normal_codes(), 3 - normal_codes(5000)])
    sampler = fit_sampler("mixture", z, num_components=num_components)
    assert_same_moments(sampler.from_noise(noise_for(sampler)), z)


def test_mixture_has_no_more_components_than_latents() -> None:
    assert len(fit_sampler("mixture", normal_codes(4)).weights) == 4


# ── flows ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("prior", ["masked_autoregressive", "real_nvp"])
def test_flow_fits_a_banana(prior: str) -> None:
    """Far better than the best normal, nearly as well as the truth, on codes held out."""
    flow = fit_sampler(
        "flow", banana(4000), seed=0, prior={"name": prior, "hidden": [32]}, num_steps=500
    )
    z = banana(4000, seed=1)
    score = np.mean(flow.distribution().log_prob(z))
    normal = stats.multivariate_normal(z.mean(0), np.cov(z.T)).logpdf(z).mean()
    truth = stats.norm.logpdf(z[:, 0]) + stats.norm(z[:, 0] ** 2, 0.3).logpdf(z[:, 1])
    assert normal + 0.8 < score < truth.mean() + 0.02
    assert score > truth.mean() - 0.2
    made = flow.from_noise(noise_for(flow, 4000)).numpy()
    residual = made[:, 1] - made[:, 0] ** 2
    assert np.quantile(np.abs(residual), 0.9) < 2 * 0.3 * 1.64


def test_flow_fits_codes_that_are_small_and_far_off() -> None:
    z = (normal_codes(4000) * 0.1 + 5.0).astype(np.float32)
    flow = fit_sampler("flow", z, num_steps=400, prior={"name": "masked_autoregressive"})
    truth = stats.multivariate_normal(z.mean(0), np.cov(z.T)).logpdf(z).mean()
    assert np.mean(flow.distribution().log_prob(z)) > truth - 0.1


# ── a second VAE ──────────────────────────────────────────────────────────────


def test_two_stage_reproduces_moments() -> None:
    z = normal_codes(4000)
    network = {"name": "mlp", "hidden": [32]}
    sampler = fit_sampler("two_stage", z, epochs=25, learning_rate=3e-3, network=network)
    assert sampler.noise_dim == 6
    assert_same_moments(sampler.from_noise(noise_for(sampler)), z, slack=0.1)


def test_two_stage_adds_the_likelihood_s_noise() -> None:
    sampler = fit_sampler("two_stage", normal_codes(300), **FAST["two_stage"])
    noise = noise_for(sampler, 40)
    p = sampler.sampler.vae.likelihood_of(noise[:, :3])
    y = (sampler.from_noise(noise) - sampler.mean) / sampler.scale
    np.testing.assert_allclose((y - p.mean()) / p.stddev(), noise[:, 3:], rtol=1e-3, atol=1e-3)


# ── directions and radii ──────────────────────────────────────────────────────


def test_hypersphere_reproduces_codes_without_a_direction() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=(20_000, 4))
    z *= rng.gamma(9.0, 0.4, (20_000, 1)) / np.linalg.norm(z, axis=1, keepdims=True)
    sampler = fit_sampler("hypersphere", z)
    made = sampler.from_noise(noise_for(sampler)).numpy()
    assert_same_moments(made, z)
    radii = np.linalg.norm(made, axis=1)
    assert stats.kstest(radii, stats.gamma(9.0, scale=0.4).cdf).pvalue > 1e-3
    angle = np.arctan2(made[:, 0], made[:, 1]) / (2 * np.pi) + 0.5
    assert stats.kstest(angle, "uniform").pvalue > 1e-3


def test_hypersphere_takes_radii_by_quantiles() -> None:
    z = np.array([[3.0, 4.0], [0.0, 1.0], [0.0, -2.0]])  # radii 5, 1, 2
    sampler = fit_sampler("hypersphere", z, num_quantiles=1)
    u = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    noise = np.stack([np.clip(stats.norm.ppf(u), -9, 9), *np.ones((2, 5))], axis=-1)
    radii = np.linalg.norm(sampler.from_noise(noise.astype(np.float32)), axis=-1)
    np.testing.assert_allclose(radii, [1.0, 1.5, 2.0, 3.5, 5.0], rtol=1e-4)


# ── latents ─────────────────────────────────────────────────────────────────────


def test_latents_are_draws_of_the_posteriors() -> None:
    model = VAE((6,), 3, network={"name": "mlp", "hidden": [4]}, seed=0)
    x = np.repeat(np.float32([[1, 0, 1, 0, 1, 1], [0, 0, 0, 1, 1, 0]]), [1500, 1000], axis=0)
    z = sample_posterior(model, x, seed=3)
    np.testing.assert_array_equal(z, sample_posterior(model, x, seed=3))
    assert len(np.unique(z, axis=0)) == len(z)  # no batch repeats another's noise
    q = model.encode(x)
    drawn = (z - q.mean()) / q.stddev()
    assert stats.kstest(np.ravel(drawn), "norm").pvalue > 1e-3


def test_latents_of_points_are_the_points() -> None:
    model = VAE(
        (6,),
        3,
        network={"name": "mlp", "hidden": [4]},
        posterior="deterministic",
        objective="regularised",
        seed=0,
    )
    x = np.eye(6, dtype=np.float32)
    np.testing.assert_allclose(
        sample_posterior(model, x), model.encode_mean(x), rtol=1e-5, atol=1e-6
    )


# ── a sampler for each label ──────────────────────────────────────────────────


def by_label() -> ByLabel:
    """Of normal codes, 10 further for each label; some codes have none."""
    labels = np.arange(30_000) % 3
    z = normal_codes(len(labels)) + 10 * labels[:, None]
    labels[::100], z[::100] = -1, 1e3
    return fit_by_label(lambda z: fit_sampler("mixture", z, num_components=1), z, labels, 3)


def test_each_label_has_latents_of_its_own() -> None:
    sampler = by_label()
    noise, labels = noise_for(sampler), np.arange(20_000) % 3
    made = sampler.from_noise(noise, tf.one_hot(labels, 3)).numpy()
    for label in range(3):
        assert_same_moments(made[labels == label] - 10 * label, normal_codes())
    compiled = tf.function(sampler.from_noise)(noise, tf.one_hot(labels, 3))
    np.testing.assert_allclose(made, compiled, rtol=1e-5, atol=1e-5)


def test_models_of_labels_generate_from_it() -> None:
    model, sampler = CVAE((8, 8, 1), 3, num_classes=3, seed=0), by_label()
    z = model.sample_latents(6, condition=[0, 1, 2, 0, 1, 2], seed=1, source=sampler)
    middles = normal_codes().mean() + np.array([0, 10, 20, 0, 10, 20])
    assert np.abs(z.mean(axis=1) - middles).max() < 4
    pictures = model.generate(6, condition=[0, 1, 2, 0, 1, 2], seed=1, source=sampler)
    expected = model.decode_mean(z, condition=[0, 1, 2, 0, 1, 2])
    np.testing.assert_allclose(pictures, expected, atol=1e-6)


def test_a_label_that_is_missing_is_an_error() -> None:
    sampler = by_label()
    with pytest.raises(ConfigError, match="give condition="):
        sampler.from_noise(noise_for(sampler, 2))
    with pytest.raises(ConfigError, match="give condition="):
        sampler.from_noise(noise_for(sampler, 2), tf.constant([[1.0, 0, 0], [0, 0, 0]]))
    with pytest.raises(DataError, match="1 of 3 labels, such as 2, have fewer than 2"):
        fit_by_label(lambda z: z, normal_codes(10), np.arange(10) % 2, 3)
    with pytest.raises(ConfigError, match="noise of 2 sizes"):
        ByLabel([fit_sampler("mixture", normal_codes(9)[:, :d]) for d in (2, 3)])
