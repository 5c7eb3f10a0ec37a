"""Noto emoji, with Unicode's groups and what their names say of people."""

from __future__ import annotations

import csv
import functools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo.datasets.archives import check_hash, picture, read_zip
from vaezoo.datasets.areas import area_averages, over
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch, local_folder
from vaezoo.datasets.made import made_once
from vaezoo.datasets.near_copies import alike, grouped, near_copies, split_by_group
from vaezoo.protocols import Array

LICENCE = "Apache-2.0 (by its README) or OFL 1.1 (by its LICENSE)"

# Hosts that answer themselves, instead of redirecting. The archive has the whole repository.
URL = "https://codeload.github.com/googlefonts/noto-emoji/zip/b3e3051"
NAMES_URL = "https://www.unicode.org/Public/emoji/15.0/emoji-test.txt"
FOLDER, FILE, TABLE = "noto_emoji", "noto_emoji_72.zip", "emoji.csv"
# SHA-256 of the pixels by size, in the order of the files' names, and of "file,group" lines.
HASHES = {
    32: "9fad63b54aebb8629b6483827271e6fcdf3b0cd22da71f972529fb4aa6f0f4ec",
    64: "2c1369da79709ed4185c0c992f95325b180dba25285200cd9b90018c23e57f2f",
}
GROUPS_HASH = "ff63f7b93f8136b9a782b8b6a151d564505133a308a9c53b1ab325fe37ba2c52"
BOUND = 0.02  # of the difference of near-copies

GROUPS = (
    "Activities",
    "Animals & Nature",
    "Component",
    "Flags",
    "Food & Drink",
    "Objects",
    "People & Body",
    "Smileys & Emotion",
    "Symbols",
    "Travel & Places",
)
ATTRIBUTES = {
    "skin_tone": ("none", "light", "medium-light", "medium", "medium-dark", "dark", "several"),
    "gender": ("none", "female", "male", "both"),
    "hair": ("none", "red hair", "curly hair", "white hair", "bald", "blond hair"),
}
_FEMALE = r"\b(wom[ae]n|girl|princess|mother|mrs|mermaid|breast-feeding)\b"
_MALE = r"\b(m[ae]n|boy|prince|father|merman|santa)\b"

# Signs of skin, hair and gender, and what joins them, none of which make another emoji.
_MODIFIERS = re.compile("_(?:200d|2640|2642|1f3f[b-f]|1f9b[0-3])(?=_|$)")
_PEOPLE = {
    "1f468": "adult", "1f469": "adult", "1f9d1": "adult",
    "1f466": "child", "1f467": "child", "1f9d2": "child",
    "1f474": "old", "1f475": "old", "1f9d3": "old",
    "1f478": "royal", "1f934": "royal", "1f385": "santa", "1f936": "santa",
}  # fmt: skip
# Of the table beside the pictures, which files these elsewhere than Unicode 15.0: by first number.
_MOVED = {
    "Activities": "1f52b",
    "Animals & Nature": "1f344 1f426_200d_2b1b 1fabb 1fabc 1fabd 1fabf 1face 1facf",
    "Food & Drink": "1fada 1fadb",
    "Objects": "1f4a3 1f9ff 1fa87 1fa88 1faac 1faad 1faae",
    "People & Body": "1faf7 1faf8",
    "Smileys & Emotion": "1fa75 1fa76 1fa77 1fae8",
    "Symbols": "1f6dc 1faaf",
}
_GROUP_OF = {number: group for group, numbers in _MOVED.items() for number in numbers.split()}


def load(size: int = 32) -> Dataset:
    """Emoji over white, 32×32 in colour, uint8 [N, 32, 32, 3]: 2,723 / 340 / 340."""
    names = _names()
    images = made_once(f"emoji/{size}", HASHES[size], lambda: _make(names, size))["images"]
    rows = split_by_group(made_once("emoji/32", HASHES[32], lambda: _make(names, 32))["copies"])
    groups = np.array([GROUPS.index(names[file][0]) for file in sorted(names)])
    attributes = np.array([attributes_of(names[file][1]) for file in sorted(names)])
    return Dataset(
        "emoji" if size == 32 else f"emoji_{size}",
        **{split: images[i] for split, i in rows.items()},
        licence=LICENCE,
        source="Noto Emoji at b3e3051, https://github.com/googlefonts/noto-emoji",
        splits=(
            "80 / 10 / 10 percent of one fixed permutation of emoji without skin tone, gender and "
            "hair; pictures whose 16×16 thumbnails differ by less than 0.02 are in one split"
        ),
        labels={split: groups[i] for split, i in rows.items()},
        label_names=GROUPS,
        factors={split: attributes[i] for split, i in rows.items()},
        factor_names=tuple(ATTRIBUTES),
    )


def load_64() -> Dataset:
    """Emoji over white, 64×64 in colour, uint8 [N, 64, 64, 3]: 2,723 / 340 / 340."""
    return load(64)


def base(file: str) -> str:
    """What an emoji is without skin tone, gender and hair, by the numbers in its file's name.

    Example:
        >>> from vaezoo.datasets.emoji import base
        >>> base("emoji_u1f468_1f3fb_200d_1f680.png"), base("emoji_u1f9d1_200d_1f680.png")
        ('adult_1f680', 'adult_1f680')
    """
    numbers = _MODIFIERS.sub("", file.removeprefix("emoji_u").removesuffix(".png")).split("_")
    kinds = [_PEOPLE.get(number, number) for number in numbers]
    several = sum(kind in ("adult", "child") for kind in kinds) > 1  # families, couples
    return "people" if several else "_".join(kinds)


def attributes_of(name: str) -> tuple[int, ...]:
    """Classes of `ATTRIBUTES`, by an emoji's name.

    Example:
        >>> from vaezoo.datasets.emoji import attributes_of
        >>> attributes_of("woman: medium skin tone, red hair"), attributes_of("teapot")
        ((3, 1, 1), (0, 0, 0))
    """
    tones = re.findall(r"[\w-]+(?= skin tone)", name)
    tone = "several" if len(set(tones)) > 1 else (tones or ["none"])[0]
    female, male = (bool(re.search(words, name.lower())) for words in (_FEMALE, _MALE))
    hair = [index for index, kind in enumerate(ATTRIBUTES["hair"]) if name.endswith(kind)]
    return ATTRIBUTES["skin_tone"].index(tone), female + 2 * male, hair[0] if hair else 0


def _names() -> Mapping[str, tuple[str, str]]:
    """Group and name of each file."""
    folder = local_folder()
    if folder and (folder / FOLDER / TABLE).is_file():
        return _read_table(folder / FOLDER / TABLE)
    return fetch(FOLDER, "emoji-test.txt", NAMES_URL, _read_unicode)


def _read_table(path: Path) -> Mapping[str, tuple[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        rows = {row["file"]: (row["group"], row["name"]) for row in csv.DictReader(file)}
    moved = {file: (_moved(file, group), name) for file, (group, name) in rows.items()}
    return _checked(path, moved)


def _moved(file: str, group: str) -> str:
    numbers = file.removeprefix("emoji_u").removesuffix(".png")
    return _GROUP_OF.get(numbers, _GROUP_OF.get(numbers.split("_")[0], group))


def _read_unicode(path: Path) -> Mapping[str, tuple[str, str]]:
    """Of lines "1F600 ; fully-qualified # 😀 E1.0 grinning face" below "# group: …"."""
    group = ""
    rows: dict[str, tuple[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        elif found := re.match(r"([\dA-F ]+?) +;.*? E\d+\.\d+ (.*)", line):
            numbers = "_".join(found[1].lower().replace(" fe0f", "").split())
            rows.setdefault(f"emoji_u{numbers}.png", (group, found[2]))
    # The pictures of countries' flags are under another licence.
    return _checked(path, {k: v for k, v in rows.items() if not _is_country(k)})


def _is_country(file: str) -> bool:
    return bool(re.match(r"emoji_u(1f1[ef]|1f3f4_e00)", file))


def _checked(path: Path, names: Mapping[str, tuple[str, str]]) -> Mapping[str, tuple[str, str]]:
    lines = "".join(f"{file},{names[file][0]}\n" for file in sorted(names))
    check_hash(path, "its groups", lines.encode(), GROUPS_HASH)
    return names


def _make(names: Mapping[str, object], size: int) -> dict[str, Array]:
    """The pictures at this size, and the group of near-copies that each belongs to."""
    images = fetch(FOLDER, FILE, URL, lambda path: _read(path, names, size))
    pairs = near_copies(images, images, BOUND).tolist()
    bases = [base(file) for file in sorted(names)]
    return {"images": images, "copies": grouped(len(bases), alike(bases) + pairs)}


def _read(path: Path, names: Mapping[str, object], size: int) -> Array:
    pixels = read_zip(path, functools.partial(_pictures, path, names))
    parts = np.array_split(pixels, 1 + len(pixels) // 256)  # memory stays bounded
    images = np.concatenate([area_averages(over(part, 255), size, whole=255) for part in parts])
    check_hash(path, f"its pixels at {size}×{size}", images, HASHES[size])
    return images


def _pictures(path: Path, names: Mapping[str, object], archive: zipfile.ZipFile) -> Array:
    """At 72×72, RGBA: of the files at the top, or of those in the repository's png/72."""
    places = {
        place.rsplit("/", 1)[-1]: place
        for place in archive.namelist()
        if "/" not in place or place.endswith(f"/png/72/{place.rsplit('/', 1)[-1]}")
    }
    if missing := sorted(names.keys() - places.keys()):
        raise damaged(path, f"it has no {missing[0]}, and {len(missing) - 1} others")
    return np.stack([picture(archive, places[file]) for file in sorted(names)])
