"""Attributes of drawn strokes, measured on images."""

from __future__ import annotations

import functools
import math

import numpy as np

from vaezoo._checks import check_array
from vaezoo.datasets.base import as_float
from vaezoo.errors import DataError, need
from vaezoo.protocols import Array, ArrayLike

STROKES = ("area", "length", "thickness", "slant", "width", "height")
SCALE = 4  # of the image in which strokes are measured
_SHARE = 0.02  # of the ink that may lie outside the parallelogram, half on each side
_CHUNK = 256  # images in memory at four times their size


def measure_strokes(x: ArrayLike) -> Array:
    """Attributes of bright strokes on a dark ground, [N, 6] in the order of `STROKES`.

        area        pixels of the stroke: at least halfway from the darkest to the brightest
        length      of its skeleton, in pixels
        thickness   twice the mean distance from skeleton to ground, in pixels
        slant       arctan(-u_xy / u_yy), u the ink's central moments: radians, to the right > 0
        width       of the parallelogram of this slant that holds 98 % of the ink, in pixels
        height      of it, in pixels

    Castro et al. 2019, https://arxiv.org/abs/1809.10780, as in the authors' program: on
    the image at four times its size (cubic splines, smoothed), with the medial axis as skeleton.
    Lots decide which of several pixels at the same distance from the ground are part of it; here
    they hang on the place alone. What is outside the image is ground. Five milliseconds an image.

    Args:
        x: grey images, [N, H, W, 1] or [N, H, W], of bytes or numbers.

    Returns:
        float32; NaN for an image of a single value.

    Raises:
        DataError: not such images.
        MissingExtraError: scikit-image is not installed.

    Example:
        >>> import numpy as np
        >>> bar = np.zeros((1, 28, 28), np.uint8)
        >>> bar[0, 4:24, 12:16] = 255  # upright, 20 pixels high and 4 wide
        >>> area, length, thickness, slant, width, height = measure_strokes(bar)[0].tolist()
        >>> round(area), abs(round(slant, 3)), round(height)
        (80, 0.0, 20)
    """
    need("attributes", "skimage", "measuring strokes")
    images = _grey(x)
    parts = np.array_split(images, -(-len(images) // _CHUNK))
    return np.concatenate([_measure(part) for part in parts]).astype(np.float32)


def _grey(x: ArrayLike) -> Array:
    """Images as float32, [N, H, W]. Raises `DataError`."""
    images = np.asarray(x)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or min(images.shape[1:]) < 2:
        raise DataError(
            f"x has shape {list(np.shape(x))}: expected grey images, [N, H, W, 1] or [N, H, W]."
        )
    return as_float(images) if images.dtype == np.uint8 else check_array(images, images.shape[1:])


def _measure(images: Array) -> Array:
    """The attributes of a few images, [n, 6]."""
    large = _enlarged(images.astype(np.float64))
    low, high = (edge(large, axis=(1, 2), keepdims=True) for edge in (np.min, np.max))
    blank = (images == images[:, :1, :1]).all(axis=(1, 2))
    stroke = (large >= (low + high) / 2) & ~blank[:, None, None]
    skeleton, distance = _skeleton(stroke)
    counts = np.maximum(skeleton.sum(axis=(1, 2)), 1)
    thickness = 2 * (distance * skeleton).sum(axis=(1, 2)) / counts
    ink = large + blank[:, None, None]  # a mass to divide by
    shear, middle = _shear(ink)
    attributes = np.stack(
        [
            stroke.sum(axis=(1, 2)) / SCALE**2,
            _length(skeleton) / SCALE,
            thickness / SCALE,
            np.arctan(-shear),
            _extent(_columns(ink, shear, middle)) / SCALE,
            _extent(ink.sum(axis=2)) / SCALE,
        ],
        axis=1,
    )
    attributes[blank] = np.nan
    return attributes


def _enlarged(images: Array) -> Array:
    """At `SCALE` times the size: cubic splines within the values of each image, smoothed."""
    from scipy import ndimage

    low, high = (edge(images, axis=(1, 2), keepdims=True) for edge in (np.min, np.max))
    for _ in range(2):  # one axis, and then the other
        images = np.swapaxes(np.dot(images, _splines(images.shape[2])), 1, 2)
    width = SCALE / 3
    return np.asarray(ndimage.gaussian_filter(np.clip(images, low, high), (0, width, width)))


@functools.cache
def _splines(size: int) -> Array:
    """Interpolation of a line of `size` pixels as a matrix, [size, SCALE size]."""
    from scipy import ndimage

    zoom = (1, SCALE)
    return np.asarray(ndimage.zoom(np.eye(size), zoom, order=3, mode="mirror", grid_mode=True))


class _Lots(np.random.Generator):
    """Lots by place, so that the skeleton of an image does not hang on the others."""

    def __init__(self, stroke: Array) -> None:
        super().__init__(np.random.PCG64(0))
        places = super().permutation(stroke[0].size).reshape(stroke[0].shape)
        self._lots = np.broadcast_to(places, stroke.shape)[stroke]

    def permutation(self, x: Array, axis: int = 0) -> Array:  # type: ignore[override]
        return self._lots


def _skeleton(stroke: Array) -> tuple[Array, Array]:
    """The medial axes of strokes, bool [n, H, W], and all pixels' distances to the ground.

    One below the other, with ground between them: the library needs a tenth of a second a call.
    """
    from skimage.morphology import medial_axis

    num, height, width = stroke.shape
    sheet = np.pad(stroke, ((0, 0), (1, 1), (1, 1))).reshape(num * (height + 2), width + 2)
    found = medial_axis(sheet, return_distance=True, rng=_Lots(stroke))
    axis, distance = (each.reshape(num, height + 2, width + 2)[:, 1:-1, 1:-1] for each in found)
    return axis, distance


def _length(skeleton: Array) -> Array:
    """Sum of the distances of neighbouring pixels, [n]."""
    s = skeleton.astype(np.float64)
    straight = (s[:, :, 1:] * s[:, :, :-1]).sum(axis=(1, 2))
    straight += (s[:, 1:] * s[:, :-1]).sum(axis=(1, 2))
    falling = (s[:, 1:, 1:] * s[:, :-1, :-1]).sum(axis=(1, 2))
    rising = (s[:, 1:, :-1] * s[:, :-1, 1:]).sum(axis=(1, 2))
    return np.asarray(straight + math.sqrt(2) * (falling + rising))


def _shear(ink: Array) -> tuple[Array, Array]:
    """u_xy / u_yy of the central moments, [n], and the row of the centre, [n]."""
    mass = ink.sum(axis=(1, 2))
    x, y = (np.arange(size, dtype=np.float64) for size in (ink.shape[2], ink.shape[1]))
    by_row = ink.sum(axis=2)
    middle = by_row @ y / mass
    off = y - middle[:, None]
    centre = ink.sum(axis=1) @ x / mass
    product = ((ink @ x) * off).sum(axis=1) - centre * (by_row * off).sum(axis=1)
    return product / (by_row * off**2).sum(axis=1), middle


def _columns(ink: Array, shear: Array, middle: Array) -> Array:
    """Ink by column after the slant is undone, [n, W]; what leaves on a side stays at its edge."""
    num, height, width = ink.shape
    y = np.arange(height) - middle[:, None]
    moved = np.arange(width) + 0.5 - (shear[:, None] * y)[..., None]
    column = np.clip(np.floor(moved), 0, width - 1).astype(np.int64)
    places = column + width * np.arange(num)[:, None, None]
    return np.bincount(places.ravel(), ink.ravel(), num * width).reshape(num, width)


def _extent(ink: Array) -> Array:
    """Where all but `_SHARE` of the ink lies on a line, [n, L] -> its length, [n]."""
    below = np.cumsum(ink, axis=1) / ink.sum(axis=1, keepdims=True)
    below = np.pad(below, ((0, 0), (1, 0)))  # of the ink before each edge
    edges = np.arange(below.shape[1])
    ends = [np.interp((_SHARE / 2, 1 - _SHARE / 2), line, edges) for line in below]
    return np.diff(ends, axis=1)[:, 0]
