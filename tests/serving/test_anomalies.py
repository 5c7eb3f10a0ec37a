"""Scores of odd examples against closed forms, by hand, and what they are for."""

from __future__ import annotations

import io
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from linear_gaussian import LinearGaussian
from PIL import Image

import vaezoo
from vaezoo import anomalies
from vaezoo.anomalies import METHODS, IndependentPixels, PixelErrors, compressed_size, threshold
from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics import auroc
from vaezoo.protocols import Array

ROOT = Path(__file__).parents[2]
MODEL = LinearGaussian()


def log_density(x: Array) -> Array:
    """log p(x) of the linear Gaussian model."""
    centred = np.asarray(x) - MODEL.b
    squares = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(MODEL.cov), centred)
    return -0.5 * (squares + np.linalg.slogdet(MODEL.cov)[1] + len(MODEL.b) * math.log(2 * math.pi))


def test_likelihoods_are_the_closed_form() -> None:
    x = MODEL.draw(40)
    exact = -log_density(x)
    estimate = anomalies.log_likelihood(MODEL, x, num_samples=2000)
    np.testing.assert_allclose(estimate, exact, atol=0.1)
    elbo = anomalies.elbo(MODEL, x, num_samples=2000)
    assert (elbo > estimate).all() and (elbo - exact < 1.5).all()
    usual = log_density(MODEL.draw(5000, seed=2))
    typicality = anomalies.typicality(MODEL, x, reference=usual, num_samples=2000)
    np.testing.assert_allclose(typicality, np.abs(exact + usual.mean()), atol=0.1)


def test_typical_is_neither_unlikely_nor_too_likely() -> None:
    usual, mode = MODEL.draw(500), MODEL.b[None]
    reference = MODEL.log_likelihood(usual)
    scores = anomalies.typicality(MODEL, usual, reference=reference)
    assert anomalies.log_likelihood(MODEL, mode) < anomalies.log_likelihood(MODEL, usual).min()
    assert anomalies.typicality(MODEL, mode, reference=reference) > np.median(scores)


def test_reconstruction_is_the_squared_error() -> None:
    x = MODEL.draw(7)
    expected = ((MODEL.reconstruct(x) - x) ** 2).mean(axis=1)
    np.testing.assert_allclose(anomalies.reconstruction(MODEL, x), expected)


class TestLikelihoodRatio:
    def test_of_a_model_to_itself_is_nothing(self) -> None:
        ratio = anomalies.likelihood_ratio(MODEL, MODEL.draw(9), background=MODEL, seed=3)
        np.testing.assert_array_equal(ratio, np.zeros(9))

    def test_of_independent_pixels(self) -> None:
        x = MODEL.draw(20_000)
        background = IndependentPixels.fit(x, binary=False)
        np.testing.assert_allclose(background.mean[0], MODEL.b, atol=0.05)
        np.testing.assert_allclose(background.scale[0], np.sqrt(np.diag(MODEL.cov)), rtol=0.05)
        ratio = anomalies.likelihood_ratio(MODEL, x, background=background, num_samples=20)
        # E[log p(x) - log prod p(x_i)] is the total correlation
        total = 0.5 * (np.log(np.diag(MODEL.cov)).sum() - np.linalg.slogdet(MODEL.cov)[1])
        assert -ratio.mean() == pytest.approx(total, abs=0.1)

    def test_of_bits(self) -> None:
        background = IndependentPixels.fit([[1, 0], [1, 0], [0, 0]], binary=True)
        np.testing.assert_allclose(background.mean, [[3 / 5, 1 / 5]])
        expected = [math.log(3 / 5 * 4 / 5), math.log(2 / 5 * 1 / 5)]
        np.testing.assert_allclose(background.log_likelihood([[1, 0], [0, 1]]), expected, rtol=1e-6)

    def test_wrong_backgrounds(self) -> None:
        with pytest.raises(DataError, match="constant: expected examples that differ"):
            IndependentPixels.fit(np.ones((3, 2)), binary=False)
        with pytest.raises(DataError, match="0 to 1"):
            IndependentPixels.fit([[2.0]], binary=True)
        with pytest.raises(DataError, match=r"shape \[1, 3\]: expected \[N, 5\]"):
            IndependentPixels.fit(MODEL.draw(3), binary=False).log_likelihood([[1, 2, 3]])


class TestCompressedSize:
    def test_is_the_smaller_of_two_lossless_files(self) -> None:
        rng = np.random.default_rng(0)
        noise, ramp = rng.integers(0, 256, (28, 28, 1)), np.arange(784).reshape(28, 28, 1) // 4
        for levels in (noise, ramp):
            pixels = levels.astype(np.uint8)
            png = io.BytesIO()
            Image.fromarray(pixels[..., 0]).save(png, "PNG", optimize=True)
            least = min(png.tell(), len(zlib.compress(pixels.tobytes(), 9)))
            size = compressed_size((levels / 255)[None])
            np.testing.assert_allclose(size, [least * 8 * math.log(2)])
        assert compressed_size(noise[None] / 255) > 784 * math.log(256)  # noise has no smaller file

    def test_bits_take_bits(self) -> None:
        bits = np.random.default_rng(0).integers(0, 2, (1, 64, 64, 1))
        assert 1 < compressed_size(bits)[0] / (64 * 64 * math.log(2)) < 1.05
        vector = bits.reshape(1, -1)
        assert 1 < compressed_size(vector)[0] / (64 * 64 * math.log(2)) < 1.05

    def test_colour_and_other_channels(self) -> None:
        rng = np.random.default_rng(0)
        for channels in (2, 3, 4):
            assert compressed_size(rng.random((2, 8, 8, channels))).shape == (2,)

    def test_levels_only(self) -> None:
        with pytest.raises(DataError, match="a compressor of 8-bit pictures needs 0 to 1"):
            compressed_size([[3.0, 0.0]])


def test_input_complexity_is_the_difference() -> None:
    model = vaezoo.load("digits_vae")
    x = model.generate(4, seed=0).round()
    expected = -model.log_likelihood(x, seed=5) - compressed_size(x)
    np.testing.assert_allclose(anomalies.input_complexity(model, x, seed=5), expected)


def test_every_method_finds_noise() -> None:
    """Bits that are as often 1 as those of the data, anywhere."""
    model = vaezoo.load("digits_vae")
    x = model.generate(300, seed=0)
    rng = np.random.default_rng(0)
    usual = (rng.random(x.shape) < x).astype(np.float32)
    odd = (rng.random((100, *x.shape[1:])) < x.mean()).astype(np.float32)
    rows = np.concatenate([usual[:100], odd])
    needed: dict[str, dict[str, Any]] = {
        "typicality": {"reference": model.log_likelihood(usual[100:])},
        "likelihood_ratio": {"background": IndependentPixels.fit(usual[100:], binary=True)},
    }
    for name, method in METHODS.items():
        scores = method(model, rows, num_samples=20, **needed.get(name, {}))
        assert scores.shape == (200,)
        assert auroc(scores, np.repeat([0, 1], 100)) > 0.85, name


def test_conditions_go_to_the_model_alone() -> None:
    model = vaezoo.load(ROOT / "export" / "mnist_cvae")
    x = model.generate(3, condition=[1, 2, 3], seed=0).round()
    background = IndependentPixels.fit(x, binary=True)
    right = anomalies.likelihood_ratio(model, x, background=background, condition=[1, 2, 3])
    wrong = anomalies.likelihood_ratio(model, x, background=background, condition=[7, 0, 8])
    assert (right < wrong).all()
    assert anomalies.reconstruction(model, x, condition=[1, 2, 3]).shape == (3,)


def test_wrong_references() -> None:
    for reference in ([], [[1.0]], [math.nan]):
        with pytest.raises(DataError, match="expected log-likelihoods of usual examples"):
            anomalies.typicality(MODEL, MODEL.draw(2), reference=reference)


def test_no_density() -> None:
    model = vaezoo.load(ROOT / "export" / "mnist_ae")
    x = np.zeros((2, 28, 28, 1))
    assert anomalies.reconstruction(model, x).shape == (2,)
    with pytest.raises(ConfigError, match="no score: it has no density"):
        anomalies.elbo(model, x)


class TestPixelErrors:
    def test_are_errors_in_units_of_usual_ones(self) -> None:
        usual, x = MODEL.draw(400), MODEL.draw(3, seed=1)
        errors = (MODEL.reconstruct(usual) - usual) ** 2
        squares = errors.mean(axis=0) + errors.mean() / 20
        expected = np.abs(MODEL.reconstruct(x) - x) / np.sqrt(squares)
        np.testing.assert_allclose(PixelErrors.fit(MODEL, usual)(x), expected, rtol=1e-5)

    def test_show_where(self) -> None:
        model = vaezoo.load("digits_vae")
        x = model.generate(50, seed=0).round()
        odd = x[:4].copy()
        odd[:, 0, 7] = 1  # a corner that is always dark
        heat = PixelErrors.fit(model, x)(odd)
        assert heat.shape == odd.shape
        assert (heat.reshape(4, -1).argmax(axis=1) == 7).all()


class TestThreshold:
    def test_is_an_order_statistic(self) -> None:
        scores = np.random.default_rng(0).permutation(np.arange(1.0, 100.0))
        assert [threshold(scores, f) for f in (0.01, 0.05, 0.5)] == [99.0, 95.0, 50.0]
        assert threshold(scores, 0.0123) == 99.0  # not 98: never more than asked for
        assert threshold([1.0], 0.5) == 1.0

    def test_false_positives_are_as_promised(self) -> None:
        """On average over 4,000 sets of 30 scores: at most f, and at least f - 1 / 31."""
        scores = np.random.default_rng(0).standard_normal((4000, 31))
        flagged = np.mean([row[30] > threshold(row[:30], 0.1) for row in scores])
        error = 5 * math.sqrt(0.1 * 0.9 / 4000)
        assert 0.1 - 1 / 31 - error < flagged < 0.1 + error

    @pytest.mark.parametrize(
        ("scores", "false_positives", "error", "message"),
        [
            (np.zeros(98), 0.01, DataError, "98 scores .* 1.000% false positives: give 99 or more"),
            ([], 0.5, DataError, "0 scores"),
            (np.zeros((3, 3)), 0.5, DataError, r"shape \[3, 3\]"),
            ([math.nan], 0.5, DataError, "expected numbers"),
            ([1.0], 0.0, ConfigError, "between 0 and 1"),
            ([1.0], 1, ConfigError, "between 0 and 1"),
            ([1.0], "1%", ConfigError, "between 0 and 1"),
        ],
    )
    def test_wrong_use(
        self, scores: Any, false_positives: Any, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            threshold(scores, false_positives)
