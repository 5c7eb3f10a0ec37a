"""Pictures of every kind: right, or named in one sentence."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_data import folder, levels, numbered, plain
from PIL import Image

from vaezoo import datasets
from vaezoo.datasets.own import survey
from vaezoo.errors import ConfigError, DataError


def load(path: Path, **options: Any) -> datasets.Dataset:
    return datasets.load_rows(path, image_size=6, **options)


def every(data: datasets.Dataset) -> np.ndarray:
    return np.asarray(data.test[np.arange(len(data.test))])


class TestAlpha:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Red below transparent pixels of a left half, and a palette with a transparent entry."""
        pixels = np.zeros((6, 6, 4), np.uint8)
        pixels[..., 0], pixels[:, 3:, 3] = 255, 255
        indices = Image.fromarray(np.arange(36, dtype=np.uint8).reshape(6, 6) % 2, "P")
        indices.putpalette([0, 0, 255, 0, 255, 0])
        (tmp_path / "a").mkdir()
        indices.save(tmp_path / "a" / "p.png", transparency=0)
        return folder(tmp_path / "a", {"x.png": Image.fromarray(pixels)})

    @pytest.mark.parametrize(("background", "colour"), [("white", 255), ("black", 0)])
    def test_hidden_pixels_do_not_show(self, path: Path, background: str, colour: int) -> None:
        data = load(path, background=background)
        palette, half = every(data)
        assert (half[:, :3] == colour).all() and (half[:, 3:] == [255, 0, 0]).all()
        assert (palette[0, 0] == colour).all() and palette[0, 1].tolist() == [0, 255, 0]
        assert f"2 of 2 images (first: p.png) may have transparent pixels: {background}" in str(
            data.notes
        )

    def test_alpha_is_a_channel(self, path: Path) -> None:
        data = load(path, image_mode="rgba")
        _, half = every(data)
        assert data.data_shape == (6, 6, 4) and not data.notes
        assert (half[:, :3] == 0).all() and (half[:, 3:] == [255, 0, 0, 255]).all()

    def test_no_colour(self, path: Path) -> None:
        with pytest.raises(ConfigError, match="background='blu': give a colour"):
            load(path, background="blu")


class TestDepths:
    def test_sixteen_bits_keep_their_levels(self, tmp_path: Path) -> None:
        x = np.random.default_rng(0).integers(0, 2**16, (3, 6, 6)).astype(np.uint16)
        for place, suffix in enumerate(("png", "tif", "tiff")):
            Image.fromarray(x[place]).save(tmp_path / f"{place}.{suffix}")
        data = load(tmp_path)
        np.testing.assert_array_equal(every(data)[..., 0], x.astype(np.float32) / 65535)
        assert not data.notes

    def test_floats_stay_what_they_are(self, tmp_path: Path) -> None:
        x = np.random.default_rng(0).normal(size=(3, 6, 6)).astype(np.float32)
        for place in range(3):
            Image.fromarray(x[place]).save(tmp_path / f"{place}.tif")
        np.testing.assert_array_equal(every(load(tmp_path))[..., 0], x)

    def test_floats_of_bytes_are_noticed(self, tmp_path: Path) -> None:
        for place in range(3):
            Image.fromarray(np.full((6, 6), 80.0 + place, np.float32)).save(
                tmp_path / f"{place}.tif"
            )
        assert "floats from 80 to 82, as bytes have" in load(tmp_path).notes[0]

    def test_interpolation_stays_within_the_values(self, tmp_path: Path) -> None:
        x = np.zeros((50, 50), np.float32)
        x[20:31, 20:31] = 1
        Image.fromarray(x).save(tmp_path / "x.tif")
        assert every(load(tmp_path)).min() >= 0 and every(load(tmp_path)).max() <= 1

    def test_with_others(self, tmp_path: Path) -> None:
        Image.fromarray(np.full((6, 6), 65535, np.uint16)).save(tmp_path / "deep.png")
        data = load(folder(tmp_path, {"grey.png": plain(51), "red.png": Image.new("RGB", (6, 6))}))
        assert every(data)[:, 0, 0].tolist() == [[1, 1, 1], [np.float32(0.2)] * 3, [0, 0, 0]]
        assert "1 of 3 images (first: deep.png) have more than 8 bits" in data.notes[0]

    def test_whole_numbers_of_more_bits(self, tmp_path: Path) -> None:
        Image.fromarray(np.full((6, 6), 2**20, np.int32)).save(tmp_path / "x.tif")
        with pytest.raises(DataError, match="save 16 bits, or floats"):
            load(tmp_path)


class TestModes:
    def test_all_files_decide(self, tmp_path: Path) -> None:
        files = numbered([f"{i:02d}.png" for i in range(30)])
        assert load(folder(tmp_path / "grey", files)).data_shape == (6, 6, 1)
        files["99.jpg"] = Image.new("RGB", (6, 6), (255, 0, 0))
        assert load(folder(tmp_path / "one", files)).data_shape == (6, 6, 3)

    def test_cmyk_and_grey_palettes(self, tmp_path: Path) -> None:
        red = Image.new("RGB", (6, 6), (255, 0, 0)).convert("CMYK")
        red.save(tmp_path / "red.tif")
        assert every(load(tmp_path))[0, 0, 0].tolist() == [255, 0, 0]
        grey = plain(7).quantize(2)
        assert load(folder(tmp_path / "grey", {"x.png": grey})).data_shape == (6, 6, 1)

    @pytest.mark.parametrize("suffix", ["gif", "tif", "png", "webp"])
    def test_of_several_frames_the_first(self, tmp_path: Path, suffix: str) -> None:
        first, *others = [plain(level) for level in (0, 255, 100)]
        first.save(tmp_path / f"x.{suffix}", save_all=True, append_images=others)
        data = load(tmp_path)
        assert every(data).max() == 0
        assert f"1 of 1 images (first: x.{suffix}) have several frames" in data.notes[0]


class TestFiles:
    def test_what_systems_leave_behind(self, tmp_path: Path) -> None:
        files = numbered(["a.png", "b.png"])
        junk = ("._a.png", ".DS_Store", "__MACOSX/._b.png", ".thumbs/x.png", "Thumbs.db", "a.txt")
        data = load(folder(tmp_path, files | dict.fromkeys(junk, b"junk")))
        assert list(data.names) == ["a.png", "b.png"] and not data.notes

    def test_bad_files_are_told_at_once(self, tmp_path: Path) -> None:
        whole = io.BytesIO()
        noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
        Image.fromarray(noise).save(whole, "PNG")
        bad = {"1.png": b"no image", "3.png": whole.getvalue()[:1000], "5.png": b"", "9.gif": b"x"}
        path = folder(tmp_path, numbered([f"{i}.png" for i in range(9)]) | bad)
        with pytest.raises(DataError, match=r"4 of 10 files in .*\(1.png, 3.png, 5.png, …; the "):
            load(path)
        for most in (2**30, 0):  # in memory, and not
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(survey, "fits", lambda size, most=most: size <= most)
                data = load(path, skip_bad=True)
            assert levels(data.test).tolist() == [0, 2, 4, 6, 7, 8]
            assert list(data.names) == [f"{i}.png" for i in (0, 2, 4, 6, 7, 8)]
            assert "they are left out" in data.notes[0]

    def test_nothing_but_bad_files(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="2 of 2 files"):
            load(folder(tmp_path, {"a.png": b"", "b.png": b""}), skip_bad=True)

    @pytest.mark.parametrize("most", [2**30, 0])
    def test_no_file_is_decoded_twice_where_pixels_fit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        decoded = []
        original = survey.decode
        monkeypatch.setattr(survey, "decode", lambda f: decoded.append(f) or original(f))
        monkeypatch.setattr(survey, "fits", lambda size: size <= most)
        data = load(folder(tmp_path, numbered([f"{i:02d}.png" for i in range(20)])))
        assert len(decoded) == 20 and isinstance(data.test, np.ndarray) == bool(most)
        assert levels(data.test).tolist() == list(range(20))

    def test_links(self, tmp_path: Path) -> None:
        path = folder(tmp_path / "x", numbered(["a.png", "b/c.png", ".store/d.png"]))
        folder(tmp_path / "y", numbered(["e.png"]))
        links = {
            "in.png": ".store/d.png", "again.png": "a.png", "out.png": "../y/e.png",
            "far": "../y", "b/loop": "..", "gone.png": "nothing.png",
        }  # fmt: skip
        for name, target in links.items():
            os.symlink(target, path / name)
        data = load(path)
        assert list(data.names) == ["a.png", "b/c.png", "in.png"]
        notes = " ".join(data.notes)
        for text in ("lead out of", ": 2 (first: far)", "lead nowhere: 1 (first: gone.png)",
                     "there anyway: 2 (first: again.png)", ": 1 (first: in.png)"):  # fmt: skip
            assert text in notes

    def test_a_preset_knows_what_it_was_trained_on(self) -> None:
        from vaezoo.runtime.preparation import Preparation

        values = {"background": "black", "image_mode": "rgba", "attributes": ["size"]}
        prepared = Preparation.parse(values)
        assert (prepared.background, prepared.image_mode) == ("black", "rgba")
        assert prepared.attributes == ("size",) and prepared.labels is None
        for wrong in ({"background": 3}, {"labels": 3}, {"attributes": "size"}):
            with pytest.raises(ValueError, match="is not"):
                Preparation.parse(wrong)
