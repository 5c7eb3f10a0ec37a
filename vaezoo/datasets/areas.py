"""Pictures at other sizes and over other backgrounds, in whole numbers: the same everywhere."""

from __future__ import annotations

import math

import numpy as np

from vaezoo.protocols import Array


def over(pixels: Array, background: int) -> Array:
    """RGBA bytes [..., 4] over a grey level, as colours times 255: int32 [..., 3]."""
    colours, alpha = pixels[..., :3].astype(np.int32), pixels[..., 3:].astype(np.int32)
    return colours * alpha + background * (255 - alpha)


def area_averages(pixels: Array, size: int, whole: int = 1) -> Array:
    """Area averages of pictures at size × size pixels, divided by `whole`: bytes [N, S, S, C].

    Sums of whole numbers below 2^24 are exact in float32, so that the bytes do not depend on the
    order in which a machine adds.

    Args:
        pixels: whole numbers from 0 to 255 `whole`, [N, H, W, C].
        size: S, height and width of the result.
        whole: the number that stands for 1.

    Example:
        >>> import numpy as np
        >>> from vaezoo.datasets.areas import area_averages
        >>> area_averages(np.array([[0, 3], [9, 12]]).reshape(1, 2, 2, 1), 1).ravel().tolist()
        [6]
    """
    shares = [_shares(length, size) for length in pixels.shape[1:3]]
    result = np.empty((len(pixels), size, size, pixels.shape[-1]), np.uint8)
    for start in range(0, len(pixels), 256):  # memory stays bounded
        rows = slice(start, start + 256)
        sums = np.tensordot(pixels[rows].astype(np.float32), shares[0], (1, 1))  # [N, W, C, S]
        sums = np.tensordot(sums, shares[1], (1, 1)).transpose(0, 2, 3, 1)
        parts = whole * math.prod(int(share[0].sum()) for share in shares)
        result[rows] = np.rint(sums.astype(np.float64) / parts)
    return result


def _shares(length: int, size: int) -> Array:
    """How many of equal parts of each pixel belong to which of the larger ones, [size, length]."""
    common = math.gcd(length, size)
    parts = np.repeat(np.eye(size, dtype=np.float32), length // common, axis=1)
    return parts.reshape(size, length, size // common).sum(axis=-1)
