"""Arrays -> pictures: grids of examples, and PNG files."""

from __future__ import annotations

import math
import os

import numpy as np

from vaezoo._storage import memory
from vaezoo._storage.files import replaced_file
from vaezoo.errors import DataError

__all__ = ["as_images", "grid", "pairs", "save_png"]

TILE = 32  # pixels: smaller images are enlarged by an integer factor to about this
GAP = 2
COLUMNS = 8
BACK = 96  # grey between the tiles


def as_images(x: np.ndarray) -> np.ndarray:
    """uint8 pictures [N, H, W, 1 or 3] of examples of any shape.

    Images are clipped to 0…1; those with alpha are shown over white. Vectors [N, D] become one row
    of pixels, black at the array's least value and white at its greatest.
    """
    x = np.asarray(x, np.float32)
    if x.ndim != 4:
        x = x.reshape(len(x), 1, -1, 1)
        x = (x - x.min()) / max(float(np.ptp(x)), 1e-12)
    if x.shape[-1] == 4:
        alpha = np.clip(x[..., 3:], 0, 1)
        x = x[..., :3] * alpha + (1 - alpha)
    if x.shape[-1] not in (1, 3):
        x = x[..., :1]  # no colours: show the first channel
    return np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)


def grid(x: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Examples [N, *data_shape] as tiles of one picture, row by row: uint8 [H, W, 1 or 3].

    Example:
        >>> import vaezoo
        >>> model = vaezoo.load("digits_vae")
        >>> vaezoo.images.grid(model.generate(6, seed=0), columns=3).shape
        (70, 104, 1)

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


def _sheet(tiles: np.ndarray, columns: int) -> np.ndarray:
    scale = max(1, TILE // max(tiles.shape[1:3]))
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
