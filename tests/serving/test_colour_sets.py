"""The sets in colour: their pictures, labels and splits, from small archives and from real ones."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vaezoo import datasets
from vaezoo.datasets import cells, emoji, sprites
from vaezoo.datasets.areas import area_averages, over
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.files import local_folder
from vaezoo.datasets.made import made_once
from vaezoo.datasets.near_copies import alike, grouped, near_copies, split_by_group
from vaezoo.errors import DamagedFileError

needs_data = pytest.mark.skipif(not local_folder(), reason="VAEZOO_DATA is not set")
LENGTHS = {
    "cells": [3910, 488, 488],
    "emoji": [2723, 340, 340],
    "emoji_64": [2723, 340, 340],
    "sprites": [2927, 365, 365],
}
# Thumbnails of 64×64 pictures are rounded once more than those that decided.
BOUNDS = {"cells": 0.01, "emoji": emoji.BOUND, "emoji_64": 0.018, "sprites": sprites.BOUND}


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def write_zip(path: Path, content: Mapping[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def digest(content: bytes | np.ndarray) -> str:
    return hashlib.sha256(content if isinstance(content, bytes) else content.tobytes()).hexdigest()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_CACHE", str(tmp_path / "cache"))


# ── what they are made of ─────────────────────────────────────────────────────


@pytest.mark.parametrize(("length", "size"), [(72, 32), (72, 64), (32, 16), (9, 6), (12, 16)])
def test_area_averages(length: int, size: int, rng: np.random.Generator) -> None:
    """Against repeated pixels, averaged: exactly, also where halves are rounded."""
    x = rng.integers(0, 256, (1, length, length, 2))
    large = x.repeat(size, axis=1).repeat(size, axis=2)
    blocks = large.reshape(1, size, length, size, length, 2)
    expected = np.rint(blocks.sum((2, 4)) / length**2)
    np.testing.assert_array_equal(area_averages(x, size), expected)


def test_over_a_background() -> None:
    pixels = np.array([[200, 100, 0, 255], [200, 100, 0, 0], [255, 0, 51, 51]], np.uint8)
    np.testing.assert_array_equal(
        over(pixels, 255) / 255, [[200, 100, 0], [255, 255, 255], [255, 204, 214.2]]
    )


def test_near_copies_are_all_found(rng: np.random.Generator) -> None:
    x = rng.integers(0, 256, (60, 32, 32, 3), np.uint8)
    x[40:] = np.clip(x[:20].astype(int) + rng.integers(-9, 30, (20, 1, 1, 3)), 0, 255)
    small = area_averages(x, 16).reshape(60, -1) / 255
    exact = np.abs(small[:, None] - small[None]).mean(-1)
    for bound in (0.01, 0.05, 0.1):
        expected = np.argwhere(exact < bound).tolist()
        assert near_copies(x, x, bound).tolist() == expected
    assert len(expected) > 80  # of which 60 are each picture itself


def test_groups_are_connected_pairs() -> None:
    assert grouped(6, [(5, 3), (1, 3), (4, 4)]).tolist() == [0, 1, 2, 1, 4, 1]
    assert grouped(4, alike(["a", "b", "a", "a"])).tolist() == [0, 1, 0, 0]


def test_no_group_is_in_two_splits(rng: np.random.Generator) -> None:
    groups = rng.integers(0, 90, 1000)
    groups[:300] = 7  # too large for validation or test
    rows = split_by_group(groups)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(1000))
    parts = [set(groups[rows[split]]) for split in SPLITS]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
    assert [len(rows[split]) for split in SPLITS[1:]] == [100, 100] and 7 in parts[0]


def test_what_takes_long_is_made_once(tmp_path: Path) -> None:
    images, calls = np.arange(12, dtype=np.uint8).reshape(3, 4), []

    def make() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"images": images, "groups": np.arange(3)}

    for _ in range(3):
        np.testing.assert_array_equal(made_once("some/32", digest(images), make)["images"], images)
    assert len(calls) == 1
    (path,) = (tmp_path / "cache").rglob("*.npz")
    path.write_bytes(path.read_bytes()[:-40])  # damaged: made again
    made_once("some/32", digest(images), make)
    made_once("some/32", "0" * 64, make)  # other pictures are expected: made again
    assert len(calls) == 3


# ── small archives ────────────────────────────────────────────────────────────

NAMES = {
    "emoji_u1f468_200d_1f680.png": ("People & Body", "man astronaut"),
    "emoji_u1f469_1f3fd_200d_1f680.png": ("People & Body", "woman astronaut: medium skin tone"),
    "emoji_u1f9d1_200d_1f680.png": ("People & Body", "astronaut"),
    "emoji_u1f344.png": ("Animals & Nature", "mushroom"),
    "emoji_u1f600.png": ("Smileys & Emotion", "grinning face"),
}


class TestEmoji:
    @pytest.fixture
    def pixels(self, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> np.ndarray:
        """Of the files of NAMES, sorted; their hashes are pinned."""
        pixels = rng.integers(0, 256, (len(NAMES), 72, 72, 4), np.uint8)
        lines = "".join(f"{file},{NAMES[file][0]}\n" for file in sorted(NAMES))
        monkeypatch.setattr(emoji, "GROUPS_HASH", digest(lines.encode()))
        images = area_averages(over(pixels, 255), 32, whole=255)
        monkeypatch.setattr(emoji, "HASHES", {32: digest(images)})
        return pixels

    def write(self, folder: Path, pixels: np.ndarray, prefix: str = "") -> None:
        content = {f"{prefix}{f}": png(x) for f, x in zip(sorted(NAMES), pixels, strict=True)}
        write_zip(folder / "noto_emoji" / emoji.FILE, content | {"other/emoji_u1f344.png": b"?"})

    def test_a_folder(
        self, tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
        self.write(tmp_path, pixels)
        rows = [f"{file},{group},sub,{name}" for file, (group, name) in NAMES.items()]
        moved = "\n".join(rows).replace("Animals & Nature", "Food & Drink")  # as the table has it
        table = tmp_path / "noto_emoji" / emoji.TABLE
        table.write_text(f"file,group,subgroup,name\n{moved}\n")
        self.check(datasets.load("emoji"), pixels)
        table.write_text(table.read_text().replace("Smileys", "Smiles"))
        with pytest.raises(DamagedFileError, match=r"its groups have SHA-256"):
            datasets.load("emoji")

    def test_the_public_files(
        self, tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As they come: the repository, and Unicode's list."""
        monkeypatch.delenv("VAEZOO_DATA", raising=False)
        self.write(tmp_path / "cache" / "datasets", pixels, "noto-emoji-b3e3051/png/72/")
        lines = ["# emoji-test.txt", "# group: Flags"]
        lines.append("1F1E6 1F1E8 ; fully-qualified     # 🇦🇨 E2.0 flag: Ascension Island")
        for file, (group, name) in NAMES.items():
            numbers = file[len("emoji_u") : -4].upper().replace("_", " ")
            lines.append(f"# group: {group}")
            lines.append(f"{numbers} FE0F      ; fully-qualified     # x E4.0 {name}")
        place = tmp_path / "cache/datasets/noto_emoji/emoji-test.txt"
        place.write_text("\n".join(lines), encoding="utf-8")
        self.check(datasets.load("emoji"), pixels)

    def check(self, data: Dataset, pixels: np.ndarray) -> None:
        found = np.concatenate([data.train, data.validation, data.test])
        labels = np.concatenate([data.labels[split] for split in SPLITS])
        attributes = np.concatenate([data.factors[split] for split in SPLITS])
        alpha = pixels[..., 3:] / 255
        exact = alpha * pixels[..., :3] + (1 - alpha) * 255
        repeated = exact.repeat(4, axis=1).repeat(4, axis=2)
        exact = repeated.reshape(5, 32, 9, 32, 9, 3).mean((2, 4))
        order = [int(np.abs(exact - x).mean((1, 2, 3)).argmin()) for x in found]
        assert sorted(order) == [0, 1, 2, 3, 4]
        assert np.abs(exact[order] - found).max() <= 0.5 + 1e-6
        names = [NAMES[sorted(NAMES)[row]] for row in order]
        assert [emoji.GROUPS[label] for label in labels] == [group for group, _ in names]
        assert [emoji.attributes_of(name) for _, name in names] == [*map(tuple, attributes)]
        assert data.factor_names == ("skin_tone", "gender", "hair")

    def test_a_missing_picture(
        self, tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_zip(tmp_path / "e.zip", {"emoji_u1f344.png": png(pixels[0])})
        with pytest.raises(DamagedFileError, match=r"no emoji_u1f468.*3 others"):
            emoji._read(tmp_path / "e.zip", NAMES, 32)
        (tmp_path / "e.zip").write_bytes(b"<html>")
        with pytest.raises(DamagedFileError, match=r"not a readable \.zip of pictures"):
            emoji._read(tmp_path / "e.zip", NAMES, 32)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("man: dark skin tone, bald", (5, 2, 4)),
            ("woman and man holding hands: light skin tone, dark skin tone", (6, 3, 0)),
            ("Mrs. Claus", (0, 1, 0)),
            ("performing arts", (0, 0, 0)),
            ("person: blond hair", (0, 0, 5)),
        ],
    )
    def test_attributes(self, name: str, expected: tuple[int, ...]) -> None:
        assert emoji.attributes_of(name) == expected

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("1f468_1f3fb_200d_1f9b0", "1f469"),  # a man with red hair, a woman
            ("1f3c3_1f3ff_200d_2640", "1f3c3"),  # running
            ("1f468_200d_1f469_200d_1f466", "1f469_200d_2764_200d_1f468"),  # family, couple
            ("1f934_1f3fd", "1f478"),  # prince, princess
        ],
    )
    def test_bases(self, one: str, other: str) -> None:
        assert emoji.base(f"emoji_u{one}.png") == emoji.base(f"emoji_u{other}.png")
        assert emoji.base("emoji_u1f468_200d_1f680.png") != emoji.base("emoji_u1f468.png")


class TestSprites:
    @pytest.fixture
    def content(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        def sprite() -> np.ndarray:
            return rng.integers(0, 256, (32, 32, 4), np.uint8)

        first = sprite()
        recoloured = np.concatenate([255 - first[..., :3], first[..., 3:]], axis=-1)
        opaque = {f"dngn/wall{i}x.png": np.dstack([sprite()[..., :3], np.full((32, 32), 255)])
                  for i in range(2)}  # fmt: skip
        return {
            "mon/klown_red.png": first,
            "mon/other.png": recoloured,
            "item/ring1.png": sprite(),
            "item/ring2.png": sprite(),
            **opaque,
        }

    def pin(self, content: Mapping[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
        images = np.stack([np.rint(over(content[k], 0) / 255) for k in sorted(content)])
        monkeypatch.setattr(sprites, "HASH", digest(images.astype(np.uint8)))

    def test_groups(
        self, tmp_path: Path, content: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By name, and by outline: those of opaque tiles are all the same, and say nothing."""
        monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
        write_zip(tmp_path / "dcss_tiles" / sprites.FILE, {k: png(v) for k, v in content.items()})
        self.pin(content, monkeypatch)
        assert sprites._make()["groups"].tolist() == [0, 0, 2, 2, 4, 4]
        assert sprites._make()["kinds"].tolist() == [0, 0, 2, 2, 4, 4]
        assert datasets.load("sprites").data_shape == (32, 32, 3)
        monkeypatch.setattr(sprites, "HASH", "0" * 64)
        with pytest.raises(DamagedFileError, match="its pixels have SHA-256"):
            datasets.load("sprites")

    def test_of_the_repository_only_distinct_ones_of_known_licence(
        self, tmp_path: Path, content: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.pin(content, monkeypatch)
        more = {
            "mon/zz_copy.png": content["mon/other.png"],
            "mon/dowan.png": content["item/ring1.png"] // 2,
            "gui/large.png": np.zeros((48, 48, 4), np.uint8),
        }
        files = {f"t/releases/Nov-2015/{k}": png(v) for k, v in (content | more).items()}
        files["t/releases/Ancient/mon/orc.png"] = png(np.zeros((32, 32, 4)))
        files["t/TILES_UNDER_UNKNOWN_LICENSE.md"] = b"unclear:\n\ndowan.png\nduvessa.png\n"
        write_zip(tmp_path / "t.zip", files)
        names, pixels = sprites._read(tmp_path / "t.zip")
        assert list(names) == sorted(content)
        np.testing.assert_array_equal(pixels, np.stack([content[k] for k in names]))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("mon/dragons/fire_dragon_old.png", "mon/dragons/fire_dragon2.png"),
            ("dngn/wall/brick_brown_1.png", "dngn/wall/brick_gray10.png"),
            ("player/base/elf_f.png", "player/base/elf_m.png"),
        ],
    )
    def test_subjects(self, one: str, other: str) -> None:
        assert sprites.subject(one) == sprites.subject(other)
        assert sprites.subject("mon/orc.png") != sprites.subject("player/orc.png")


class TestCells:
    BOXES = (
        "filename,cell_type,xmin,xmax,ymin,ymax\n"
        "a.jpg,WBC,10,74,20,84\n"
        "a.jpg,RBC,0,40,70,96\n"
        "a.jpg,RBC,7,7,9,9\n"
        "b.jpg,Platelets,30,62,30,62\n"
    )

    def test_crops(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        ramp = np.add.outer(np.arange(96) * 2, np.arange(128))[..., None] * np.ones(3)
        photographs = {"BCCD/JPEGImages/a.jpg": png(ramp), "BCCD/JPEGImages/b.jpg": png(ramp / 2)}
        monkeypatch.setattr(cells, "HASH", digest(b"".join(photographs.values())))
        monkeypatch.setattr(cells, "BOXES_HASH", digest(self.BOXES.encode()))
        (tmp_path / "boxes.csv").write_text(self.BOXES)
        write_zip(tmp_path / "p.zip", photographs)
        boxes = cells._read_boxes(tmp_path / "boxes.csv")
        assert [[box.kind for box in each] for each in boxes.values()] == [[2, 1], [0]]
        images = cells._read(tmp_path / "p.zip", boxes)
        assert images.shape == (3, 32, 32, 3) and images.dtype == np.uint8
        # The middle of a picture is that of its box, which may be moved into the photograph.
        middles = [(10 + 32) + 2 * (20 + 32), 20 + 2 * (96 - 20), (46 + 2 * 46) / 2]
        found = images[:, 15:17, 15:17].mean((1, 2, 3))
        np.testing.assert_allclose(found, np.array(middles) - 1.5, atol=1)
        write_zip(tmp_path / "q.zip", {"a.jpg": png(ramp)})
        with pytest.raises(DamagedFileError, match=r"it has no b\.jpg"):
            cells._read(tmp_path / "q.zip", boxes)
        (tmp_path / "boxes.csv").write_text(self.BOXES.replace("RBC", "WBC"))
        with pytest.raises(DamagedFileError, match="its bytes have SHA-256"):
            cells._read_boxes(tmp_path / "boxes.csv")

    def test_squares_stay_in_the_photograph(self) -> None:
        box = cells.Box(0, 600, 640, 300, 480)
        assert cells.square(box, 640, 480) == (460, 300, 640, 480)
        assert cells.square(cells.Box(0, 0, 640, 0, 480), 640, 480) == (80, 0, 560, 480)


# ── the real ones ─────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Dataset]:
    cache = str(tmp_path_factory.mktemp("cache"))

    @functools.cache
    def load(name: str) -> Dataset:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VAEZOO_CACHE", cache)
            return datasets.load(name)

    return load


LARGER = [pytest.param(name, marks=pytest.mark.slow) for name in ("emoji_64", "sprites")]


@needs_data
@pytest.mark.parametrize("name", ["cells", "emoji", *LARGER])
def test_no_near_copy_crosses_splits(name: str, real: Callable[[str], Dataset]) -> None:
    data = real(name)
    assert [len(getattr(data, split)) for split in SPLITS] == LENGTHS[name]
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        found = near_copies(getattr(data, one), getattr(data, other), BOUNDS[name])
        assert len(found) == 0, (one, other, found[:5])
    assert len(near_copies(data.validation, data.validation, BOUNDS[name])) >= len(data.validation)


@needs_data
@pytest.mark.slow
def test_real_labels(real: Callable[[str], Dataset]) -> None:
    counts = {
        name: sum(np.bincount(labels, minlength=10) for labels in real(name).labels.values())
        for name in ("cells", "emoji", "sprites")
    }
    people = emoji.GROUPS.index("People & Body")
    assert counts["emoji"][people] == 2148 and counts["emoji"][emoji.GROUPS.index("Flags")] == 8
    assert counts["cells"][:3].tolist() == [361, 4153, 372]
    assert counts["sprites"][:6].tolist() == [1105, 195, 625, 220, 695, 817]
    tones = np.concatenate([each[:, 0] for each in real("emoji").factors.values()])
    assert np.bincount(tones).tolist() == [1613, 306, 306, 306, 306, 306, 260]


@needs_data
@pytest.mark.slow
def test_emoji_of_both_sizes_are_the_same(real: Callable[[str], Dataset]) -> None:
    small, large = (real(name).test.astype(float) for name in ("emoji", "emoji_64"))
    halved = large.reshape(-1, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(halved - small).mean() < 1
