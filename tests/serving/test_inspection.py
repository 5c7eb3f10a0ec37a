"""What is seen in data, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.datasets import Dataset
from vaezoo.errors import DataError


def data_of(x: np.ndarray) -> Dataset:
    third = len(x) // 3
    parts = {"train": x[:-2], "validation": x[:third], "test": x[third:]}
    return Dataset("mine", **parts, licence="", source="", splits="")


@pytest.fixture
def normals(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(60, 4)).astype(np.float32)


def test_kinds(rng: np.random.Generator, normals: np.ndarray) -> None:
    bits, pictures = rng.integers(0, 2, (60, 8)), rng.integers(0, 256, (60, 8, 8, 3))
    cases = [
        ("binary", bits.astype(np.float32)),
        ("levels", pictures.astype(np.uint8)),
        ("levels", (pictures / 255).astype(np.float32)),
        ("counts", rng.poisson(2.0, (60, 5)).astype(np.float32)),
        ("real", normals),
        ("real", np.round(10 * normals)),
        ("real", pictures.astype(np.float32)),
    ]
    for kind, x in cases:
        assert datasets.inspect(data_of(x)).kind == kind
    in_bytes = dataclasses.replace(data_of((255 * bits).astype(np.uint8)), binary=True)
    assert datasets.inspect(in_bytes).kind == "binary"


def test_figures(normals: np.ndarray) -> None:
    x = normals * np.array([1, 10, 0, 1e-3], np.float32)
    found = datasets.inspect(data_of(x))
    assert found.num_constant == 1 and found.num_values == 4
    assert found.spread == pytest.approx(x[:-2, 1].std() / x[:-2, 3].std(), rel=1e-4)
    assert found.sizes == {"train": 58, "validation": 20, "test": 40}
    # Three columns vary, and standardised ones explain alike.
    assert 1 / 3 < found.explained[0] < 0.6 and len(found.explained) == 3
    assert found.explained[2] == pytest.approx(1)
    assert "1 values never change" in found.remark


def test_components_are_of_the_values_that_a_model_sees(normals: np.ndarray) -> None:
    """In one unit, the larger column is the first component; in units of their own, none is."""
    near = datasets.inspect(data_of(normals * np.array([1, 5, 1, 1], np.float32)))
    assert not near.own_units and near.explained[0] > 0.8
    far = datasets.inspect(data_of(normals * np.array([1, 50, 1, 1], np.float32)))
    assert far.own_units and far.explained[0] < 0.5


def test_pictures(rng: np.random.Generator) -> None:
    x = rng.integers(0, 256, (60, 8, 9, 4)).astype(np.float32)
    found = datasets.inspect(data_of(x))
    assert found.channels == "colour with alpha"
    assert "floats from 0 to 255" in found.remark
    assert found.text.startswith("8 × 9 × 4 real values from 0 to 255; 58 / 20 / 40 examples")


def test_channels_first() -> None:
    with pytest.raises(DataError, match=r"3 channels first; write them as x.transpose\(0, 2, 3, 1"):
        datasets.inspect(data_of(np.zeros((9, 3, 32, 32), np.float32)))


def test_a_value_that_is_far_from_all_others(normals: np.ndarray) -> None:
    normals[7, 2] = 1e30
    with pytest.raises(DataError, match="value 2 of an example lies 1e\\+30 from its median"):
        datasets.inspect(data_of(normals))


def test_constant_data() -> None:
    found = datasets.inspect(data_of(np.full((9, 3), 2.5, np.float32)))
    assert found.remark == "all examples are the same" and found.spread == 1


def test_components_above_noise(rng: np.random.Generator) -> None:
    traits = rng.normal(size=(3000, 3))
    signal = traits @ np.linalg.qr(rng.normal(size=(20, 3)))[0].T
    noisy = (5 * signal + rng.normal(size=(3000, 20))).astype(np.float32)
    assert datasets.inspect(data_of(noisy)).above_noise == 3
    noise = rng.normal(size=(3000, 20)).astype(np.float32)
    assert datasets.inspect(data_of(noise)).above_noise <= 2
    images = rng.integers(0, 256, (60, 8, 8, 3)).astype(np.uint8)
    assert datasets.inspect(data_of(images)).above_noise is None
