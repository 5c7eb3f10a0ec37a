"""Data sets by name: their content, splits, downloads."""

from __future__ import annotations

import functools
import gc
import gzip
import hashlib
import http.server
import importlib.util
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from vaezoo import datasets, files
from vaezoo.datasets import fashion_mnist, mnist, mnist_static
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
            (gzip.compress(idx(np.zeros((2, 3))))[:-9], "no whole gzip file"),
            (b"<html>", "no whole gzip file"),
            (gzip.compress(b"<html>"), "no IDX file"),
            (gzip.compress(b""), "no IDX file"),
            (gzip.compress(idx(np.zeros((2, 3)))[:-1]), "5 bytes of data, expected 6"),
        ],
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
def test_binary_data_are_not_binarised_again() -> None:
    with pytest.raises(ConfigError, match="binary already"):
        datasets.load("mnist_static", binarise="dynamic")


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
        with pytest.raises(DamagedFileError, match="no whole gzip"):
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
