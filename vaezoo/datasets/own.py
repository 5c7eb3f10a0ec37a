"""The user's own data: .npy, .npz, or a folder of images, streamed where they are large."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo.datasets.base import Dataset, Source, Subset, chunks
from vaezoo.errors import ConfigError, DamagedFileError, DataError, unknown_name

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
DEFAULT_SIZE = 64
SPLITS = ("train", "validation", "test")
_ALIASES = {
    "train": ("train", "x_train"),
    "validation": ("validation", "valid", "val", "x_validation", "x_valid", "x_val"),
    "test": ("test", "x_test"),
}
_MODES = {"grey": "L", "rgb": "RGB"}
_SHARES = "80 / 10 / 10 percent of one fixed permutation"


def load_own(
    path: str | os.PathLike[str],
    *,
    image_size: Any = None,
    image_mode: str | None = None,
    resize: str = "crop",
) -> Dataset:
    """Reads the user's own data.

    Args:
        path: a .npy file, which stays on disk and may be larger than memory; a .npz file
            with one array, or with the arrays train, validation and test; or a folder of
            images, read when needed. Arrays are uint8 (0…255 for 0…1), bool or floats:
            [N, D], [N, H, W] or [N, H, W, C].
        image_size: side, or (height, width), that images are brought to; 64 by default.
        image_mode: "grey" or "rgb"; by default grey if the first images are.
        resize: "crop" scales the shorter side and cuts the middle out, "stretch" distorts.

    Raises:
        DataError: no examples, too few, objects, NaN, or an image that cannot be read.
        DamagedFileError: no readable .npy or .npz.
    """
    path = Path(path)
    if path.is_dir():
        source: Source = ImageFolder.open(path, image_size, image_mode, resize)
        return _split(path, source)
    if path.suffix not in (".npy", ".npz"):
        raise DataError(f"{path}: expected a .npy or .npz file, or a folder of images.")
    arrays = _read_arrays(path)
    named = {alias for aliases in _ALIASES.values() for alias in aliases}
    if len(arrays) == 1 and not named & arrays.keys():
        ((name, array),) = arrays.items()
        return _split(path, _checked(f"{path}[{name}]", array))
    return _dataset(path, _named_splits(path, arrays), "the file's train, validation and test")


@dataclass(frozen=True)
class RowsOnDisk:
    """The rows of a .npy file, read when asked for.

    Not through a memory map: what that has read counts as this process's memory, and grows to
    the size of the file.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype

    @classmethod
    def of(cls, array: np.memmap) -> RowsOnDisk:
        """Those of a memory map whose rows lie one after the other."""
        return cls(Path(str(array.filename)), array.offset, array.shape, array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        rows = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows)
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        pieces = found.reshape(len(rows), math.prod(self.shape[1:])).view(np.uint8)
        with open(self.path, "rb", buffering=0) as file:
            for piece, row in zip(pieces, rows.tolist(), strict=True):
                file.seek(self.offset + row * piece.nbytes)
                if file.readinto(piece.data) != piece.nbytes:
                    raise DataError(f"{self.path} ends before row {row}: it has changed.")
        return found


@dataclass(frozen=True)
class Converted:
    """An array on disk whose examples are converted when they are read."""

    array: RowsOnDisk | np.ndarray
    convert: Callable[[np.ndarray], np.ndarray]

    @cached_property
    def _sample(self) -> np.ndarray:
        return self.convert(self.array[:1])

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.array), *self._sample.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        return self._sample.dtype

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return self.convert(np.asarray(self.array[rows]))


@dataclass(frozen=True)
class ImageFolder:
    """Images of mixed sizes and modes, brought to one size and mode when they are read."""

    files: tuple[Path, ...]
    size: tuple[int, int]
    mode: str
    resize: str

    @classmethod
    def open(cls, folder: Path, size: Any, mode: str | None, resize: str) -> ImageFolder:
        """Lists the images below `folder`, sorted by path, and decodes each once as a check."""
        if resize not in ("crop", "stretch"):
            raise unknown_name("resize", resize, ("crop", "stretch"))
        if mode is not None and mode not in _MODES:
            raise unknown_name("image_mode", mode, _MODES)
        files = tuple(sorted(f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES))
        if not files:
            raise DataError(f"{folder} holds no images: expected {', '.join(sorted(SUFFIXES))}.")
        grey = all(_decode(file).mode in ("1", "L", "LA") for file in files[:16])
        images = cls(files, _size(size), mode or ("grey" if grey else "rgb"), resize)
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

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return np.stack([self._read(self.files[row]) for row in rows])

    def _read(self, file: Path) -> np.ndarray:
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
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits: PIL would cut values off at 255
                return Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
            upright.load()
            return upright.copy()
    except Exception as error:  # damage can show anywhere in a decoder
        raise DataError(
            f"{file} cannot be read as an image ({error}): mend or remove it."
        ) from None


def _size(size: Any) -> tuple[int, int]:
    if size is None:
        return (DEFAULT_SIZE, DEFAULT_SIZE)
    pair = tuple(size) if isinstance(size, Sequence) else (size, size)
    if len(pair) != 2 or not all(type(side) is int and side > 0 for side in pair):
        raise ConfigError(f"image_size={size!r}: give one side, or (height, width).")
    return pair


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        if path.suffix == ".npy":
            arrays = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)}
        else:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
                arrays = {name: content[name] for name in content.files}
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except Exception as error:  # damage can show anywhere: in zip, zlib, tokenizer or array
        if "object" in str(error).lower():
            raise DataError(
                f"{path} holds Python objects: save a uint8 or float32 array instead."
            ) from None
        raise DamagedFileError(
            f"{path} is no readable {path.suffix} file ({error}): save it again."
        ) from None
    if not arrays:
        raise DataError(f"{path} is empty: expected at least one array.")
    return arrays


def _checked(what: str, array: np.ndarray) -> Source:
    if array.dtype not in (np.uint8, np.bool_) and array.dtype.kind != "f":
        raise DataError(f"{what} has dtype {array.dtype}: expected uint8 (0…255), bool, or floats.")
    if array.ndim not in (2, 3, 4) or 0 in array.shape:
        raise DataError(
            f"{what} has shape {list(array.shape)}: expected [N, D], [N, H, W] or [N, H, W, C], "
            "with at least one of each."
        )
    source = Converted(_rows(array), _convert)
    first = 0
    for x in chunks(source) if array.dtype.kind == "f" else ():
        bad = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        if len(bad):
            raise DataError(
                f"{what} has NaN or infinite values, first in row {first + bad[0]}: "
                "remove or fill them."
            )
        first += len(x)
    return source if isinstance(array, np.memmap) else _convert(array)


def _rows(array: np.ndarray) -> RowsOnDisk | np.ndarray:
    if isinstance(array, np.memmap) and array.flags.c_contiguous:
        return RowsOnDisk.of(array)
    return array


def _convert(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.bool_:
        x = x * np.uint8(255)
    elif x.dtype != np.uint8:
        x = x.astype(np.float32)
    return x[..., None] if x.ndim == 3 else x


def _named_splits(path: Path, arrays: Mapping[str, np.ndarray]) -> dict[str, Source]:
    sources = {}
    for split in SPLITS:
        found = [name for name in _ALIASES[split] if name in arrays]
        if not found:
            raise DataError(
                f"{path} holds the arrays {', '.join(arrays)}: expected one array, or "
                f"train, validation and test ({split} is missing)."
            )
        sources[split] = _checked(f"{path}[{found[0]}]", arrays[found[0]])
    shapes = {split: source.shape[1:] for split, source in sources.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(f"{path}: the splits' examples differ in shape: {shapes}.")
    return sources


def _split(path: Path, source: Source) -> Dataset:
    total = len(source)
    if total < 3:
        raise DataError(f"{path} has {total} examples: at least 3 are needed, one a split.")
    order = np.random.default_rng(0).permutation(total)
    tenth = max(1, total // 10)
    rows = {
        "train": order[2 * tenth :],
        "validation": order[:tenth],
        "test": order[tenth : 2 * tenth],
    }
    in_memory = isinstance(source, np.ndarray)
    parts = {name: source[i] if in_memory else Subset(source, i) for name, i in rows.items()}
    return _dataset(path, parts, _SHARES)


def _dataset(path: Path, sources: Mapping[str, Any], splits: str) -> Dataset:
    return Dataset(path.stem, **sources, licence="the owner's", source=path.name, splits=splits)
