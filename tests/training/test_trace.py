"""What the base class makes of every family's draws: M2, which has the most of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from vaezoo.models import M2

SHAPE = (7, 5, 1)
KEY = tf.constant([0, 4])  # of seed=4


def model(**more: Any) -> M2:
    return M2(
        SHAPE, 2, num_classes=3, network={"name": "mlp", "hidden": [8]}, hidden=[8], seed=0, **more
    )


def test_m2_learns_the_scale_of_its_likelihood(binary: np.ndarray) -> None:
    m2, x, labels = model(likelihood="optimal_normal"), binary[:6], np.arange(6) % 3
    trace = m2.trace(x, 1, labels, seed=4, training=True)
    # Of the classes, only the known ones count.
    means = trace.likelihood.mean().numpy()[labels, np.arange(6)]
    expected = np.log(((x - means) ** 2).mean()) / 2
    assert m2.likelihood.log_scale().numpy() == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(trace.likelihood.stddev(), np.exp(expected), rtol=1e-4)


def test_m2_weighs_the_errors_under_each_class(binary: np.ndarray) -> None:
    m2, x = model(likelihood="optimal_normal"), binary[:6]
    trace = m2.trace(x, 1, np.full(6, -1), seed=4, training=True)
    errors = ((x - trace.likelihood.mean().numpy()) ** 2).mean(axis=(2, 3, 4))
    expected = np.log((m2.classify(x).T * errors).sum(axis=0).mean()) / 2
    assert m2.likelihood.log_scale().numpy() == pytest.approx(expected, rel=1e-4)


def test_m2_sees_corrupted_data_in_training_only(binary: np.ndarray) -> None:
    m2, x, labels = (
        model(corruption={"name": "masking", "share": 0.5}),
        binary[:6],
        np.arange(6) % 3,
    )
    corrupted = m2.corruption.corrupt(x, tf.random.experimental.stateless_fold_in(KEY, 2))
    assert 0.2 < np.mean(corrupted.numpy()[x > 0]) < 0.8
    for training, encoder_input in ((True, corrupted), (False, x)):
        trace = m2.trace(x, 1, labels, seed=4, training=training)
        means = m2.encode_mean(encoder_input, condition=labels)
        z_mean = trace.latents[0].posterior.mean().numpy()[labels, np.arange(6)]
        np.testing.assert_allclose(z_mean, means, rtol=1e-4, atol=1e-6)
        log_q = np.log(m2.classify(encoder_input))[np.arange(6), labels]
        np.testing.assert_allclose(trace.label_log_prob, log_q, rtol=1e-4)
        np.testing.assert_array_equal(trace.x, x)
        np.testing.assert_allclose(trace.log_likelihood, trace.likelihood.log_prob(x), rtol=1e-6)


def test_m2_has_a_seed_and_decodes_under_its_labels(binary: np.ndarray) -> None:
    m2, x = model(), binary[:6]
    for condition in (None, np.arange(6) % 3):
        trace = m2.trace(x, 2, condition, seed=4)
        expected = tf.random.experimental.stateless_fold_in(KEY, 1)
        np.testing.assert_array_equal(trace.seed, expected)
        means = trace.decode(trace.latents[0].sample).mean()
        np.testing.assert_allclose(means, trace.likelihood.mean(), atol=1e-6)


def test_a_kl_is_computed_once(binary: np.ndarray) -> None:
    """Losses and figures read it, and each computation would be traced and compiled again."""
    trace = model().trace(binary[:6], 1, np.arange(6) % 3, seed=4, training=True)
    assert all(latent.kl() is latent.kl() for latent in trace.latents)
