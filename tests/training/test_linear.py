"""PCA, probabilistic PCA, and the linear models that learn what these solve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.stats
import sklearn.decomposition
import tensorflow as tf

from vaezoo import datasets
from vaezoo.errors import ConfigError
from vaezoo.models import (
    PCA,
    Autoencoder,
    DenoisingAutoencoder,
    LinearAutoencoder,
    LinearVAE,
    ProbabilisticPCA,
    SparseAutoencoder,
)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = datasets.load("digits")
    return datasets.as_float(data.train), datasets.as_float(data.test)


def components(x: np.ndarray, num: int) -> np.ndarray:
    """By singular values, [D, V]: another way than the one under test."""
    rows = x.reshape(len(x), -1).astype(np.float64)
    return np.linalg.svd(rows - rows.mean(0), full_matrices=False)[2][:num]


def test_pca_reconstructs_as_scikit_learn_does(digits: Any) -> None:
    train, test = digits
    model = PCA((8, 8, 1), 10)
    model.adapt(train)
    solver = sklearn.decomposition.PCA(10, svd_solver="full").fit(train.reshape(-1, 64))
    expected = solver.inverse_transform(solver.transform(test.reshape(-1, 64)))
    np.testing.assert_allclose(model(test).numpy().reshape(-1, 64), expected, atol=1e-4)
    codes = model.encode_mean(train)
    np.testing.assert_allclose(np.cov(codes.T, bias=True), np.eye(10), atol=1e-4)


def test_pca_of_a_stream_or_a_file_is_that_of_the_array(digits: Any, tmp_path: Path) -> None:
    train, test = digits
    np.save(tmp_path / "x.npy", train)
    sources = [
        np.load(tmp_path / "x.npy", mmap_mode="r"),
        tf.data.Dataset.from_tensor_slices(train).batch(100),
        tf.data.Dataset.from_tensor_slices((train, np.zeros(len(train)))).batch(100),
    ]
    expected = PCA((8, 8, 1), 5)
    expected.adapt(train)
    for source in sources:
        model = PCA((8, 8, 1), 5)
        model.adapt(source)
        np.testing.assert_allclose(model(test), expected(test), atol=1e-4)


def test_pca_leaves_unused_the_components_that_the_data_lack() -> None:
    rows = np.zeros((50, 16), np.float32)
    rows[:, :2] = np.random.default_rng(0).normal(size=(50, 2))
    model = PCA((16,), 4)
    model.adapt(rows)
    np.testing.assert_allclose(model(rows), rows, atol=1e-5)
    np.testing.assert_array_equal(model.encode_mean(rows)[:, 2:], 0)


def test_fit_solves_and_moves_nothing(digits: Any) -> None:
    train, test = digits
    model = PCA((8, 8, 1), 3)
    model.compile()
    history = model.fit(train, epochs=2, verbose=0, validation_data=test).history
    assert history["val_loss"][0] == pytest.approx(history["val_loss"][1])
    other = PCA((8, 8, 1), 3)
    other.adapt(train)
    np.testing.assert_array_equal(model(test), other(test))
    assert model.trainable_weights == []


def test_probabilistic_pca_has_the_likelihood_of_its_closed_form(digits: Any) -> None:
    train, test = digits
    model = ProbabilisticPCA((8, 8, 1), 6, seed=0)
    model.adapt(train)
    (weights, mean), noise = model.decoder.get_weights(), float(np.exp(model.likelihood.log_scale))
    covariance = weights.T.astype(np.float64) @ weights + noise**2 * np.eye(64)
    expected = scipy.stats.multivariate_normal(mean, covariance).logpdf(test.reshape(-1, 64))
    # One sample is enough where the posterior is exact.
    np.testing.assert_allclose(
        model.log_likelihood(test, num_samples=1), expected, rtol=1e-4, atol=2e-3
    )
    trace = model.trace(test, 1, seed=0)
    np.testing.assert_allclose(trace.log_weights()[0], expected, rtol=1e-4, atol=2e-3)
    solver = sklearn.decomposition.PCA(6).fit(train.reshape(-1, 64).astype(np.float64))
    assert expected.mean() == pytest.approx(solver.score(test.reshape(-1, 64)), abs=0.02)
    q = model.encode(test)
    posterior = np.linalg.inv(weights.astype(np.float64) @ weights.T + noise**2 * np.eye(6))
    np.testing.assert_allclose(q.stddev()[0] ** 2, noise**2 * np.diag(posterior), rtol=1e-3)


def test_a_linear_autoencoder_spans_the_components(digits: Any) -> None:
    train, _ = digits
    keras.utils.set_random_seed(0)
    model = LinearAutoencoder((8, 8, 1), 4, seed=0)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 3000)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=50)
    whole = tf.data.Dataset.from_tensors(train).repeat(3000)  # no noise of batches
    model.fit(whole, shuffle=False, verbose=0)
    spanned = model.decoder.get_weights()[0]
    angles = scipy.linalg.subspace_angles(spanned.T, components(train, 4).T)
    assert np.degrees(angles.max()) < 1


@pytest.mark.slow
def test_a_linear_vae_comes_near_probabilistic_pca() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2)) @ rng.normal(size=(2, 6)) + 0.3 * rng.normal(size=(2000, 6))
    x = x.astype(np.float32)
    exact = ProbabilisticPCA((6,), 2, seed=0)
    exact.adapt(x)
    keras.utils.set_random_seed(0)
    model = LinearVAE((6,), 2, seed=0)
    steps = 60 * (len(x) // 50)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps)))
    model.fit(x, batch_size=50, epochs=60, verbose=0)
    elbo = model.trace(x, 200, seed=1).elbo().numpy().mean()
    assert elbo == pytest.approx(exact.log_likelihood(x, num_samples=1).mean(), abs=0.05)


def test_corruption_is_what_the_encoder_sees_in_training_only(digits: Any) -> None:
    x = digits[0][:64]
    clean = Autoencoder((8, 8, 1), 4, seed=0)
    model = DenoisingAutoencoder((8, 8, 1), 4, share=0.3, seed=0)
    model.set_weights(clean.get_weights())
    seen = []
    inner = model.encoder_outputs
    model.encoder_outputs = lambda x, *args: seen.append(np.array(x)) or inner(x, *args)
    trace = model.trace(x, 1, seed=1, training=True)
    again = model.trace(x, 1, seed=1, training=True)
    model.trace(x, 1, seed=1)
    np.testing.assert_array_equal(trace.x, x)
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[2], x)
    bright = x > 0
    lost = (seen[0] == 0)[bright]
    error = np.sqrt(0.3 * 0.7 / lost.size)
    assert abs(lost.mean() - 0.3) < 4 * error
    np.testing.assert_array_equal(seen[0][bright][~lost], x[bright][~lost])
    np.testing.assert_allclose(again.log_likelihood, trace.log_likelihood)


def test_gaussian_corruption_has_its_scale(digits: Any) -> None:
    from vaezoo.corruptions import Gaussian

    x = digits[0][:200]
    noise = Gaussian(0.3).corrupt(x, tf.constant([0, 1])).numpy() - x
    assert noise.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 4 * 0.3 / np.sqrt(noise.size)


def test_sparse_codes_are_the_largest_of_the_encoder_s_outputs(digits: Any) -> None:
    x = digits[0][:50]
    model = SparseAutoencoder((8, 8, 1), 12, num_active=3, seed=0)
    outputs = model.encoder_outputs(x).numpy()
    expected = np.zeros_like(outputs)
    largest = np.argsort(outputs, axis=1)[:, -3:]
    np.put_along_axis(expected, largest, np.take_along_axis(outputs, largest, 1), 1)
    np.testing.assert_array_equal(model.encode_mean(x), expected)
    np.testing.assert_array_equal(model.trace(x, 1, seed=0).latent().sample[0], expected)


def test_mistakes_speak(digits: Any) -> None:
    with pytest.raises(ConfigError, match="at most 63"):
        PCA((8, 8, 1), 64)
    with pytest.raises(ConfigError, match="3 examples for latent_dim=5"):
        PCA((8, 8, 1), 5).adapt(digits[0][:3])
    flat = np.zeros((50, 64), np.float32)
    flat[:, :3] = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(ConfigError, match="leave nothing of these data out"):
        ProbabilisticPCA((64,), 3).adapt(flat)
    with pytest.raises(ConfigError, match="num_active=9: latent_dim=8"):
        SparseAutoencoder((8, 8, 1), 8, num_active=9)
    with pytest.raises(ConfigError, match="share=1"):
        DenoisingAutoencoder((8, 8, 1), share=1)
