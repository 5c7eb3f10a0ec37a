"""The user's own data: arrays and folders, sound and broken."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vaezoo import datasets
from vaezoo.datasets.on_disk import RowsOnDisk
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError


def everything(data: datasets.Dataset) -> np.ndarray:
    return np.concatenate([s[np.arange(len(s))] for s in (data.train, data.validation, data.test)])


class TestArrays:
    @pytest.mark.parametrize(
        ("shape", "data_shape"),
        [((50, 3), (3,)), ((50, 4, 5), (4, 5, 1)), ((50, 4, 5, 3), (4, 5, 3))],
    )
    def test_splits_partition_a_file(self, tmp_path: Path, shape: Any, data_shape: Any) -> None:
        x = np.random.default_rng(1).random(shape)  # float64: converted when read
        np.save(tmp_path / "x.npy", x)
        data = datasets.load(tmp_path / "x.npy")
        assert data.data_shape == data_shape
        assert data.train.dtype == np.float32
        assert [len(s) for s in (data.train, data.validation, data.test)] == [40, 5, 5]
        found = everything(data).reshape(50, -1)
        expected = x.astype(np.float32).reshape(50, -1)
        np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(expected, axis=0))
        np.testing.assert_array_equal(
            everything(datasets.load(tmp_path / "x.npy")).reshape(50, -1), found
        )

    def test_a_file_stays_on_disk(self, tmp_path: Path) -> None:
        x = np.arange(150).reshape(50, 3).astype(np.uint8)
        np.save(tmp_path / "x.npy", x)
        data = datasets.load(tmp_path / "x.npy")
        assert isinstance(data.train.source.array, RowsOnDisk)
        np.testing.assert_array_equal(data.train.source[[7, 0, 49]], x[[7, 0, 49]])
        assert len(data.train.source[[]]) == 0
        np.save(tmp_path / "x.npy", x[:20])
        with pytest.raises(DataError, match="ends before row 30: it has changed"):
            data.train.source[[3, 30]]

    def test_columns_on_disk_are_mapped(self, tmp_path: Path) -> None:
        x = np.arange(150).reshape(50, 3).astype(np.float32)
        np.save(tmp_path / "x.npy", np.asfortranarray(x))
        data = datasets.load(tmp_path / "x.npy")
        assert isinstance(data.train.source.array, np.memmap)
        np.testing.assert_array_equal(data.train.source[[7, 0]], x[[7, 0]])

    def test_named_splits(self, tmp_path: Path) -> None:
        x = {
            "x_train": np.zeros((5, 2), bool),
            "x_val": np.ones((3, 2), bool),
            "x_test": np.ones((2, 2), bool),
        }
        np.savez(tmp_path / "x.npz", **x, y_train=np.arange(5))
        data = datasets.load(tmp_path / "x.npz")
        assert (len(data.train), len(data.validation), len(data.test)) == (5, 3, 2)
        assert data.test[np.arange(2)].tolist() == [[255, 255], [255, 255]]

    def test_binarise(self, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.full((50, 100), 0.25, np.float32))
        test = datasets.as_float(datasets.load(tmp_path / "x.npy", binarise="dynamic").test)
        assert abs(test.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / test.size)
        np.save(tmp_path / "y.npy", np.full((50, 10), -1, np.float32))
        with pytest.raises(ConfigError, match="binarising needs 0 to 1"):
            datasets.load(tmp_path / "y.npy", binarise="static")

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros((0, 3), np.float32), r"shape \[0, 3\]"),
            (np.zeros((1, 3), np.float32), "has 1 examples: expected at least 3"),
            (np.zeros(5, np.float32), r"shape \[5\]"),
            (np.zeros((5, 2), np.int64), "dtype int64"),
            (np.array([["a"]] * 5), "dtype <U1"),
            (np.where(np.arange(10)[:, None] == 7, np.nan, np.ones((10, 2))), "first in row 7"),
            (np.full((5, 2), np.inf, np.float32), "first in row 0"),
        ],
    )
    def test_arrays_that_cannot_be_used(
        self, tmp_path: Path, array: np.ndarray, message: str
    ) -> None:
        np.save(tmp_path / "x.npy", array)
        with pytest.raises(DataError, match=message):
            datasets.load(tmp_path / "x.npy")

    @pytest.mark.parametrize("suffix", ["npy", "npz"])
    def test_objects_are_never_unpickled(self, tmp_path: Path, suffix: str) -> None:
        array = np.array([{"a": 1}] * 5, dtype=object)
        save = np.save if suffix == "npy" else np.savez
        save(tmp_path / f"x.{suffix}", array, allow_pickle=True)
        with pytest.raises(DataError, match="Python objects"):
            datasets.load(tmp_path / f"x.{suffix}")

    @pytest.mark.parametrize("suffix", ["npy", "npz"])
    @pytest.mark.parametrize("keep", [0, 20, -30])
    def test_damaged_files(self, tmp_path: Path, suffix: str, keep: int) -> None:
        save = np.save if suffix == "npy" else np.savez_compressed
        buffer = io.BytesIO()
        save(buffer, np.random.default_rng(0).random((50, 3)))
        (tmp_path / f"x.{suffix}").write_bytes(buffer.getvalue()[:keep])
        with pytest.raises(DamagedFileError, match="not a readable"):
            datasets.load(tmp_path / f"x.{suffix}")

    @pytest.mark.parametrize("suffix", ["npy", "npz"])
    def test_any_flipped_bit_is_harmless_or_named(self, tmp_path: Path, suffix: str) -> None:
        save = np.save if suffix == "npy" else np.savez_compressed
        path = tmp_path / f"x.{suffix}"
        save(path, np.random.default_rng(0).random((20, 3)))
        sound = path.read_bytes()
        refused = 0
        for position in range(0, len(sound), 3):
            damaged = bytearray(sound)
            damaged[position] ^= 1 << position % 8
            path.write_bytes(damaged)
            try:
                datasets.load(path)
            except (DataError, DamagedFileError):
                refused += 1
        assert refused > 10

    def test_archives_with_other_names(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "x.npz", a=np.zeros((5, 2)), b=np.zeros((5, 2)))
        with pytest.raises(DataError, match=r"holds the arrays a, b.*train is missing"):
            datasets.load(tmp_path / "x.npz")
        np.savez(tmp_path / "y.npz")
        with pytest.raises(DataError, match="is empty"):
            datasets.load(tmp_path / "y.npz")

    def test_splits_of_different_shapes(self, tmp_path: Path) -> None:
        x = {"train": np.zeros((5, 2)), "validation": np.zeros((5, 2)), "test": np.zeros((5, 3))}
        np.savez(tmp_path / "x.npz", **x)
        with pytest.raises(DataError, match="differ in shape"):
            datasets.load(tmp_path / "x.npz")

    def test_missing_and_other_files(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownNameError, match="no such file or folder"):
            datasets.load(tmp_path / "gone.npy")
        (tmp_path / "x.txt").write_text("1,2")
        with pytest.raises(DataError, match=r"expected a \.npy, \.npz, \.h5 or \.csv file"):
            datasets.load(tmp_path / "x.txt")


class TestImageFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Ten images of mixed sizes, modes and depths, in two folders."""
        folder = tmp_path / "photos"
        for i in range(10):
            (folder / f"{i % 2}").mkdir(parents=True, exist_ok=True)
            image = Image.new("RGB", (30 + i, 50 - i), (20 * i, 0, 255))
            modes = (image, image.convert("RGBA"), image.convert("L"), image.quantize())
            image = modes[i % 4]
            image.save(folder / f"{i % 2}" / f"{i}.{'PNG' if i % 3 else 'png'}")
        (folder / "notes.txt").write_text("no image")
        return folder

    def test_mixed_images(self, folder: Path) -> None:
        data = datasets.load(folder, image_size=(8, 6))
        assert data.data_shape == (8, 6, 3)
        pixels = everything(data)
        assert pixels.shape == (10, 8, 6, 3) and pixels.dtype == np.uint8
        # every image is of one colour, whatever its mode
        assert (pixels == pixels[:, :1, :1]).all()
        reds = {0, 20, 80, 100, 160, 180}
        assert reds <= {int(x[0, 0, 0]) for x in pixels if x[0, 0, 2] == 255}

    def test_grey(self, folder: Path, tmp_path: Path) -> None:
        assert datasets.load(folder, image_size=4, image_mode="grey").data_shape == (4, 4, 1)
        grey = tmp_path / "grey"
        grey.mkdir()
        for i in range(4):
            Image.new("L", (9, 9), 10 * i).save(grey / f"{i}.png")
        data = datasets.load(grey)
        assert data.data_shape == (64, 64, 1)
        assert sorted(int(x.min()) for x in everything(data)) == [0, 10, 20, 30]

    def test_crop_keeps_the_middle_and_stretch_keeps_all(self, tmp_path: Path) -> None:
        pixels = np.zeros((4, 12), np.uint8)
        pixels[:, 4:8] = 255
        for i in range(3):
            Image.fromarray(pixels).save(tmp_path / f"{i}.png")
        crop = everything(datasets.load(tmp_path, image_size=4))
        stretch = everything(datasets.load(tmp_path, image_size=4, resize="stretch"))
        assert (crop == 255).all()
        assert 50 < stretch.mean() < 120

    def test_sixteen_bits_and_orientation(self, tmp_path: Path) -> None:
        wide = np.zeros((4, 8), np.uint16)
        wide[:, 4:] = 128 * 257
        turned = Image.Exif()
        turned[0x0112] = 6  # to be shown turned by a quarter
        for i in range(3):
            Image.fromarray(wide).save(tmp_path / f"{i}.png")
        pixels = everything(datasets.load(tmp_path, image_size=(4, 8)))
        assert pixels.dtype == np.float32 and pixels.shape == (3, 4, 8, 1)
        assert sorted(np.unique(pixels)) == [0, np.float32(128 * 257 / 65535)]
        rotated = tmp_path / "rotated"
        rotated.mkdir()
        for i in range(3):
            image = Image.fromarray((wide // 257).astype(np.uint8))
            image.save(rotated / f"{i}.png", exif=turned)
        upright = everything(datasets.load(rotated, image_size=(8, 4)))
        assert (upright[:, :4] == 0).all() and (upright[:, 4:] == 128).all()

    def test_a_bomb_is_refused(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(DataError, match="cannot be read as an image"):
            datasets.load(folder)

    def test_a_truncated_image(self, folder: Path) -> None:
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
        path = folder / "0" / "z.png"
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(
            DataError, match=r"1 of 11 files .*cannot be read as an image \(0/z\.png"
        ):
            datasets.load(folder)

    def test_other_errors(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(DataError, match="holds no images"):
            datasets.load(tmp_path / "empty")
        with pytest.raises(UnknownNameError, match="did you mean 'stretch'"):
            datasets.load(folder, resize="strech")
        with pytest.raises(UnknownNameError, match="image_mode"):
            datasets.load(folder, image_mode="cmyk")
        for size in (0, 12.5, True, (3,), "64", (4, 5, 6)):
            with pytest.raises(ConfigError, match="image_size="):
                datasets.load(folder, image_size=size)
