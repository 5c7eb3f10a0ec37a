"""Objectives and traces: limits, identities and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from vaezoo._trace import Latent, Trace
from vaezoo.errors import ConfigError
from vaezoo.models import VAE
from vaezoo.objectives import ELBO, ImportanceWeighted


@pytest.fixture
def trace(binary: np.ndarray) -> Trace:
    return VAE((7, 5, 1), 3, network={"name": "mlp", "hidden": [16]}).trace(binary[:9], 4, seed=0)


def test_beta_one_is_the_negative_elbo(trace: Trace) -> None:
    np.testing.assert_allclose(ELBO().loss(trace), -trace.elbo(), rtol=1e-6)


def test_beta_weighs_the_kl_only(trace: Trace) -> None:
    difference = ELBO(beta=3.5).loss(trace) - ELBO(beta=0.0).loss(trace)
    np.testing.assert_allclose(difference, 3.5 * trace.kl(), rtol=1e-5)
    np.testing.assert_allclose(ELBO(beta=0.0).loss(trace), -trace.reconstruction(), rtol=1e-6)


def test_one_sample_makes_the_importance_weighted_bound_an_elbo(binary: np.ndarray) -> None:
    vae = VAE((7, 5, 1), 3)
    one = vae.trace(binary[:9], 1, seed=0)
    loss = ImportanceWeighted(1).loss(one)
    np.testing.assert_allclose(loss, -one.log_weights()[0], rtol=1e-6)
    # its KL is a sample's, where the ELBO's is in closed form: equal in expectation
    many = vae.trace(binary[:9], 20_000, seed=0)
    ratios = -many.latents[0].log_ratio().numpy()
    error = ratios.std(0) / np.sqrt(len(ratios))
    assert (np.abs(ratios.mean(0) - many.kl().numpy()) < 4 * error).all()


def test_importance_weighted_bound_equals_numpy(trace: Trace) -> None:
    w = np.exp(trace.log_weights().numpy().astype(np.float64) + 20)
    expected = 20 - np.log(w.mean(0))
    np.testing.assert_allclose(ImportanceWeighted(4).loss(trace), expected, rtol=1e-5)
    assert (trace.importance_weighted_bound().numpy() >= trace.log_weights().numpy().mean(0)).all()


def test_kl_per_dimension_sums_to_the_kl(trace: Trace) -> None:
    (latent,) = trace.latents
    np.testing.assert_allclose(tf.reduce_sum(latent.kl_per_dimension(), -1), latent.kl(), rtol=1e-5)


def test_latent_groups_add_up(trace: Trace) -> None:
    double = Trace(trace.x, trace.likelihood, trace.latents * 2, trace.log_likelihood)
    np.testing.assert_allclose(double.kl(), 2 * trace.kl(), rtol=1e-6)
    added = double.log_weights() - trace.log_weights()
    np.testing.assert_allclose(added, trace.latents[0].log_ratio(), atol=1e-4)


def test_kl_without_closed_form_comes_from_the_samples(trace: Trace) -> None:
    from vaezoo.distributions import tfd

    (latent,) = trace.latents
    prior = tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.5, 0.5]), tfd.MultivariateNormalDiag(tf.zeros([2, 3]), tf.ones(3))
    )
    mixed = Latent(latent.posterior, prior, latent.sample)  # two equal parts: N(0, I) again
    np.testing.assert_allclose(mixed.kl(), -latent.log_ratio(), atol=1e-5)
    np.testing.assert_allclose(
        trace.mean(mixed.kl()), -tf.reduce_mean(latent.log_ratio(), 0), atol=1e-5
    )


def test_kl_from_a_prior_that_hangs_on_another_group(trace: Trace) -> None:
    from vaezoo.distributions import tfd

    (latent,) = trace.latents
    loc = np.random.default_rng(0).normal(size=(4, 9, 3)).astype(np.float32)
    conditional = tfd.Independent(tfd.Normal(loc, 1.0), 1)  # one prior for each sample
    kl = trace.mean(Latent(latent.posterior, conditional, latent.sample).kl())
    mean, scale = latent.posterior.mean().numpy(), latent.posterior.stddev().numpy()
    exact = (0.5 * (scale**2 + (mean - loc) ** 2 - 1) - np.log(scale)).sum(-1).mean(0)
    np.testing.assert_allclose(kl, exact, rtol=1e-4)


def test_bad_arguments() -> None:
    with pytest.raises(ConfigError, match="num_samples=0"):
        ImportanceWeighted(0)
    for beta in (-1, float("nan")):
        with pytest.raises(ConfigError, match="beta="):
            ELBO(beta)
