"""Near-copies across splits are found, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vaezoo import datasets
from vaezoo.errors import ConfigError, DataError


def photographs(num: int, rng: np.random.Generator, side: int = 30) -> np.ndarray:
    """Smooth random images of bytes."""
    coarse = rng.integers(0, 256, (num, 5, 5, 3), np.uint8)
    return np.stack([np.asarray(Image.fromarray(x).resize((side, side))) for x in coarse])


def pairs(parts: dict[str, Any], **options: float) -> list[tuple[str, int, str, int]]:
    return [pair[:4] for pair in datasets.near_duplicates(parts, **options)]


def encoded_again(x: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(x).save(file, "JPEG", quality=95)
    return np.asarray(Image.open(file))


def test_copies_of_every_kind(rng: np.random.Generator) -> None:
    x = photographs(300, rng)
    copies = [
        x[7],
        encoded_again(x[50]),
        np.asarray(Image.fromarray(x[3]).resize((25, 25)).resize((30, 30))),
        np.clip(x[120] + rng.normal(0, 3, x[0].shape), 0, 255).astype(np.uint8),
    ]
    test = np.concatenate([x[250:], copies])
    found = pairs({"train": x[:200], "validation": x[200:250], "test": test})
    rows = [7, 50, 3, 120]
    assert found == [("test", 50 + n, "train", row) for n, row in enumerate(rows)]


def test_every_pair_that_brute_force_finds(rng: np.random.Generator) -> None:
    """At every tolerance: the thumbnails miss none."""
    train, test = photographs(60, rng, 13), photographs(40, rng, 13)
    for row, weight in enumerate(np.linspace(0, 1, 40)):
        test[row] = (weight * test[row] + (1 - weight) * train[row]).astype(np.uint8)
    a, b = (datasets.as_float(x).reshape(len(x), 1, -1).astype(float) for x in (test, train))
    assert train.shape[1] < 16  # a thumbnail is the image
    errors = np.square(a - b.swapaxes(0, 1)).mean(axis=2)
    distances = np.sqrt(errors / ((a.var(axis=2) + b.var(axis=2).T) / 2))
    for tolerance in (0.02, 0.1, 0.5, 0.9):
        found = datasets.near_duplicates({"train": train, "test": test}, tolerance=tolerance)
        expected = np.flatnonzero((distances <= tolerance).any(axis=1))
        assert [pair.row for pair in found] == expected.tolist()
        for pair in found:
            assert pair.distance == pytest.approx(distances[pair.row, pair.other_row])
    assert 0 < len(expected) < 40


def test_constant_images_are_copies_of_their_like(rng: np.random.Generator) -> None:
    train = np.stack([np.full((8, 8, 1), level) for level in (0.0, 0.5)])
    test = np.stack([np.full((8, 8, 1), level) for level in (0.5, 0.7)])
    assert pairs({"train": train, "test": test}) == [("test", 0, "train", 1)]


def test_vectors_are_copies_if_they_are_equal(rng: np.random.Generator) -> None:
    x = rng.normal(size=(50, 3)).astype(np.float32)
    parts = {"train": x[:30], "validation": x[[1, 30]], "test": np.stack([x[30], x[2] + 1e-3])}
    assert pairs(parts) == [("validation", 0, "train", 1), ("test", 0, "validation", 1)]


def test_a_data_set(tmp_path: Path, rng: np.random.Generator) -> None:
    x = photographs(20, rng)
    np.savez(tmp_path / "x.npz", train=x[:10], validation=x[10:15], test=x[[15, 4]])
    data = datasets.load(tmp_path / "x.npz")
    (pair,) = datasets.near_duplicates(data)
    assert pair == ("test", 1, "train", 4, 0.0)
    assert data.row_names["test"][1] == "test[1]" and data.row_names["train"][4] == "train[4]"


def test_wrong_calls(rng: np.random.Generator) -> None:
    x = photographs(4, rng)
    with pytest.raises(ConfigError, match="tolerance=0"):
        datasets.near_duplicates({"train": x}, tolerance=0)
    with pytest.raises(DataError, match="differ in shape"):
        datasets.near_duplicates({"train": x, "test": x[:, :5]})
