"""Images of mixed sizes and modes -> rows of one shape."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

import numpy as np

from vaezoo.datasets.base import as_float
from vaezoo.datasets.own.rows import Reading
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import Array
from vaezoo.runtime.preparation import MODES, RESIZE

DEFAULT_SIZE = 64
LARGEST_SIDE = 4096  # pixels that an image is brought to
LARGEST_IMAGE = 8192**2  # pixels of a file: more would take gigabytes to decode
_CONVERTED = {"grey": "L", "rgb": "RGB", "rgba": "RGBA"}
_CHANNELS = {"grey": 1, "rgb": 3, "rgba": 4}


class Files(Protocol):
    """Images that can be opened, by number."""

    def __len__(self) -> int: ...

    def name(self, row: int) -> str:
        """Of an image, for people."""

    def open(self, row: int) -> str | IO[bytes]:
        """What PIL opens."""


@dataclass(frozen=True)
class Form:
    """What images are brought to.

    Attributes:
        size: height and width.
        mode: "grey", "rgb" or "rgba".
        resize: "crop" or "stretch".
        background: colour behind transparent pixels, where alpha is not kept.
        deep: whether rows are float32, as some images have more than 8 bits; else uint8.
    """

    size: tuple[int, int]
    mode: str
    resize: str
    background: str
    deep: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a row."""
        return (*self.size, _CHANNELS[self.mode])

    @property
    def dtype(self) -> np.dtype:
        """Of a row."""
        return np.dtype(np.float32 if self.deep else np.uint8)

    def pixels(self, image: Any) -> Array:
        """An upright image of PIL as a row."""
        if is_deep(image.mode):
            return self._of_levels(image)
        if has_alpha(image):
            image = image.convert("RGBA")
            if self.mode != "rgba":
                image = _composite(image, self.background)
        x = np.asarray(self._resized(image.convert(_CONVERTED[self.mode])), np.uint8)
        x = x.reshape(self.shape)
        if self.mode == "rgba":
            x = np.where(x[..., 3:] > 0, x, 0).astype(np.uint8)  # what cannot be seen is no data
        return as_float(x) if self.deep else x

    def _of_levels(self, image: Any) -> Array:
        from PIL import Image

        levels = _levels(image)
        x = np.asarray(self._resized(Image.fromarray(levels)), np.float32)
        x = np.clip(x, levels.min(), levels.max())[..., None]  # interpolation goes beyond
        x = np.repeat(x, min(3, self.shape[2]), axis=2)
        return np.concatenate([x, np.ones_like(x[..., :1])], axis=2) if self.mode == "rgba" else x

    def _resized(self, image: Any) -> Any:
        from PIL import ImageOps

        height, width = self.size
        if self.resize == "crop":
            return ImageOps.fit(image, (width, height))
        return image.resize((width, height))


@dataclass(frozen=True)
class Pictures:
    """Images, read when needed."""

    files: Files
    form: Form
    rows: Array

    @property
    def dtype(self) -> np.dtype:
        return self.form.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.form.shape)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Array) -> Array:
        rows = np.asarray(rows)
        result = np.empty((len(rows), *self.form.shape), self.dtype)
        for place, row in enumerate(self.rows[rows]):
            try:
                result[place] = self.form.pixels(decode(self.files.open(row)))
            except Exception as error:  # damage can show anywhere in a decoder
                raise DataError(f"{self.files.name(row)} cannot be read: {error}.") from None
        return result


def form_of(reading: Reading, *, grey: bool, deep: bool) -> Form:
    """The form that is asked for; that of the images where it is not.

    Raises:
        ConfigError: a size or a colour that is none.
        UnknownNameError: no such mode or way to resize.
    """
    check_options(reading)
    mode = reading.image_mode or ("grey" if grey else "rgb")
    return Form(_size(reading.image_size), mode, reading.resize, reading.background, deep)


def check_options(reading: Reading) -> None:
    """Raises for what no image can be brought to, as `form_of`."""
    from PIL import ImageColor

    if reading.resize not in RESIZE:
        raise unknown_name("resize", reading.resize, RESIZE)
    if reading.image_mode is not None and reading.image_mode not in MODES:
        raise unknown_name("image_mode", reading.image_mode, MODES)
    _size(reading.image_size)
    try:
        ImageColor.getrgb(reading.background)
    except (ValueError, AttributeError):
        raise ConfigError(
            f"background={reading.background!r}: give a colour, such as 'white' or '#204060'."
        ) from None


@contextlib.contextmanager
def opened(file: str | IO[bytes]) -> Iterator[Any]:
    """An image of PIL, of which the header was read. Raises `ValueError` for too many pixels."""
    from PIL import Image

    with warnings.catch_warnings():  # of sizes, which are checked below
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(file)
    with image:
        if image.width * image.height > LARGEST_IMAGE:
            raise ValueError(f"it has more than {LARGEST_IMAGE:,} pixels: make it smaller")
        yield image


def decode(file: str | IO[bytes]) -> Any:
    """The first frame of an image, upright."""
    from PIL import ImageOps

    with opened(file) as image:
        upright = ImageOps.exif_transpose(image)
        upright.load()
        return upright


def is_deep(mode: str) -> bool:
    """Whether images of this mode of PIL have more than 8 bits."""
    return mode == "F" or mode.startswith("I")


def is_grey(image: Any) -> bool:
    """Whether an image, of which the header was read, has no colours."""
    if image.mode == "P":
        colours = np.array(image.getpalette("RGB") or [0]).reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode in ("1", "L", "LA", "La") or is_deep(image.mode)


def has_alpha(image: Any) -> bool:
    """Whether an image, of which the header was read, may have transparent pixels."""
    return bool(image.has_transparency_data)


def _levels(image: Any) -> Array:
    """16 bits as 65535ths, floats as they are."""
    levels = np.asarray(image).astype(np.float32)
    if image.mode == "F":
        if not np.isfinite(levels).all():
            raise ValueError("NaN or infinite values")
        return levels
    if levels.min() < 0 or levels.max() > 65535:
        raise ValueError(
            f"whole numbers from {levels.min():g} to {levels.max():g}: save 16 bits, or floats"
        )
    return levels / np.float32(65535)


def _composite(image: Any, background: str) -> Any:
    from PIL import Image

    return Image.alpha_composite(Image.new("RGBA", image.size, background), image)


def _size(size: Any) -> tuple[int, int]:
    if size is None:
        return (DEFAULT_SIZE, DEFAULT_SIZE)
    pair = tuple(size) if isinstance(size, Sequence) else (size, size)
    if len(pair) != 2 or not all(type(side) is int and 0 < side <= LARGEST_SIDE for side in pair):
        raise ConfigError(
            f"image_size={size!r}: give one side, or (height, width), of 1 to {LARGEST_SIDE} "
            "pixels."
        )
    return pair
