"""Attributes of strokes: drawn bars, the published definition, and data sets that have them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.datasets import STROKES, attribute_names, emoji, measure_strokes
from vaezoo.datasets.attributes import ATTRIBUTES, with_attributes
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.files import local_folder
from vaezoo.datasets.made import measured_once
from vaezoo.datasets.strokes import _enlarged
from vaezoo.errors import DataError, MissingExtraError, UnknownNameError

needs_data = pytest.mark.skipif(not local_folder(), reason="VAEZOO_DATA is not set")


def pixels(inside: np.ndarray) -> np.ndarray:
    """The share of each pixel that a shape covers, of 8×8 points in each: bytes."""
    size = len(inside) // 8
    return np.round(255 * inside.reshape(size, 8, size, 8).mean(axis=(1, 3))).astype(np.uint8)


def along_and_across(slant: float, size: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Places of the points in the direction that leans to the right by `slant`, and across it."""
    fine = (np.arange(size * 8) + 0.5) / 8 - size / 2
    x, y = fine[None], -fine[:, None]
    along = x * math.sin(slant) + y * math.cos(slant)
    return along, x * math.cos(slant) - y * math.sin(slant)


def bar(slant: float, length: float, thickness: float) -> np.ndarray:
    """A parallelogram with flat ends, [28, 28]."""
    along, across = along_and_across(slant)
    rows = (
        np.abs(along * math.cos(slant) - across * math.sin(slant)) <= length * math.cos(slant) / 2
    )
    return pixels((np.abs(across) <= thickness / 2) & rows)


def stroke(slant: float, length: float, thickness: float) -> np.ndarray:
    """A line with round ends, [28, 28]: its medial axis is the line."""
    along, across = along_and_across(slant)
    beyond = np.maximum(np.abs(along) - length / 2, 0)
    return pixels(np.hypot(beyond, across) <= thickness / 2)


def measured(x: np.ndarray) -> dict[str, np.ndarray]:
    pytest.importorskip("skimage")
    return dict(zip(STROKES, measure_strokes(x).T, strict=True))


def test_drawn_bars_of_known_slant_width_and_height() -> None:
    slants = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
    widths = []
    for thickness in (3.0, 5.0):
        found = measured(np.stack([bar(slant, 18, thickness) for slant in slants]))
        np.testing.assert_allclose(found["slant"], slants, atol=0.005)
        np.testing.assert_allclose(found["area"], 18 * thickness, rtol=0.03)
        np.testing.assert_allclose(found["height"], 18 * np.cos(slants), atol=0.4)
        widths.append(found["width"])
        blur = found["width"] - thickness / np.cos(slants)  # of the enlargement, on both sides
        assert blur.min() > 1 and blur.max() < 1.8
    np.testing.assert_allclose(widths[1] - widths[0], 2 / np.cos(slants), atol=0.4)


def test_drawn_strokes_of_known_length_and_thickness() -> None:
    lengths, slants = np.array([8.0, 12.0, 16.0, 12.0, 14.0]), np.array([0, 0, 0, 0.3, -0.3])
    for thickness, num in ((3.0, 5), (5.0, 3)):  # thick slanted ones have a spur more
        drawn = zip(slants[:num], lengths[:num], strict=True)
        found = measured(np.stack([stroke(*each, thickness) for each in drawn]))
        np.testing.assert_allclose(found["thickness"], thickness, rtol=0.01)
        # steps of the skeleton are straight or diagonal
        steps = np.cos(slants) + (math.sqrt(2) - 1) * np.abs(np.sin(slants))
        np.testing.assert_allclose(found["length"], (lengths * steps)[:num], atol=2)


def published(image: np.ndarray) -> list[float]:
    """The definition of Castro et al. 2019, one image at a time, by loops."""
    from scipy import ndimage
    from skimage import morphology, transform

    large = np.floor(255 * transform.pyramid_expand(image, upscale=4, order=3))
    stroke = large >= large.min() + (large.max() - large.min()) / 2
    skeleton, distance = morphology.medial_axis(stroke, return_distance=True, rng=0)
    steps = [[0, 0, 0], [0, 0, 1], [math.sqrt(2), 1, math.sqrt(2)]]
    joined = ndimage.correlate(skeleton.astype(float), np.array(steps), mode="constant")
    y, x = np.mgrid[: large.shape[0], : large.shape[1]]
    total = large.sum()
    x_mean, y_mean = (x * large).sum() / total, (y * large).sum() / total
    shear = ((x - x_mean) * (y - y_mean) * large).sum() / ((y - y_mean) ** 2 * large).sum()
    places = np.arange(large.shape[0])
    by_x = [(large * (x + 0.5 < t + shear * (y - y_mean))).sum() / total for t in places]
    by_y = [(large * (y < t)).sum() / total for t in places]
    left, right = np.interp([0.01, 0.99], by_x, places)
    top, bottom = np.interp([0.01, 0.99], by_y, places)
    length, thickness = joined[skeleton].sum() / 4, 2 * distance[skeleton].mean() / 4
    extents = (right - left) / 4, (bottom - top) / 4
    return [stroke.sum() / 16, length, thickness, math.atan(-shear), *extents]


@needs_data
@pytest.mark.parametrize("num", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_the_published_definition_on_digits(num: int) -> None:
    pytest.importorskip("skimage")
    digits = datasets.load("mnist").test[np.arange(num) * 97]
    found = measure_strokes(digits)
    expected = np.array([published(digit[..., 0]) for digit in digits])
    differences = np.abs(found - expected) / expected.std(axis=0)
    # lots, and bytes in place of numbers, decide a few pixels of the skeleton
    np.testing.assert_array_less(differences.mean(axis=0), [0.005, 0.1, 0.05, 0.005, 0.03, 0.15])
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(found.T, expected.T, strict=True)]
    np.testing.assert_array_less([0.9999, 0.99, 0.998, 0.9999, 0.999, 0.999], correlations)


def test_enlarged_as_scikit_image_does(rng: np.random.Generator) -> None:
    transform = pytest.importorskip("skimage.transform")
    images = rng.random((2, 6, 9))
    expected = [transform.pyramid_expand(image, upscale=4, order=3) for image in images]
    np.testing.assert_allclose(_enlarged(images), expected, atol=1e-12)


def test_an_image_does_not_hang_on_the_others(rng: np.random.Generator) -> None:
    x = np.stack([bar(0.1, 18, 4), *(bar(s, 20, 3) for s in rng.uniform(-0.5, 0.5, 5))])
    pytest.importorskip("skimage")
    together = measure_strokes(x)
    for row in (0, 5):
        np.testing.assert_array_equal(measure_strokes(x[row : row + 1])[0], together[row])
    np.testing.assert_allclose(measure_strokes(x[..., None] / 255.0), together, rtol=1e-4)
    np.testing.assert_allclose(measure_strokes(x * np.float32(0.001)), together, rtol=1e-3)


def test_images_without_a_stroke_and_other_arrays() -> None:
    pytest.importorskip("skimage")
    assert np.isnan(measure_strokes(np.full((2, 9, 12), 0.3))).all()
    with pytest.raises(DataError, match=r"shape \[2, 9, 12, 3\]: expected grey images"):
        measure_strokes(np.zeros((2, 9, 12, 3)))
    with pytest.raises(DataError, match="NaN or infinite"):
        measure_strokes(np.full((2, 9, 12), np.nan))


def test_without_scikit_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "vaezoo\[attributes\]"'):
        measure_strokes(np.zeros((1, 8, 8)))
    with pytest.raises(MissingExtraError, match="measuring the attributes of mnist needs skimage"):
        with_attributes(tiny("mnist"), ["area"])


def tiny(name: str, **more: object) -> Dataset:
    x = np.stack([bar(0.1 * n, 18, 4) for n in range(3)])[..., None]
    return Dataset(name, x, x[:2], x[1:], licence="", source="", splits="", **more)


def test_measured_attributes_are_found_when_they_are_read_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("skimage")
    data = with_attributes(tiny("mnist"), ["slant", "area"])
    assert data.attributes and list(data.attributes) == list(SPLITS)
    found = data.attributes["train"]
    np.testing.assert_array_equal(found, measure_strokes(data.train)[:, [3, 0]])
    with monkeypatch.context() as patch:  # the cache is read
        patch.setitem(sys.modules, "skimage.morphology", None)
        again = with_attributes(tiny("mnist"), ["area"]).attributes["train"]
        np.testing.assert_array_equal(again[:, 0], found[:, 1])
    with pytest.raises(UnknownNameError, match="attribute of mnist 'slent': did you mean 'slant'"):
        with_attributes(tiny("mnist"), ["slent"])
    with pytest.raises(KeyError):
        data.attributes["all"]


def test_what_was_measured_of_other_images_is_measured_again(tmp_path: Path) -> None:
    calls = []

    def measure() -> np.ndarray:
        calls.append(1)
        return np.full((2, 1), len(calls), np.float32)

    for images, expected in ((np.zeros((2, 3)), 1), (np.zeros((2, 3)), 1), (np.ones((2, 3)), 2)):
        assert measured_once("some/split", images, measure)[0, 0] == expected


def test_emoji_attributes_are_those_of_their_names() -> None:
    names = ("woman: dark skin tone, red hair", "man", "santa claus: light skin tone", "cat")
    factors = np.array([emoji.attributes_of(name) for name in names])
    data = tiny("emoji", factors={"test": factors}, factor_names=tuple(emoji.ATTRIBUTES))
    columns = ["skin_tone", "male", "red_hair", "bald"]
    nan = np.nan
    expected = [[4, 0, 1, 0], [nan, 1, 0, 0], [0, 1, 0, 0], [nan] * 4]
    found = with_attributes(data, columns).attributes["test"]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))


@needs_data
@pytest.mark.slow
def test_named_data_have_the_attributes_that_they_list() -> None:
    data = datasets.load("dsprites", attributes=["y", "scale"])
    np.testing.assert_array_equal(data.attributes["test"], data.factors["test"][:, [4, 1]])
    assert data.attribute_names == ("y", "scale")
    assert attribute_names("mnist") == STROKES and attribute_names("omniglot") == ()
    assert set(ATTRIBUTES) <= set(datasets.DATASETS)
    with pytest.raises(UnknownNameError, match="data set with attributes 'digits'"):
        datasets.load("digits", attributes=["area"])
