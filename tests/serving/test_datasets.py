"""Data sets by name: their content, splits, downloads."""

from __future__ import annotations

import functools
import gc
import gzip
import hashlib
import http.server
import importlib.util
import io
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from vaezoo import datasets
from vaezoo._storage import files
from vaezoo.datasets import dsprites, fashion_mnist, mnist, mnist_static, omniglot
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import local_folder
from vaezoo.datasets.idx import read_idx
from vaezoo.errors import (
    ConfigError,
    DamagedFileError,
    DownloadError,
    MissingExtraError,
    UnknownNameError,
)

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None
needs_data = pytest.mark.skipif(not local_folder(), reason="VAEZOO_DATA is not set")


def idx(array: np.ndarray) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


class TestIdx:
    def test_values(self, tmp_path: Path) -> None:
        array = np.arange(24).reshape(2, 3, 4)
        path = tmp_path / "a.gz"
        path.write_bytes(gzip.compress(idx(array)))
        np.testing.assert_array_equal(read_idx(path), array)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (gzip.compress(idx(np.zeros((2, 3))))[:-9], "not a complete gzip file"),
            (b"<html>", "not a complete gzip file"),
            (gzip.compress(b"<html>"), "no IDX header"),
            (gzip.compress(b""), "no IDX header"),
            (gzip.compress(idx(np.zeros((2, 3)))[:-1]), "5 bytes of data, expected 6"),
        ],
        ids=["cut", "html", "zipped-html", "empty", "short"],  # the bytes hold the time
    )
    def test_damage(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "a.gz").write_bytes(content)
        with pytest.raises(DamagedFileError, match=message):
            read_idx(tmp_path / "a.gz")

    def test_hash(self, tmp_path: Path) -> None:
        (tmp_path / "a.gz").write_bytes(gzip.compress(idx(np.zeros(3))))
        with pytest.raises(DamagedFileError, match="expected 000000000000"):
            read_idx(tmp_path / "a.gz", "0" * 64)


@needs_data
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "mnist_static"])
def test_the_real_sets(name: str) -> None:
    data = datasets.load(name)
    assert [len(s) for s in (data.train, data.validation, data.test)] == [50_000, 10_000, 10_000]
    assert data.data_shape == (28, 28, 1)
    assert datasets.value_range(data.test) == (0.0, 1.0)
    if name != "mnist_static":
        assert np.bincount(data.labels["test"]).sum() == 10_000
    else:
        assert set(np.unique(data.test)) == {0, 255}


def array(file: str, name: str) -> np.ndarray:
    """An array of a file below VAEZOO_DATA."""
    with np.load(f"{local_folder()}/{file}", allow_pickle=False) as arrays:
        return arrays[name]


@needs_data
class TestOmniglot:
    @pytest.fixture(scope="class")
    @classmethod
    def data(cls) -> Dataset:
        return datasets.load("omniglot")

    def test_splits_partition_the_drawings(self, data: Dataset) -> None:
        assert [len(data.train), len(data.validation), len(data.test)] == [17_280, 2_000, 13_180]
        assert data.data_shape == (28, 28, 1) and data.test.dtype == np.uint8
        found = [
            (label, bytes(x))
            for split in ("train", "validation")
            for label, x in zip(data.labels[split], getattr(data, split), strict=True)
        ]
        background = array(f"omniglot/{omniglot.DERIVED}", "background")
        labels = array(f"omniglot/{omniglot.DERIVED}", "background_labels")
        assert sorted(found) == sorted(zip(labels, map(bytes, background), strict=True))
        evaluation = array(f"omniglot/{omniglot.DERIVED}", "evaluation")
        np.testing.assert_array_equal(data.test[..., 0], evaluation)

    def test_characters_are_numbered_through(self, data: Dataset) -> None:
        counts = [np.bincount(data.labels[s], minlength=1623) for s in ("train", "validation")]
        assert (sum(counts)[:964] == 20).all() and not sum(counts)[964:].any()
        labels = array(f"omniglot/{omniglot.DERIVED}", "evaluation_labels")
        np.testing.assert_array_equal(data.labels["test"], labels + 964)

    def test_pixels_are_shares_of_areas(self, data: Dataset) -> None:
        """Of 15 × 15 quarters of pixels, of which the first pixel holds whole ones, 4 × 4."""
        assert set(np.unique(data.train)) == set(np.rint(np.arange(226) * 255 / 225))
        in_corner = {16 * a + 12 * b + 9 * c for a in range(10) for b in range(7) for c in (0, 1)}
        corners = np.unique(data.train[:, ::27, ::27])
        assert set(corners) <= set(np.rint(np.array(list(in_corner)) * 255 / 225))


@needs_data
class TestDsprites:
    @pytest.fixture(scope="class")
    @classmethod
    def data(cls) -> Dataset:
        return datasets.load("dsprites")

    @staticmethod
    def on_grid(data: Dataset, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """A statistic of the images by their factors: [3, 6, 10, 16, 16]."""
        found = np.full((3, 6, 10, 16, 16), np.nan)
        for split, factors in data.factors.items():
            found[tuple(factors.T)] = statistic(getattr(data, split)[..., 0] // 255)
        return found

    def test_splits_partition_the_grid(self, data: Dataset) -> None:
        lengths = {"train": 41_472, "validation": 2_304, "test": 2_304}
        assert {split: len(getattr(data, split)) for split in lengths} == lengths
        assert data.data_shape == (64, 64, 1) and data.binary
        assert data.factor_names == ("shape", "scale", "orientation", "x", "y")
        images = array(f"dsprites/{dsprites.GRID}", "imgs")
        classes = array(f"dsprites/{dsprites.GRID}", "latents_classes")
        every = []
        for split, factors in data.factors.items():
            rows = np.ravel_multi_index(tuple(factors.T), (3, 6, 10, 16, 16))
            some = slice(None, None, 40 if split == "train" else 1)
            found = getattr(data, split)[some]
            np.testing.assert_array_equal(found[..., 0], images[rows[some]] * 255)
            np.testing.assert_array_equal(factors, classes[rows])
            np.testing.assert_array_equal(data.labels[split], factors[:, 0])
            every.extend(rows)
        assert sorted(every) == list(range(46_080))

    def test_rows_of_the_public_file(self) -> None:
        expected = array(f"dsprites/{dsprites.GRID}", "original_dataset_indices")
        np.testing.assert_array_equal(dsprites._rows().ravel(), expected)
        # Images drawn from the public file by its own numbers: those in the grid are the same.
        drawn = array("dsprites/dsprites_random.npz", "original_dataset_indices")
        _, here, there = np.intersect1d(expected, drawn, return_indices=True)
        assert len(here) > 1000
        np.testing.assert_array_equal(
            array(f"dsprites/{dsprites.GRID}", "imgs")[here],
            array("dsprites/dsprites_random.npz", "imgs")[there],
        )

    def test_images_are_binary(self, data: Dataset) -> None:
        assert set(np.unique(data.train)) == set(np.unique(data.test)) == {0, 255}

    def test_factors_move_and_grow_the_sprite(self, data: Dataset) -> None:
        mass = self.on_grid(data, lambda x: x.sum((1, 2)))
        x = self.on_grid(data, lambda x: x.sum(1) @ np.arange(64)) / mass
        y = self.on_grid(data, lambda x: x.sum(2) @ np.arange(64)) / mass
        assert (np.diff(mass, axis=1) > 0).all()
        # 16 places on the way from one edge to the other, about 2 pixels apart
        for centre, along, across in ((x, 3, 4), (y, 4, 3)):
            assert 1.5 < np.diff(centre, axis=along).min() < np.diff(centre, axis=along).max() < 3
            assert abs(np.diff(centre, axis=across)).max() < 0.5

    def test_images_tell_all_but_the_orientation(self, data: Dataset) -> None:
        """14 pairs of ellipses are alike but for the class of their orientation."""
        seen: dict[bytes, tuple[int, ...]] = {}
        pairs = []
        for split, factors in data.factors.items():
            packed = np.packbits(getattr(data, split).reshape(len(factors), -1), axis=1)
            for image, other in zip(map(bytes, packed), map(tuple, factors.tolist()), strict=True):
                if image in seen:
                    pairs.append((seen[image], other))
                seen[image] = other
        assert len(pairs) == 14
        assert all(a[0] == b[0] == 1 and a[1] == b[1] and a[3:] == b[3:] for a, b in pairs)

    def test_some_labels(self, data: Dataset) -> None:
        some = datasets.load("dsprites", num_labels=30)
        assert np.bincount(some.labels["train"] + 1)[1:].tolist() == [10, 10, 10]
        np.testing.assert_array_equal(some.factors["train"], data.factors["train"])


class TestLocalFiles:
    @pytest.mark.parametrize(
        ("name", "file", "arrays"),
        [
            ("omniglot", omniglot.DERIVED, {"background": np.zeros((20, 28, 28), np.uint8)}),
            ("dsprites", dsprites.GRID, {"imgs": np.zeros((20, 64, 64), np.uint8)}),
        ],
    )
    def test_other_content_is_refused(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        file: str,
        arrays: dict[str, np.ndarray],
    ) -> None:
        monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / file, **arrays)
        with pytest.raises(DamagedFileError, match=r"pixels.*have SHA-256.*expected"):
            datasets.load(name)
        for content in (b"<html>", (tmp_path / name / file).read_bytes()[:-100]):
            (tmp_path / name / file).write_bytes(content)
            with pytest.raises(DamagedFileError, match=r"not a readable \.npz"):
                datasets.load(name)


@pytest.mark.skipif(not HAS_SKLEARN, reason="scikit-learn is not installed")
class TestDigits:
    def test_splits_partition_the_set(self) -> None:
        from sklearn.datasets import load_digits

        data = datasets.load("digits")
        parts = np.concatenate([data.train, data.validation, data.test])
        expected = load_digits().images / 16
        assert sorted(map(bytes, parts)) == sorted(bytes(x) for x in expected.astype(np.float32))

    def test_binarisation_draws_the_grey_level(self) -> None:
        grey, data = datasets.load("digits"), datasets.load("digits", binarise="dynamic")
        np.testing.assert_array_equal(grey.train, data.train)  # drawn by the pipeline
        test = datasets.as_float(data.test)
        assert set(np.unique(test)) == {0.0, 1.0}
        error = np.sqrt((grey.test * (1 - grey.test)).sum()) / grey.test.size
        assert abs(test.mean() - grey.test.mean()) < 4 * error
        np.testing.assert_array_equal(datasets.load("digits", binarise="static").test, data.test)

    def test_static_binarisation_covers_all_splits(self) -> None:
        data = datasets.load("digits", binarise="static")
        for split in (data.train, data.validation, data.test):
            assert set(np.unique(split)) == {0, 255}
        assert data.binary and not datasets.load("digits", binarise="dynamic").binary

    def test_some_labels_are_kept_evenly(self) -> None:
        every, some = datasets.load("digits").labels, datasets.load("digits", num_labels=95).labels
        kept = some["train"] >= 0
        np.testing.assert_array_equal(some["train"][kept], every["train"][kept])
        assert (some["train"][~kept] == -1).all() and kept.sum() == 95
        counts = np.bincount(some["train"][kept], minlength=10)
        assert counts.min() == 9 and counts.max() == 10
        for split in ("validation", "test"):
            np.testing.assert_array_equal(some[split], every[split])
        again = datasets.load("digits", num_labels=95).labels["train"]
        np.testing.assert_array_equal(again, some["train"])
        for wrong in (0, -3, 5000, "many"):
            with pytest.raises(ConfigError, match="num_labels"):
                datasets.load("digits", num_labels=wrong)


@pytest.mark.skipif(HAS_SKLEARN, reason="scikit-learn is installed")
def test_digits_name_the_extra() -> None:
    with pytest.raises(MissingExtraError, match="scikit-learn"):
        datasets.load("digits")


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mnist'"):
        datasets.load("mnits")
    with pytest.raises(UnknownNameError, match="did you mean 'dynamic'"):
        datasets.load("digits", binarise="dynamc")


@needs_data
@pytest.mark.parametrize("name", ["mnist_static", "dsprites"])
def test_binary_data_are_not_binarised_again(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is binary already"):
        datasets.load(name, binarise="dynamic")


class _Server(http.server.SimpleHTTPRequestHandler):
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.requests.append(self.path)
        super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine, and the folder that it serves."""
    folder = tmp_path / "public"
    folder.mkdir()
    _Server.requests.clear()
    handler = functools.partial(_Server, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}", folder
        httpd.shutdown()
        thread.join()


class TestDownload:
    @pytest.fixture(autouse=True)
    def _no_local_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VAEZOO_DATA", raising=False)

    @pytest.fixture
    def public(self, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
        """A small MNIST on the server, its hashes pinned."""
        url, folder = server
        hashes = {}
        for stem in mnist.HASHES:
            shape = (60_000, 1, 1) if "images" in stem else (60_000,)
            content = idx(np.arange(60_000).reshape(shape) % 251)
            hashes[stem] = hashlib.sha256(content).hexdigest()
            (folder / f"{stem}.gz").write_bytes(gzip.compress(content, 1))
        monkeypatch.setattr(mnist, "URL", url)
        monkeypatch.setattr(mnist, "HASHES", hashes)
        return folder

    def test_second_load_comes_from_the_cache(self, public: Path) -> None:
        first = datasets.load("mnist")
        assert len(_Server.requests) == 4
        second = datasets.load("mnist")
        assert len(_Server.requests) == 4
        np.testing.assert_array_equal(first.test, second.test)
        assert first.train[1000, 0, 0, 0] == 1000 % 251

    def test_wrong_content_is_not_kept(self, public: Path) -> None:
        (public / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(5))))
        with pytest.raises(DamagedFileError, match="has SHA-256"):
            datasets.load("mnist")
        assert not [f for f in files.cache_folder().rglob("*") if f.is_file()]

    def test_truncated_content_is_not_kept(self, public: Path) -> None:
        path = public / "train-images-idx3-ubyte.gz"
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(DamagedFileError, match="not a complete gzip"):
            datasets.load("mnist")
        assert not [f for f in files.cache_folder().rglob("*") if f.is_file()]

    def test_missing_on_the_server(self, public: Path) -> None:
        (public / "train-images-idx3-ubyte.gz").unlink()
        with pytest.raises(DownloadError, match=r"404.*set VAEZOO_DATA"):
            datasets.load("mnist")
        assert len(_Server.requests) == 1  # an answer is an answer: not asked again

    # requests leaves the refused sockets to the garbage collector, which is made to run here
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_no_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fashion_mnist, "URL", "http://127.0.0.1:9")
        with pytest.raises(DownloadError, match=r"could not be downloaded.*VAEZOO_DATA"):
            datasets.load("fashion_mnist")
        gc.collect()

    def test_text_form_of_static_mnist(
        self, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url, folder = server
        pixels = np.random.default_rng(0).integers(0, 2, (4, 784), np.uint8)
        for name in ("train", "valid", "test"):
            np.savetxt(folder / f"binarized_mnist_{name}.amat", pixels, fmt="%d")
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        monkeypatch.setattr(mnist_static, "URL", url)
        monkeypatch.setattr(mnist_static, "HASHES", dict.fromkeys(mnist_static.HASHES, digest))
        expected = pixels.reshape(4, 28, 28, 1) * 255
        np.testing.assert_array_equal(datasets.load("mnist_static").validation, expected)
        monkeypatch.setattr(mnist_static, "HASHES", dict.fromkeys(mnist_static.HASHES, "0" * 64))
        with pytest.raises(DamagedFileError, match="pixels have SHA-256"):
            datasets.load("mnist_static")


def png(ink: np.ndarray) -> bytes:
    """One bit a pixel, black on white, as Omniglot's."""
    file = io.BytesIO()
    Image.fromarray(~ink).save(file, "PNG")
    return file.getvalue()


def area_average(ink: np.ndarray) -> np.ndarray:
    """105 -> 420 -> 28, by Pillow."""
    return np.asarray(Image.fromarray(ink).convert("L").resize((420, 420), 0).reduce(15))


def write_zip(path: Path, content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


class TestOmniglotDownload:
    @pytest.fixture(autouse=True)
    def _no_local_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VAEZOO_DATA", raising=False)

    @pytest.fixture
    def public(
        self, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
    ) -> tuple[Path, dict[str, np.ndarray]]:
        """Three characters by two drawers on the server, and their pixels at 28×28."""
        url, folder = server
        alphabets = {"background": ("Arcadian", "Anglo-Saxon_Futhorc"), "evaluation": ("ULOG",)}
        pixels, number = {}, 0
        for part, names in alphabets.items():
            content = {"__MACOSX/images_background/._0001_01.png": b"", f"images_{part}/": b""}
            drawings = rng.random((len(names), 2, 105, 105)) < rng.random((len(names), 2, 1, 1))
            for name, character in zip(names, drawings, strict=True):
                number += 1
                for drawer in (2, 1):
                    path = f"images_{part}/{name}/character01/{number:04d}_{drawer:02d}.png"
                    content[path] = png(character[drawer - 1])
            write_zip(folder / f"images_{part}.zip", content)
            pixels[part] = np.stack([area_average(x) for x in drawings.reshape(-1, 105, 105)])
        hashes = {part: hashlib.sha256(x.tobytes()).hexdigest() for part, x in pixels.items()}
        for attribute, value in {
            "URL": url,
            "HASHES": hashes,
            "DRAWERS": 2,
            "VALIDATION": 1,
        }.items():
            monkeypatch.setattr(omniglot, attribute, value)
        return folder, pixels

    def test_area_averages_in_order_of_number(
        self, public: tuple[Path, dict[str, np.ndarray]]
    ) -> None:
        _, pixels = public
        data = datasets.load("omniglot")
        np.testing.assert_array_equal(data.test[..., 0], pixels["evaluation"])
        assert data.labels["test"].tolist() == [2, 2]
        found = np.concatenate([data.train, data.validation])[..., 0]
        labels = np.concatenate([data.labels["train"], data.labels["validation"]])
        for x, label in zip(found, labels, strict=True):
            assert bytes(x) in map(bytes, pixels["background"][2 * label :][:2])
        assert len({bytes(x) for x in found}) == 4
        datasets.load("omniglot")
        assert len(_Server.requests) == 2

    def test_other_pixels_are_not_kept(self, public: tuple[Path, dict[str, np.ndarray]]) -> None:
        folder, _ = public
        name = "images_background/Greek/character01/0001_01.png"
        path = folder / "images_background.zip"
        whole = path.read_bytes()
        for content, message in (
            ({name: png(np.zeros((105, 105), bool))}, "pixels at 28×28 have SHA-256"),
            ({name: png(np.zeros((28, 28), bool))}, "not a readable .zip of 105×105"),
            ({name: b"<html>"}, "not a readable .zip of 105×105"),
            ({}, "not a readable .zip of 105×105"),
        ):
            write_zip(path, content)
            with pytest.raises(DamagedFileError, match=message):
                datasets.load("omniglot")
        path.write_bytes(whole[:-100])
        with pytest.raises(DamagedFileError, match=r"not a readable \.zip"):
            datasets.load("omniglot")
        assert not [f for f in files.cache_folder().rglob("*") if f.is_file()]

    def test_missing_on_the_server(self, public: tuple[Path, dict[str, np.ndarray]]) -> None:
        (public[0] / "images_background.zip").unlink()
        with pytest.raises(DownloadError, match=r"404.*set VAEZOO_DATA"):
            datasets.load("omniglot")


class TestDspritesDownload:
    @pytest.fixture(autouse=True)
    def _no_local_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VAEZOO_DATA", raising=False)

    @pytest.fixture
    def public(
        self, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
    ) -> tuple[Path, np.ndarray]:
        """3 × 2 × 8 × 8 × 8 images on the server, with a pickle beside them, and their grid."""
        url, folder = server
        images = np.zeros((3, 2, 8, 8, 8, 64, 64), np.uint8)
        images[..., 7, :] = rng.integers(0, 2, (3, 2, 8, 8, 8, 64))
        grid = images[:, :, [0, 4]][:, :, :, [0, 2, 4, 6]][:, :, :, :, [0, 2, 4, 6]]
        grid = np.ascontiguousarray(grid).reshape(-1, 64, 64)
        np.savez_compressed(
            folder / dsprites.FILE,
            metadata=np.array({"date": "April 2017"}, object),
            imgs=images.reshape(-1, 64, 64),
        )
        monkeypatch.setattr(dsprites, "URL", url)
        monkeypatch.setattr(dsprites, "SIZES", (3, 2, 8, 8, 8))
        monkeypatch.setattr(dsprites, "HASH", hashlib.sha256(grid.tobytes()).hexdigest())
        return folder, grid

    def test_sub_sampling(self, public: tuple[Path, np.ndarray]) -> None:
        _, grid = public
        data = datasets.load("dsprites")
        assert [len(data.train), len(data.validation), len(data.test)] == [174, 9, 9]
        for split, factors in data.factors.items():
            rows = np.ravel_multi_index(tuple(factors.T), (3, 2, 2, 4, 4))
            np.testing.assert_array_equal(getattr(data, split)[..., 0], grid[rows] * 255)

    def test_the_grid_is_kept(self, public: tuple[Path, np.ndarray]) -> None:
        first = datasets.load("dsprites")
        cache = files.cache_folder() / "datasets" / "dsprites"
        assert {f.name for f in cache.iterdir()} == {dsprites.FILE, dsprites.GRID}
        (cache / dsprites.FILE).unlink()
        np.testing.assert_array_equal(datasets.load("dsprites").test, first.test)
        assert len(_Server.requests) == 1

    def test_the_public_file_in_the_local_folder(
        self, public: tuple[Path, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "data").mkdir()
        public[0].rename(tmp_path / "data" / "dsprites")
        monkeypatch.setenv("VAEZOO_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("VAEZOO_CACHE", str(tmp_path / "data" / "dsprites" / dsprites.FILE))
        assert len(datasets.load("dsprites").test) == 9  # and no cache is needed
        assert not _Server.requests

    @pytest.mark.parametrize(
        ("images", "message"),
        [
            (np.zeros((3072, 64, 64), np.uint8), "the grid's pixels have SHA-256"),
            (np.zeros((3072, 64, 63), np.uint8), r"uint8 \[3072, 64, 63\].*expected uint8"),
            (np.zeros((3072, 64, 64), np.int64), r"int64 \[3072, 64, 64\].*expected uint8"),
            (np.array({"no": "array"}, object), "not a readable .npz|expected uint8"),
        ],
    )
    def test_other_pixels_are_not_kept(
        self, public: tuple[Path, np.ndarray], images: np.ndarray, message: str
    ) -> None:
        np.savez_compressed(public[0] / dsprites.FILE, imgs=images)
        with pytest.raises(DamagedFileError, match=message):
            datasets.load("dsprites")
        assert not [f for f in files.cache_folder().rglob("*") if f.is_file()]

    def test_truncated_content_is_not_kept(self, public: tuple[Path, np.ndarray]) -> None:
        path = public[0] / dsprites.FILE
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(DamagedFileError, match=r"not a readable \.npz"):
            datasets.load("dsprites")
        assert not [f for f in files.cache_folder().rglob("*") if f.is_file()]
