"""What tests ask of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def pixels_of(path: Path) -> np.ndarray:
    """Pixels, [H, W] or [H, W, 3]."""
    with Image.open(path) as image:
        return np.asarray(image)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height."""
    height, width = pixels_of(path).shape[:2]
    return width, height
