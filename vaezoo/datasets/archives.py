"""Pictures in .zip files."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from vaezoo.datasets.files import damaged
from vaezoo.errors import DamagedFileError
from vaezoo.protocols import Array

T = TypeVar("T")


def read_zip(path: Path, read: Callable[[zipfile.ZipFile], T]) -> T:
    """What `read` makes of a .zip file.

    Raises:
        DamagedFileError: it is none, or not the expected one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return read(archive)
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or decoder
        raise damaged(path, f"not a readable .zip of pictures ({error})") from None


def picture(archive: zipfile.ZipFile, name: str, mode: str = "RGBA") -> Array:
    """Bytes of one picture, [H, W, C]."""
    from PIL import Image

    with archive.open(name) as file, Image.open(file) as image:
        return np.asarray(image.convert(mode))


def check_hash(path: Path, what: str, content: bytes | Array, expected: str) -> None:
    """Raises `DamagedFileError` where SHA-256 of `content` is not the expected one."""
    data = content if isinstance(content, bytes) else np.ascontiguousarray(content).tobytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != expected:
        reason = f"{what} have SHA-256 {digest[:12]}…, expected {expected[:12]}…"
        raise damaged(path, reason)
