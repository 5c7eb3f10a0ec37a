"""Makes data of a user's own for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from vaezoo import datasets
from vaezoo.datasets.base import SPLITS
from vaezoo.protocols import Array


def plain(level: int, mode: str = "L", size: tuple[int, int] = (6, 6)) -> Image.Image:
    """An image of one grey level."""
    return Image.new("L", size, level).convert(mode)


def folder(path: Path, files: Mapping[str, Image.Image | bytes | str]) -> Path:
    """A folder of images and other files, by name."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Image.Image):
            content.save(file)
        else:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def numbered(names: list[str]) -> dict[str, Image.Image]:
    """Images whose grey level is their place."""
    return {name: plain(place) for place, name in enumerate(names)}


def levels(source: datasets.Source) -> Array:
    """The first value of each example."""
    x = source[np.arange(len(source))]
    return x.reshape(len(x), -1)[:, 0]


def by_split(data: datasets.Dataset) -> dict[str, list[int]]:
    """The levels of each split, sorted."""
    return {split: sorted(levels(getattr(data, split)).tolist()) for split in SPLITS}
