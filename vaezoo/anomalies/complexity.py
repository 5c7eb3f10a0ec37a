"""The size of examples in a lossless compressor."""

from __future__ import annotations

import io
import math
import zlib

import numpy as np

from vaezoo._checks import as_array, check_array
from vaezoo.protocols import Array, ArrayLike

_NATS = 8 * math.log(2)  # of a byte


def compressed_size(x: ArrayLike) -> Array:
    """The size of each example, losslessly compressed, in nats, [N]: bytes times 8 log 2.

    The smaller of PNG, for pictures, and of zlib, as Serrà et al. 2020, sec. 4, take the best of
    several compressors, https://arxiv.org/abs/1909.11480. Values are rounded to 256 levels; where
    all of x are 0 or 1, they are bits.

    Args:
        x: [N, ...] from 0 to 1; pictures have shape [H, W, 1 or 3].

    Example:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).integers(0, 2, (8, 8, 1))
        >>> grey, noisy = compressed_size(np.stack([np.zeros((8, 8, 1)), noise]))
        >>> bool(grey < noisy)
        True

    Raises:
        DataError: no numbers, or out of 0…1.
    """
    array = as_array(x)
    array = check_array(
        array, array.shape[1:], value_range=(0, 1), reason="a compressor of 8-bit pictures"
    )
    is_binary = bool(((array == 0) | (array == 1)).all())
    levels = np.round(array * 255).astype(np.uint8)
    return np.array([_bytes(one, is_binary) for one in levels]) * _NATS


def _bytes(levels: Array, is_binary: bool) -> int:
    raw = np.packbits(levels > 0) if is_binary else levels
    size = len(zlib.compress(raw.tobytes(), 9))
    is_picture = levels.ndim == 3 and levels.shape[-1] in (1, 3)
    return min(size, _png(levels, is_binary)) if is_picture else size


def _png(levels: Array, is_binary: bool) -> int:
    from PIL import Image

    image = Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)
    content = io.BytesIO()
    (image.convert("1") if is_binary and image.mode == "L" else image).save(
        content, "PNG", optimize=True
    )
    return content.tell()
