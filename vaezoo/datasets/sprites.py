"""Sprites of the game Dungeon Crawl Stone Soup, by kind."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vaezoo.datasets.archives import check_hash, picture, read_zip
from vaezoo.datasets.areas import over
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import fetch
from vaezoo.datasets.made import made_once
from vaezoo.datasets.near_copies import alike, grouped, near_copies, split_by_group
from vaezoo.protocols import Array

LICENCE = "CC0"

# A host that answers itself, instead of redirecting. The archive has several releases.
URL = "https://codeload.github.com/crawl/tiles/zip/a6ea165"
FOLDER, FILE = "dcss_tiles", "dcss_tiles_32.zip"
RELEASE, UNLICENSED = "/releases/Nov-2015/", "TILES_UNDER_UNKNOWN_LICENSE.md"
# SHA-256 of the colours over black, in the order of the files' names.
HASH = "0ebd5563f53a8abd6326069ddaba73432b2eaa8f0a0a66d6bdea0d25d844e740"
BOUND = 0.01  # of the difference of near-copies

KINDS = ("dngn", "effect", "item", "misc", "mon", "player")
# Words in names that tell apart pictures of one thing: colours, sides, places, sexes, ages.
_VARIANTS = """
    red blue green yellow white black brown grey gray purple magenta cyan orange pink gold
    golden silver dark light lightgrey lightgray darkgrey darkgray lightblue lightgreen lightred
    lightcyan lightmagenta darkgreen darkblue darkbrown n e s w ne nw se sw north south east
    west top bottom up down left right front back tl tr bl br male female m f old new small
    medium large melee water
"""


def load() -> Dataset:
    """Sprites of a game over black, 32×32 in colour, uint8 [N, 32, 32, 3]: 2,927 / 365 / 365."""
    arrays = made_once("sprites/32", HASH, _make)
    rows = split_by_group(arrays["groups"])
    return Dataset(
        "sprites",
        **{split: arrays["images"][i] for split, i in rows.items()},
        licence=LICENCE,
        source="Dungeon Crawl Stone Soup, November 2015, https://github.com/crawl/tiles",
        splits=(
            "80 / 10 / 10 percent of one fixed permutation of sprites without number, colour and "
            "direction; pictures of one outline, or whose 16×16 thumbnails differ by less than "
            "0.01, are in one split, so that all that are nearly empty are in the training split"
        ),
        labels={split: arrays["kinds"][i] for split, i in rows.items()},
    )


def subject(name: str) -> str:
    """What a sprite shows, by its path: without numbers and words for a variant of it.

    Example:
        >>> from vaezoo.datasets.sprites import subject
        >>> subject("mon/killer_klown_red.png"), subject("dngn/floor/lair0b.png")
        ('mon/killer_klown', 'dngn/floor/lair')
    """
    folder, _, stem = name.removesuffix(".png").rpartition("/")
    words = re.findall("[a-z]+", stem.lower())
    return f"{folder}/{'_'.join(w for w in words if len(w) > 1 and w not in _VARIANTS.split())}"


def _make() -> dict[str, Array]:
    names, pixels = fetch(FOLDER, FILE, URL, _read)
    images = _over_black(pixels)
    outlines = pixels[..., 3] > 127
    shapes = [row if outline.all() else outline.tobytes() for row, outline in enumerate(outlines)]
    pairs = near_copies(images, images, BOUND).tolist()
    groups = grouped(len(names), alike([subject(n) for n in names]) + alike(shapes) + pairs)
    kinds = np.array([KINDS.index(name.split("/")[0]) for name in names])
    return {"images": images, "groups": groups, "kinds": kinds}


def _over_black(pixels: Array) -> Array:
    return np.rint(over(pixels, 0) / 255).astype(np.uint8)


def _read(path: Path) -> tuple[Sequence[str], Array]:
    names, pixels = read_zip(path, _pictures)
    check_hash(path, "its pixels", _over_black(pixels), HASH)
    return names, pixels


def _pictures(archive: zipfile.ZipFile) -> tuple[Sequence[str], Array]:
    """Distinct ones of 32×32, RGBA: all files, or of a repository those whose licence is known."""
    every = sorted(name for name in archive.namelist() if name.endswith(".png"))
    if release := [name for name in every if RELEASE in name]:
        unlicensed = _unlicensed(archive)
        every = [name for name in release if name.rsplit("/", 1)[-1] not in unlicensed]
    found: dict[bytes, tuple[str, Array]] = {}
    for place in every:
        pixels = picture(archive, place)
        if pixels.shape[:2] == (32, 32):
            found.setdefault(pixels.tobytes(), (place.rsplit(RELEASE, 1)[-1], pixels))
    names, pictures = zip(*found.values(), strict=True)
    return names, np.stack(pictures)


def _unlicensed(archive: zipfile.ZipFile) -> set[str]:
    """Files whose authors could not be asked."""
    (page,) = (name for name in archive.namelist() if name.endswith(UNLICENSED))
    return set(archive.read(page).decode("utf-8").split())
