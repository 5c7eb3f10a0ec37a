"""Posteriors, priors and likelihoods against SciPy, closed forms and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from vaezoo._core.components import build
from vaezoo.distributions import Binary, kl_per_dimension, path_log_prob, tfd
from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.likelihoods import LIKELIHOODS, Bernoulli, Normal
from vaezoo.posteriors import DiagonalNormal
from vaezoo.priors import StandardNormal


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def test_diagonal_normal_density(rng: np.random.Generator) -> None:
    outputs = rng.normal(size=(4, 6)).astype(np.float32)
    z = rng.normal(size=(10, 4, 3)).astype(np.float32)
    q = DiagonalNormal(3).distribution(outputs)
    scale = softplus(outputs[:, 3:]) + 1e-6
    expected = stats.norm(outputs[:, :3], scale).logpdf(z).sum(-1)
    np.testing.assert_allclose(q.log_prob(z), expected, rtol=1e-5)


def test_standard_normal_density(rng: np.random.Generator) -> None:
    z = rng.normal(size=(10, 3)).astype(np.float32)
    prior = StandardNormal(3)
    expected = stats.norm.logpdf(z).sum(-1)
    np.testing.assert_allclose(prior.distribution().log_prob(z), expected, rtol=1e-5)
    np.testing.assert_array_equal(prior.from_noise(z), z)


def test_kl_closed_form_and_monte_carlo(rng: np.random.Generator) -> None:
    outputs = rng.normal(size=(4, 6)).astype(np.float32)
    q, p = DiagonalNormal(3).distribution(outputs), StandardNormal(3).distribution()
    mean, scale = outputs[:, :3], softplus(outputs[:, 3:]) + 1e-6
    expected = 0.5 * (mean**2 + scale**2 - 1) - np.log(scale)
    np.testing.assert_allclose(kl_per_dimension(q, p), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tfd.kl_divergence(q, p), expected.sum(-1), rtol=1e-4)
    z = q.sample(20_000, seed=[0, 1])
    ratios = (q.log_prob(z) - p.log_prob(z)).numpy()
    error = ratios.std(0) / np.sqrt(len(ratios))
    assert (np.abs(ratios.mean(0) - expected.sum(-1)) < 4 * error).all()


def test_kl_per_dimension_needs_factors() -> None:
    full = tfd.MultivariateNormalTriL(tf.zeros(2), tf.eye(2))
    with pytest.raises(ConfigError, match="does not factorise"):
        kl_per_dimension(full, full)


def test_binary_is_bernoulli_in_value_and_gradient() -> None:
    values = np.concatenate([np.linspace(-20, 20, 4001), [-1e4, -90, 90, 1e4]])
    logits = tf.constant(values, tf.float32)
    for x in (tf.fill(logits.shape, value) for value in (0.0, 1.0, 0.25)):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([logits, x])
            found, expected = (d(logits=logits).log_prob(x) for d in (Binary, tfd.Bernoulli))
        tolerance = np.maximum(2.5e-6, np.abs(expected) * 2e-7)
        assert (np.abs(found - expected) <= tolerance).all()
        for source in (logits, x):
            gradients = [tape.gradient(value, source) for value in (found, expected)]
            np.testing.assert_allclose(*gradients, rtol=1e-6, atol=3e-7)


def test_bernoulli_density_sums_to_one() -> None:
    logits = np.array([0.3, -2.0, 1.5], np.float32)
    every = np.array(np.meshgrid(*[[0.0, 1.0]] * 3)).reshape(3, -1).T.astype(np.float32)
    likelihood = Bernoulli((3,)).distribution(logits)
    density = np.exp(likelihood.log_prob(every))
    assert density.sum() == pytest.approx(1, abs=1e-6)
    expected = stats.bernoulli.pmf(every, 1 / (1 + np.exp(-logits))).prod(-1)
    np.testing.assert_allclose(density, expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [0.3, "shared", "per_dimension"])
def test_normal_density_is_normalised(scale: float | str, rng: np.random.Generator) -> None:
    likelihood = Normal((2, 3, 1), scale)
    learned = 0.3
    if isinstance(scale, str):
        learned = np.array(rng.uniform(0.2, 2.0, likelihood.log_scale.shape))
        likelihood.log_scale.assign(np.log(learned))
    mean = rng.normal(size=(5, 4, 2, 3, 1)).astype(np.float32)
    x = rng.normal(size=(4, 2, 3, 1)).astype(np.float32)
    expected = stats.norm(mean, learned).logpdf(x).sum((-1, -2, -3))
    np.testing.assert_allclose(likelihood.distribution(mean).log_prob(x), expected, rtol=1e-4)
    parameters = likelihood.parameters(mean)
    assert parameters["scale"].shape == parameters["mean"].shape == mean.shape


def test_learned_scales_find_the_data_s(rng: np.random.Generator) -> None:
    likelihood = Normal((2,), "per_dimension")
    x = (rng.normal(size=(5000, 2)) * [0.5, 2.0]).astype(np.float32)
    for _ in range(300):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(likelihood.distribution(tf.zeros_like(x)).log_prob(x))
        (gradient,) = tape.gradient(loss, [likelihood.log_scale.value])
        likelihood.log_scale.assign_sub(0.1 * gradient)
    np.testing.assert_allclose(np.exp(likelihood.log_scale), np.sqrt((x**2).mean(0)), rtol=1e-3)


@pytest.mark.parametrize("scale", [0, -1, "learned", float("nan"), float("inf"), None])
def test_bad_scales(scale: object) -> None:
    with pytest.raises(ConfigError, match="scale="):
        Normal((2,), scale)


def test_path_densities_are_differentiated_by_z_only() -> None:
    raw, z = tf.Variable([[0.5, 0.1]]), tf.Variable([[2.0]])
    with tf.GradientTape(persistent=True) as tape:
        q = DiagonalNormal(1).distribution(raw)
        whole, path = q.log_prob(z), path_log_prob(q, z)
    np.testing.assert_array_equal(whole, path)
    np.testing.assert_allclose(tape.gradient(path, z), tape.gradient(whole, z), rtol=1e-6)
    assert tape.gradient(path, raw) is None
    assert np.abs(tape.gradient(whole, raw)).min() > 0


def test_parts_are_made_by_name_arguments_or_object() -> None:
    part = Normal((3,), 0.5)
    assert build("likelihood", part, LIKELIHOODS, data_shape=(3,)) is part
    named = build("likelihood", {"name": "normal", "scale": 0.5}, LIKELIHOODS, data_shape=(3,))
    assert named.scale == 0.5
    with pytest.raises(UnknownNameError, match="did you mean 'bernoulli'"):
        build("likelihood", "bernouli", LIKELIHOODS, data_shape=(3,))
    with pytest.raises(ConfigError, match="unknown argument of Normal 'sigma'"):
        build("likelihood", {"name": "normal", "sigma": 1}, LIKELIHOODS, data_shape=(3,))
    with pytest.raises(ConfigError, match="give a name"):
        build("likelihood", 3, LIKELIHOODS, data_shape=(3,))
