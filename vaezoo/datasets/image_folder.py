"""A folder of images."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from vaezoo.datasets.base import chunks
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import Array
from vaezoo.runtime.preparation import RESIZE

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
DEFAULT_SIZE = 64
LARGEST_SIDE = 4096  # pixels that an image is brought to
LARGEST_IMAGE = 8192**2  # pixels of a file: more would take gigabytes to decode
_MODES = {"grey": "L", "rgb": "RGB"}
Size: TypeAlias = int | Sequence[int]


@dataclass(frozen=True)
class ImageFolder:
    """Images of mixed sizes and modes, brought to one size and mode when they are read."""

    folder: Path
    files: tuple[Path, ...]
    size: tuple[int, int]
    mode: str
    resize: str

    @classmethod
    def open(cls, folder: Path, size: Size | None, mode: str | None, resize: str) -> ImageFolder:
        """Lists the images below `folder`, sorted by path, and decodes each once as a check."""
        if resize not in RESIZE:
            raise unknown_name("resize", resize, RESIZE)
        if mode is not None and mode not in _MODES:
            raise unknown_name("image_mode", mode, _MODES)
        files = tuple(sorted(f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES))
        if not files:
            raise DataError(f"{folder} holds no images: expected {', '.join(sorted(SUFFIXES))}.")
        grey = all(_decode(file).mode in ("1", "L", "LA") for file in files[:16])
        images = cls(folder, files, _size(size), mode or ("grey" if grey else "rgb"), resize)
        for _ in chunks(images, 64):
            pass
        return images

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.files), *self.size, 1 if self.mode == "grey" else 3)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, rows: Array) -> Array:
        return np.stack([self._read(self.files[row]) for row in rows])

    @property
    def names(self) -> list[str]:
        """Of the files, relative to the folder, with "/" between folders."""
        return [file.relative_to(self.folder).as_posix() for file in self.files]

    def _read(self, file: Path) -> Array:
        from PIL import ImageOps

        image = _decode(file).convert(_MODES[self.mode])
        height, width = self.size
        if self.resize == "crop":
            image = ImageOps.fit(image, (width, height))
        else:
            image = image.resize((width, height))
        return np.asarray(image, np.uint8).reshape(self.shape[1:])


def _decode(file: Path) -> Any:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():  # of sizes, which are checked below
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file)
        with image:
            _check_pixels(file, image.width * image.height)
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits: PIL would cut values off at 255
                return Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
            upright.load()
            return upright.copy()
    except DataError:
        raise
    except Exception as error:  # damage can show anywhere in a decoder
        raise DataError(
            f"{file} cannot be read as an image ({error}): repair or remove it."
        ) from None


def _check_pixels(file: Path, num: int) -> None:
    if num > LARGEST_IMAGE:
        raise DataError(
            f"{file} has more than {LARGEST_IMAGE:,} pixels: make it smaller, or remove it."
        )


def _size(size: Size | None) -> tuple[int, int]:
    if size is None:
        return (DEFAULT_SIZE, DEFAULT_SIZE)
    pair = tuple(size) if isinstance(size, Sequence) else (size, size)
    if len(pair) != 2 or not all(type(side) is int and 0 < side <= LARGEST_SIDE for side in pair):
        raise ConfigError(
            f"image_size={size!r}: give one side, or (height, width), of 1 to {LARGEST_SIDE} "
            "pixels."
        )
    return pair
