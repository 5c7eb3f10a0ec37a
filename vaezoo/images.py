"""Arrays -> pictures: grids of examples, with names or without, PNG files and GIFs."""

from __future__ import annotations

import colorsys
import math
import os
from collections.abc import Sequence

import numpy as np

from vaezoo._checks import positive
from vaezoo._storage import memory
from vaezoo._storage.files import replaced_file
from vaezoo.errors import DataError

__all__ = ["as_images", "grid", "in_colours", "labelled", "pairs", "save_gif", "save_png"]

TILE = 32  # pixels: smaller images are enlarged by an integer factor to about this
GAP = 2
COLUMNS = 8
BACK = 96  # grey between the tiles
TEXT, NAME = 13, 40  # height of names in pixels, and their most letters
COLOURS = 48  # of a GIF


def as_images(x: np.ndarray) -> np.ndarray:
    """uint8 pictures [N, H, W, 1 or 3] of examples of any shape.

    Images are clipped to 0…1; those of four channels, the last of them alpha, are shown over white.
    Other channels have a colour each, as `in_colours` gives them. Vectors [N, D] become one row
    of pixels, black at the array's least value and white at its greatest.
    """
    x = np.asarray(x, np.float32)
    if x.ndim != 4:
        x = x.reshape(len(x), 1, -1, 1)
        x = (x - x.min()) / max(float(np.ptp(x)), 1e-12)
    if x.shape[-1] == 4:
        alpha = np.clip(x[..., 3:], 0, 1)
        x = x[..., :3] * alpha + (1 - alpha)
    x = in_colours(x)
    return np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)


def in_colours(x: np.ndarray) -> np.ndarray:
    """Pictures in grey or colour, [N, H, W, 1 or 3], of [N, H, W, C] in [0, 1]: channels that are
    no colours are drawn in a colour each, the brightest of which shows.

    Example:
        >>> import numpy as np
        >>> from vaezoo import images
        >>> x = np.zeros((1, 2, 2, 4), np.float32)
        >>> x[0, 0, 0, 0] = 1
        >>> images.in_colours(x)[0, 0].tolist()
        [[1.0, 0.25, 0.25], [0.0, 0.0, 0.0]]
    """
    num = x.shape[-1]
    if num in (1, 3):
        return x
    colours = np.array([colorsys.hsv_to_rgb(c / num, 0.75, 1.0) for c in range(num)], np.float32)
    return (x[..., None] * colours).max(axis=-2)


def grid(x: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Examples [N, *data_shape] as tiles of one picture, row by row: uint8 [H, W, 1 or 3].

    Raises:
        DataError: there is no example.

    Example:
        >>> import numpy as np
        >>> from vaezoo import images
        >>> images.grid(np.zeros((6, 28, 28, 1)), columns=3).shape
        (62, 92, 1)
    """
    if len(x) == 0:
        raise DataError("x is empty: a grid needs at least one example.")
    tiles = as_images(x)
    return _sheet(tiles, columns or math.ceil(math.sqrt(len(tiles))))


def pairs(x: np.ndarray, reconstructed: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Rows of data, each above a row of its reconstructions: uint8 [H, W, 1 or 3]."""
    tiles = as_images(np.concatenate([x, reconstructed])).reshape(2, len(x), *_image_shape(x))
    missing = -len(x) % columns
    tiles = np.pad(tiles, [(0, 0), (0, missing), (0, 0), (0, 0), (0, 0)], constant_values=BACK)
    rows = tiles.reshape(2, -1, columns, *tiles.shape[2:]).swapaxes(0, 1)
    return _sheet(rows.reshape(-1, *tiles.shape[2:]), columns)


def _image_shape(x: np.ndarray) -> tuple[int, ...]:
    return as_images(x[:1]).shape[1:]


def _sheet(tiles: np.ndarray, columns: int, larger: int = 1) -> np.ndarray:
    scale = larger * max(1, TILE // max(tiles.shape[1:3]))
    most = (
        max(len(tiles), columns) * (scale * tiles.shape[1] + GAP) * (scale * tiles.shape[2] + GAP)
    )
    memory.need(2 * most * tiles.shape[3], f"a picture of {len(tiles):,} tiles", "show fewer")
    tiles = tiles.repeat(scale, axis=1).repeat(scale, axis=2)
    height, width = tiles.shape[1] + GAP, tiles.shape[2] + GAP
    rows = math.ceil(len(tiles) / columns)
    sheet = np.full((rows * height + GAP, columns * width + GAP, tiles.shape[3]), BACK, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = GAP + index // columns * height, GAP + index % columns * width
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def save_png(path: str | os.PathLike[str], picture: np.ndarray) -> None:
    """Writes uint8 [H, W, 1 or 3] as PNG; the file is complete or absent."""
    from PIL import Image

    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    with replaced_file(path) as temporary:
        image.save(temporary, format="PNG")


def labelled(
    x: np.ndarray, columns: Sequence[str], rows: Sequence[str] = (), scale: int = 2
) -> np.ndarray:
    """A grid with a name above each column and beside each row: uint8 [H, W, 1 or 3].

    Args:
        x: examples [rows * columns, *data_shape], row by row.
        columns: their names, in order.
        rows: likewise; () for none.
        scale: how much larger than those of `grid` the tiles are.

    Example:
        >>> import numpy as np
        >>> from vaezoo import images
        >>> picture = images.labelled(np.zeros((6, 8, 8, 1)), ["-1", "0", "1"], ["a", "b"])
        >>> picture.shape[0] > 2 * 66, picture.shape[1] > 3 * 66
        (True, True)

    Raises:
        DataError: not as many examples as names ask for.
    """
    if len(x) != len(columns) * max(len(rows), 1):
        raise DataError(
            f"x has {len(x)} examples: expected {len(columns)} columns of {max(len(rows), 1)} rows."
        )
    sheet = _sheet(as_images(x), len(columns), positive("scale", scale))
    return _with_names(sheet, list(map(_short, columns)), list(map(_short, rows)))


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


def _with_names(sheet: np.ndarray, columns: list[str], rows: list[str]) -> np.ndarray:
    """A sheet of tiles with names in a white margin."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(TEXT)
    width, height = (sheet.shape[1] - GAP) / len(columns), (sheet.shape[0] - GAP) / (len(rows) or 1)
    excess = max(map(font.getlength, columns)) - width
    is_wide, right = excess > 0, math.ceil(max(excess, 0) / 2)
    left = max(math.ceil(max(map(font.getlength, rows), default=0)) + 3 * GAP, right)
    top = (1 + is_wide) * (TEXT + 2 * GAP)
    size = (sheet.shape[0] + top, left + sheet.shape[1] + right, sheet.shape[2])
    canvas = np.full(size, 255, np.uint8)
    canvas[top:, left : left + sheet.shape[1]] = sheet
    image = Image.fromarray(canvas[..., 0] if canvas.shape[2] == 1 else canvas)
    pen = ImageDraw.Draw(image)
    for index, name in enumerate(columns):  # every second one lower where they would touch
        line = top - GAP - (is_wide and index % 2 == 0) * (TEXT + 2 * GAP)
        pen.text((left + GAP / 2 + (index + 0.5) * width, line), name, 0, font, anchor="mb")
    for index, name in enumerate(rows):
        pen.text((left - GAP, top + (index + 0.5) * height), name, 0, font, anchor="rm")
    picture = np.asarray(image)
    return picture[..., None] if picture.ndim == 2 else picture


def save_gif(
    path: str | os.PathLike[str],
    frames: Sequence[np.ndarray],
    seconds: float,
    *,
    back: bool = True,
    scale: int = 1,
) -> None:
    """Writes pictures as a GIF that plays forth and back, again and again.

    Few greys or colours keep it small; the file is complete or absent.

    Args:
        path: of the file.
        frames: uint8 [H, W, 1 or 3] each, of one shape.
        seconds: that one way takes.
        back: False: it plays forth alone.
        scale: how often each pixel is repeated, in both directions.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from vaezoo import images
        >>> frames = [np.full((8, 8, 1), level, np.uint8) for level in (0, 128, 255)]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     images.save_gif(f"{folder}/path.gif", frames, seconds=1)

    Raises:
        DataError: there is no frame.
    """
    from PIL import Image

    if not len(frames):
        raise DataError("frames are empty: a GIF needs at least one.")
    larger = [frame.repeat(scale, axis=0).repeat(scale, axis=1) for frame in frames]
    both = [*larger, *(larger[-2:0:-1] if back else ())]
    colours = [Image.fromarray(f[..., 0] if f.shape[-1] == 1 else f).convert("RGB") for f in both]
    pictures = [picture.quantize(COLOURS, dither=Image.Dither.NONE) for picture in colours]
    duration = round(1000 * seconds / len(frames))
    with replaced_file(path) as temporary:
        pictures[0].save(
            temporary, format="GIF", save_all=True, append_images=pictures[1:], loop=0,
            duration=duration, optimize=True,
        )  # fmt: skip
