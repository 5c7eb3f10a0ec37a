"""Models that are solved: what they read of the data that `fit` is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.errors import ConfigError, DataError
from vaezoo.models import PCA, VAE, ProbabilisticPCA

D, N = 5, 96
rng = np.random.default_rng(0)
X = (rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) + 30).astype(np.float32)
X[N // 2 :] *= rng.normal(size=(1, D)).astype(np.float32)  # another half
ONES = (np.arange(N) < N // 2).astype(np.float32)
FIRST = X[: N // 2]


class InMemory(keras.utils.PyDataset):
    def __init__(self, *arrays: np.ndarray) -> None:
        super().__init__()
        self.arrays = arrays

    def __len__(self) -> int:
        return N // 8

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        return tuple(each[8 * index : 8 * (index + 1)] for each in self.arrays)


def batches(*arrays: np.ndarray) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(arrays).batch(8)


def solved(model: type[VAE], *data: Any, **arguments: Any) -> np.ndarray:
    """Weights after `fit`."""
    made = model((D,), 2, seed=0)
    made.compile("sgd", run_eagerly=True)
    shuffle = isinstance(data[0], np.ndarray)
    made.fit(*data, verbose=0, shuffle=shuffle, **arguments)
    return np.concatenate([np.ravel(weight) for weight in made.get_weights()])


@pytest.fixture(scope="module", params=[PCA, ProbabilisticPCA])
def model(request: pytest.FixtureRequest) -> type[VAE]:
    return request.param


@pytest.fixture(scope="module")
def of_first(model: type[VAE]) -> np.ndarray:
    """Weights for the first half."""
    return solved(model, FIRST)


def test_the_validation_split_is_not_seen(model: type[VAE], of_first: np.ndarray) -> None:
    np.testing.assert_array_equal(solved(model, X, validation_split=0.5), of_first)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_weights_of_0_and_1_are_a_subset(
    model: type[VAE], of_first: np.ndarray, dtype: str
) -> None:
    weights = ONES.astype(dtype)
    for shape in ((N,), (N, 1)):
        found = model((D,), 2, seed=0)
        found.adapt(X, sample_weight=weights.reshape(shape))
        found = np.concatenate([np.ravel(weight) for weight in found.get_weights()])
        np.testing.assert_allclose(found, of_first, rtol=1e-5, atol=1e-6)


def test_weights_count_examples_wherever_they_stand(model: type[VAE], of_first: Any) -> None:
    nothing = np.zeros((N, 0), np.float32)
    for found in (
        solved(model, X, nothing, sample_weight=ONES),
        solved(model, batches(X, nothing, ONES)),
        solved(model, InMemory(X, nothing, ONES)),
    ):
        np.testing.assert_allclose(found, of_first, rtol=1e-5, atol=1e-6)


def test_fractions_are_weighted_moments() -> None:
    weights = rng.random(N)
    model = ProbabilisticPCA((D,), 2)
    model.adapt(X, sample_weight=weights)
    covariance = np.cov(X.T.astype(np.float64), aweights=weights, bias=True)
    values = np.linalg.eigvalsh(covariance)
    noise = float(np.exp(2 * model.likelihood.log_scale))
    assert noise == pytest.approx(values[:3].mean(), rel=1e-4)
    directions, mean = model.decoder.get_weights()
    np.testing.assert_allclose(mean, np.average(X, axis=0, weights=weights), rtol=1e-5)
    squares = (directions**2).sum(1)
    np.testing.assert_allclose(squares, values[::-1][:2] - noise, rtol=1e-3)


def test_data_without_end_are_read_for_the_steps_of_an_epoch(
    model: type[VAE], of_first: np.ndarray
) -> None:
    endless = batches(X).map(lambda x: x).repeat()
    found = solved(model, endless, steps_per_epoch=N // 16)
    np.testing.assert_allclose(found, of_first, rtol=1e-5, atol=1e-6)
    with pytest.raises(ConfigError, match="no end: give steps_per_epoch"):
        solved(model, endless)


def test_a_stream_far_from_zero_loses_no_digits() -> None:
    far = (FIRST - FIRST.mean(0)).astype(np.float64)
    first, second = PCA((D,), 2), PCA((D,), 2)
    first.adapt(far)
    second.adapt(batches(far + 1e6))
    np.testing.assert_allclose(
        second.decoder.get_weights()[0], first.decoder.get_weights()[0], rtol=1e-4, atol=1e-5
    )


def test_what_cannot_be_read_twice_is_refused() -> None:
    def generator() -> Iterator[tuple[np.ndarray]]:
        yield (X,)

    with pytest.raises(ConfigError, match="a generator can be read once only"):
        solved(PCA, generator())


def test_wrong_weights() -> None:
    model = PCA((D,), 2)
    for weights, message in (
        (-ONES, "negative"),
        (ONES * np.nan, "NaN"),
        (ONES[:-1], r"shape \[95\]"),
        (0 * ONES, "0 for all examples"),
        (np.full(N, "a"), "dtype"),
    ):
        with pytest.raises(DataError, match=message):
            model.adapt(X, sample_weight=weights)
    with pytest.raises(ConfigError, match="2 examples for latent_dim=2"):
        model.adapt(X, sample_weight=np.arange(N) < 2)


@pytest.mark.parametrize("share", [1.0, -0.5, 0.999, float("nan"), "half"])
def test_splits_that_leave_nothing(share: float | str) -> None:
    with pytest.raises(ConfigError, match=f"validation_split={share} of 96 examples leaves none"):
        solved(PCA, X, validation_split=share)


def test_splits_of_what_has_no_rows() -> None:
    with pytest.raises(ConfigError, match="cannot be split; give validation_data="):
        solved(PCA, batches(X), validation_split=0.5)
