"""Labels, noise and z as the runtime takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo._checks import label_vectors
from vaezoo.errors import ConfigError, DataError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ([2, -1], [[0, 0, 1], [0, 0, 0]]),
        (np.array([[2], [-1]]), [[0, 0, 1], [0, 0, 0]]),
        (np.array([2.0, -1.0]), [[0, 0, 1], [0, 0, 0]]),
        (1, [[0, 1, 0], [0, 1, 0]]),
        ([[0.5, 0.25, 0.25], [0, 0, 0]], [[0.5, 0.25, 0.25], [0, 0, 0]]),
        (np.eye(3, dtype=bool)[:2], [[1, 0, 0], [0, 1, 0]]),
    ],
)
def test_labels(labels: np.ndarray, rows: list[list[float]]) -> None:
    np.testing.assert_array_equal(label_vectors(labels, 3, 2), rows)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "the first in row 1: 3; expected whole numbers from 0 to 2, or -1"),
        ([-2, 0], "in row 0: -2"),
        ([0, np.nan], "in row 1: nan"),
        ([0, 0.5], "in row 1: 0.5"),
        ([0, 1, 2], "3 rows: expected 2"),
        (np.zeros((2, 2)), r"shape \[2, 2\]"),
        ([[1, 0, 0], [1, 1, 0]], "no probabilities, the first is row 1"),
        ([[1, 0, 0], [2, -1, 0]], "no probabilities, the first is row 1"),
        ([[1, 0, 0], [np.nan, 1, 0]], "NaN or infinite values in 1 of 2 rows, first in row 1"),
        (["a", "b"], "dtype"),
        ([[0], [1, 2]], "differ in shape"),
        (np.ma.masked_equal([0, 1], 1), "masked values, first in row 1"),
    ],
)
def test_wrong_labels(labels: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        label_vectors(labels, 3, 2)


def test_many_classes_take_little_memory() -> None:
    assert label_vectors([19_999], 20_000).shape == (1, 20_000)


class TestRuntime:
    def test_conditions(self) -> None:
        model = vaezoo.load(ROOT / "export" / "mnist_cvae")
        images = model.generate(2, condition=3, seed=0)
        for condition in ([3, 3], [[3], [3]], np.eye(10)[[3, 3]]):
            again = model.generate(2, condition=condition, seed=0)
            np.testing.assert_array_equal(images, again)
        for condition in (10, -2, np.nan, 0.5, [1, 2, 3]):
            with pytest.raises(DataError, match=r"labels have|condition has 3 rows"):
                model.generate(2, condition=condition)

    @pytest.mark.parametrize("num", [0, -1, 2**31, 10**30])
    def test_numbers_of_samples(self, num: int) -> None:
        model = vaezoo.load("digits_vae")
        for method in (model.log_likelihood, model.elbo, model.importance_weights):
            with pytest.raises(ConfigError, match=f"num_samples={num}: give an integer of 1"):
                method(np.zeros((3, *model.data_shape)), num_samples=num)

    def test_noise_and_latents(self) -> None:
        model = vaezoo.load("digits_vae")
        x = np.zeros((3, *model.data_shape))
        noise = np.random.default_rng(0).standard_normal((3, 2, model.noise_size))
        np.testing.assert_array_equal(
            model.score(x, noise=noise), model.score(x, noise=noise.astype(np.float32))
        )
        wrong = (noise * np.nan, noise[0], noise[:2], noise[..., :1], noise[:, :0], None)
        for each in (*wrong, np.ma.masked_less(noise, 0)):
            with pytest.raises(DataError, match=r"noise (has|is)"):
                model.score(x, noise=each)
        for z in (np.full((2, model.latent_dim), np.nan), np.zeros((2, 3)), np.zeros(3)):
            with pytest.raises(DataError, match="z has"):
                model.decode_mean(z)
