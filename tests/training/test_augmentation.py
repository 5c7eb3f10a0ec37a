"""Augmented training images: of the seed alone, on their levels, and what they should be."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from vaezoo._model import pipeline
from vaezoo._model.augmentation import Augmentation, check_augment
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.models import VAE
from vaezoo.runtime.preparation import AUGMENT
from vaezoo.training import load_recipe
from vaezoo.training.building import check_recipe
from vaezoo.training.fitting import _augmentation

KEY = tf.constant([3, 5], tf.int64)


def changed(x: np.ndarray, *names: str, levels: int | None = None, key: int = 5) -> np.ndarray:
    key = tf.constant([3, key], tf.int64)
    return Augmentation(names, levels)(tf.constant(x, tf.float32), key).numpy()


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    return rng.random((64, 16, 24, 3)).astype(np.float32)


@pytest.mark.parametrize("name", AUGMENT)
def test_every_change_is_of_the_key_alone(images: np.ndarray, name: str) -> None:
    once = changed(images, name)
    np.testing.assert_array_equal(once, changed(images, name))
    assert once.shape == images.shape and not np.array_equal(once, changed(images, name, key=6))
    assert once.min() >= 0 and once.max() <= 1
    assert len({x.tobytes() for x in changed(np.repeat(images[:1], 64, axis=0), name)}) >= 2


def test_flips_mirror_half_of_them(images: np.ndarray) -> None:
    x = changed(images, "flip")
    mirrored = (x == images[:, :, ::-1]).all(axis=(1, 2, 3))
    same = (x == images).all(axis=(1, 2, 3))
    assert (mirrored ^ same).all() and 16 <= mirrored.sum() <= 48  # within four standard deviations


def test_shifts_are_by_whole_pixels(images: np.ndarray) -> None:
    """By up to an eighth: 2 rows and 3 columns."""
    wide = np.pad(images, [(0, 0), (2, 2), (3, 3), (0, 0)], mode="edge")
    places = [(down, right) for down in range(5) for right in range(7)]
    seen = set()
    for x, padded in zip(changed(images, "shift"), wide, strict=True):
        found = [
            (i, j) for i, j in places if np.allclose(x, padded[i : i + 16, j : j + 24], atol=1e-5)
        ]
        assert len(found) == 1
        seen |= set(found)
    assert len({i for i, _ in seen}) == 5 and len({j for _, j in seen}) == 7


def test_rotations_are_about_the_middle() -> None:
    """The angle of a line through the middle is at most 10 degrees; the middle stays."""
    x = np.zeros((64, 33, 33, 1), np.float32)
    x[:, 16] = 1
    turned = changed(x, "rotate")[..., 0]
    assert (turned[:, 16, 16] > 0.99).all()
    rows = (turned * np.arange(33)[:, None]).sum(axis=1) / turned.sum(axis=1)
    angles = np.degrees(np.arctan((rows[:, 24] - rows[:, 8]) / 16))
    assert 8 < np.abs(angles).max() <= 10.1 and angles.min() < 0 < angles.max()


def test_crops_enlarge_a_part() -> None:
    """Of a slope: values stay within it, and it becomes flatter by up to an eighth."""
    x = np.tile(np.linspace(0, 1, 33, dtype=np.float32)[:, None, None], (64, 1, 33, 1))
    slopes = np.diff(changed(x, "crop")[:, 10:20, 16, 0], axis=1).mean(axis=1) * 32
    assert 0.87 < slopes.min() < 0.9 and 0.97 < slopes.max() <= 1.001


def test_jitter_leaves_alpha_alone(images: np.ndarray) -> None:
    alpha = np.random.default_rng(1).random((64, 16, 24, 1)).astype(np.float32)
    x = changed(np.concatenate([images, alpha], axis=3), "jitter")
    np.testing.assert_array_equal(x[..., 3:], alpha)
    shift = (x[..., :3] - images).mean(axis=(1, 2, 3))
    assert 0.05 < np.abs(shift).max() < 0.11
    grey = changed(np.full((64, 8, 8, 1), 0.5, np.float32), "jitter")
    assert (grey.std(axis=(1, 2, 3)) < 1e-6).all() and grey.std() > 0.02


@pytest.mark.parametrize("levels", [2, 256])
def test_values_stay_on_their_levels(images: np.ndarray, levels: int) -> None:
    x = np.round(images * (levels - 1)) / (levels - 1)
    steps = changed(x, *AUGMENT, levels=levels) * (levels - 1)
    assert np.abs(steps - np.round(steps)).max() < 1e-4


def data(x: np.ndarray) -> Dataset:
    return Dataset("mine", **dict.fromkeys(SPLITS, x), licence="", source="", splits="")


def test_the_training_split_alone_is_changed(images: np.ndarray) -> None:
    x = (images * 255).astype(np.uint8)
    augmentation = Augmentation(["flip"], 256)

    def epoch(number: int) -> np.ndarray:
        clock = tf.Variable(number, dtype=tf.int64)
        batches = pipeline.shuffled(x, 16, epoch=clock, seed=0, augment=augmentation)
        return np.concatenate([batch.numpy() for batch in batches])

    first = epoch(0)
    np.testing.assert_array_equal(first, epoch(0))
    assert not np.array_equal(first, epoch(1))
    plain = {image.tobytes() for image in x.astype(np.float32) / np.float32(255)}
    mirrored = {image[:, ::-1].tobytes() for image in x.astype(np.float32) / np.float32(255)}
    shown = [image.tobytes() for image in first]
    assert 16 <= sum(image in plain for image in shown) <= 48
    assert all(image in plain | mirrored for image in shown)
    (kept,) = pipeline.in_order(x, 64)
    np.testing.assert_array_equal(kept, x.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize(
    ("kind", "levels"), [("binary", 2), ("bytes", 256), ("floats", None), ("few levels", 17)]
)
def test_which_levels_images_keep(images: np.ndarray, kind: str, levels: int | None) -> None:
    x = {"binary": images > 0.5, "bytes": (255 * images).astype(np.uint8)}.get(kind, images)
    name = {"name": "categorical", "levels": 17} if kind == "few levels" else "normal"
    model = VAE((16, 24, 3), 2, likelihood=name, network={"name": "mlp", "hidden": [4]})
    recipe = load_recipe("digits", ["training.augment=['flip']"])
    assert _augmentation(model, recipe, data(x)).levels == levels
    assert _augmentation(model, load_recipe("digits"), data(x)) is None


def test_what_cannot_be_changed(rng: np.random.Generator) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'flip'"):
        check_augment(["flips"], (8, 8, 1))
    with pytest.raises(ConfigError, match=r"is for images .* shape \[8\]"):
        check_augment(["flip"], (8,))
    recipe = load_recipe("digits", ["training.augment=['jitter']"])
    model = VAE((8, 8, 1), 2, likelihood="normal", network={"name": "mlp", "hidden": [4]})
    x = rng.normal(size=(50, 8, 8, 1)).astype(np.float32)
    with pytest.raises(DataError, match="jitter needs 0 to 1"):
        check_recipe(recipe, model, data(x))
