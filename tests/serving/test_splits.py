"""Each split is what it says it is: rows, labels, noise, and which of them a figure is of."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import itertools
import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.datasets import dsprites, idx, mnist_static, omniglot
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.binarisation import binarised
from vaezoo.datasets.files import local_folder
from vaezoo.metrics import mig
from vaezoo.reference_classifiers import Prediction
from vaezoo.report import Reference

of_exports = importlib.import_module("vaezoo.report.measure")  # not the function of that name

LARGER = ("mnist", "fashion_mnist", "mnist_static", "omniglot")
NUM_TRAINING, NUM_TEST = 60_000, 10_000  # images of the two files of MNIST


def write_idx(path: Path, array: np.ndarray) -> None:
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=1))


def numbered(first: int, num: int) -> np.ndarray:
    """Images of 1×4 pixels that are the bytes of their own number."""
    return np.arange(first, first + num, dtype="<u4").view(np.uint8).reshape(num, 1, 4)


def numbers(images: np.ndarray) -> np.ndarray:
    """The numbers that such images show."""
    return np.ascontiguousarray(images).reshape(len(images), 4).view("<u4").ravel()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, None]:
    """The four files of a data set like MNIST, whose labels are its numbers, modulo 251."""
    monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
    (tmp_path / "like_mnist").mkdir()
    stems = {}
    for part, first, num in (("train", 0, NUM_TRAINING), ("t10k", NUM_TRAINING, NUM_TEST)):
        labels = (np.arange(first, first + num) % 251).astype(np.uint8)
        for kind, array in (("images-idx3", numbered(first, num)), ("labels-idx1", labels)):
            stems[f"{part}-{kind}-ubyte"] = None
            write_idx(tmp_path / "like_mnist" / f"{part}-{kind}-ubyte.gz", array)
    return stems


def test_idx_files_are_cut_where_it_says(files: dict[str, None]) -> None:
    data = idx.load_idx_dataset("like_mnist", "", files, licence="", source="")
    shown = {split: numbers(getattr(data, split)) for split in SPLITS}
    np.testing.assert_array_equal(shown["train"], np.arange(50_000))
    np.testing.assert_array_equal(shown["validation"], np.arange(50_000, 60_000))
    np.testing.assert_array_equal(shown["test"], np.arange(60_000, 70_000))
    for split in SPLITS:
        np.testing.assert_array_equal(data.labels[split], shown[split] % 251)


def test_the_files_of_static_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_static, "_split", lambda name: np.array([name]))
    data = mnist_static.load()
    assert [str(getattr(data, split)[0]) for split in SPLITS] == ["train", "valid", "test"]


def test_the_parts_of_omniglot(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 drawings of each character; the evaluation part has characters of its own."""
    parts = {"background": numbered(0, 19_280), "evaluation": numbered(19_280, 13_180)}
    monkeypatch.setattr(omniglot, "_part", lambda name: parts[name][..., None])
    data = omniglot.load()
    shown = {split: numbers(getattr(data, split)) for split in SPLITS}
    assert sorted([*shown["train"], *shown["validation"]]) == list(range(19_280))
    np.testing.assert_array_equal(shown["test"], np.arange(19_280, 32_460))
    for split in SPLITS:
        np.testing.assert_array_equal(data.labels[split], shown[split] // 20)


def test_the_grid_of_dsprites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images that are 0 or 1: the number of each in binary."""
    bits = np.arange(46_080)[:, None] >> np.arange(16) & 1
    monkeypatch.setattr(dsprites, "_grid", lambda: bits.astype(np.uint8).reshape(-1, 4, 4))
    data = dsprites.load()
    every = []
    for split in SPLITS:
        shown = getattr(data, split).reshape(-1, 16) // 255 @ (1 << np.arange(16))
        every.extend(shown)
        factors = np.stack(np.unravel_index(shown, (3, 6, 10, 16, 16)), axis=1)
        np.testing.assert_array_equal(data.factors[split], factors)
        np.testing.assert_array_equal(data.labels[split], factors[:, 0])
    assert sorted(every) == list(range(46_080))


@pytest.mark.parametrize("option", ["static", "dynamic"])
def test_no_two_splits_share_their_noise(option: str) -> None:
    """Grey halves: draws of two splits agree in half of the pixels, or else they are the same."""
    grey = np.full((50, 8, 8, 1), 0.5, np.float32)
    data = binarised(Dataset("grey", grey, grey, grey, licence="", source="", splits=""), option)
    drawn = [split for split in SPLITS if option == "static" or split != "train"]
    for one, other in itertools.combinations(drawn, 2):
        agree = (getattr(data, one) == getattr(data, other)).mean()
        assert abs(agree - 0.5) < 4 * 0.5 / np.sqrt(grey.size), (one, other)


def digests(source: datasets.base.Source) -> set[bytes]:
    return {hashlib.sha256(x).digest() for part in datasets.base.chunks(source) for x in part}


@pytest.mark.parametrize(
    ("name", "shared"),
    [("digits", 0), *((name, 0) for name in LARGER), ("dsprites", 4)],
)
def test_which_images_are_in_two_splits(name: str, shared: int) -> None:
    """None, but for as many test images as the data set's card admits."""
    if name == "digits":
        pytest.importorskip("sklearn")
    elif not local_folder():
        pytest.skip("VAEZOO_DATA is not set")
    data = datasets.load(name)
    train, validation, test = (digests(getattr(data, split)) for split in SPLITS)
    assert not train & validation and not validation & test
    assert len(train & test) == shared
    assert (f"{shared} of the test images" in data.splits) is bool(shared)


def test_bytes_mean_the_same_in_every_split() -> None:
    """As 255ths, whatever the brightest of the examples is."""
    assert datasets.as_float(np.array([0, 51], np.uint8)).tolist() == [0, np.float32(0.2)]


class Coded:
    """An export whose posterior means are the first values of an example."""

    manifest = SimpleNamespace(condition=None)

    def encode_mean(self, x: np.ndarray) -> np.ndarray:
        return x[:, :2]


def of_factors(known_in: str, rng: np.random.Generator) -> Dataset:
    """Examples that are their own factors in one split, and noise in the others."""
    grid = np.indices((10, 10)).reshape(2, -1).T.repeat(4, axis=0)
    parts = {split: rng.permutation(grid) for split in SPLITS}
    x = {split: rng.normal(size=grid.shape) for split in SPLITS} | {known_in: parts[known_in]}
    x = {split: values.astype(np.float32) for split, values in x.items()}
    return Dataset("grid", **x, licence="", source="", splits="", factors=parts)


@pytest.mark.parametrize(("known_in", "score"), [("train", 0), ("validation", 0), ("test", 1)])
def test_factor_scores_are_of_test_examples(
    known_in: str, score: float, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_exports, "disentanglement", lambda z, v, seed: {"mig": mig(z, v)})
    found = of_exports._latent_space(Coded(), of_factors(known_in, rng), seed=0)
    assert found["disentanglement"]["mig"] == pytest.approx(score, abs=0.1)
    assert found["disentanglement"]["split"] == "test"
    assert found["disentanglement"]["num_examples"] == 400


def test_a_quick_figure_takes_the_labels_of_its_examples() -> None:
    rows = {split: 100 * place + np.arange(20) for place, split in enumerate(SPLITS)}
    x = {split: numbers[:, None].astype(np.float32) for split, numbers in rows.items()}
    data = Dataset("numbered", **x, licence="", source="", splits="", labels=rows)
    conditional = SimpleNamespace(manifest=SimpleNamespace(condition="labels"))
    examples, labels = of_exports.test_examples(conditional, data, 6)
    assert labels.tolist() == [200, 203, 206, 210, 213, 216]
    np.testing.assert_array_equal(examples[:, 0], labels)


def test_samples_are_compared_with_test_data_and_copies_with_training_data(
    rng: np.random.Generator,
) -> None:
    """Two splits that do not overlap."""
    train, test = rng.normal(0, 1, (200, 2)), rng.normal(100, 1, (150, 2))
    points = Reference(lambda x: Prediction(x, np.full((len(x), 2), 0.5)), train, test)
    copies, unseen = points.compare(train), points.compare(test)
    assert copies["frechet_distance"] > 1e4 and unseen["frechet_distance"] < 1e-6
    assert copies["precision"] == copies["coverage"] == 0
    assert unseen["precision"] == unseen["coverage"] == 1
    assert copies["memorisation_ratio"] == 0
    assert unseen["memorisation_ratio"] == pytest.approx(350 / 150)
    assert points.floor()["frechet_distance"] > 1e4  # of training data, as a perfect model's
