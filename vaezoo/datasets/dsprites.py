"""dSprites, sub-sampled to a grid of 46,080 images that has every combination of its factors."""

from __future__ import annotations

import contextlib
import hashlib
import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from vaezoo._storage.files import cache_folder, replaced_file
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch, local_folder
from vaezoo.errors import DamagedFileError

LICENCE = "Apache-2.0"

# Not github.com/…/raw, which redirects to this host.
URL = "https://raw.githubusercontent.com/google-deepmind/dsprites-dataset/master"
FILE = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
GRID = "dsprites_grid.npz"
# SHA-256 of the grid's pixels, one byte of 0 or 1 per pixel, row by row.
HASH = "731d5fa772d17f2e6a29c0d7c161ecdf13529011351669f0a4c7183496f2fe7b"
FACTORS = ("shape", "scale", "orientation", "x", "y")
SIZES = (3, 6, 40, 32, 32)  # values of each factor in the public file, where y varies fastest
STEPS = (1, 1, 4, 2, 2)  # of orientations the grid has every 4th, of places every 2nd
_CHUNK = 1024  # images that are held at once, of the public file's 3 GB


def load() -> Dataset:
    """Sprites of known factors, uint8 0 or 255, [N, 64, 64, 1]: 41,472 / 2,304 / 2,304."""
    images = _grid()[..., None]
    np.multiply(images, np.uint8(255), out=images)
    classes = np.indices(_rows().shape).reshape(len(FACTORS), -1).T
    order = np.random.default_rng(0).permutation(len(images))
    part = len(order) // 20
    rows = {
        "train": order[2 * part :],
        "validation": order[:part],
        "test": order[part : 2 * part],
    }
    return Dataset(
        "dsprites",
        train=images[rows["train"]],
        validation=images[rows["validation"]],
        test=images[rows["test"]],
        licence=LICENCE,
        source="Matthey et al. 2017, https://github.com/google-deepmind/dsprites-dataset",
        splits=(
            "90 / 5 / 5 percent of one fixed permutation of a grid of the public file: all 3 "
            "shapes and 6 scales, every 4th of 40 orientations, every 2nd of 32 × 32 positions; "
            "4 of the test images, ellipses at another orientation, also occur in training"
        ),
        labels={split: classes[i, 0] for split, i in rows.items()},
        factors={split: classes[i] for split, i in rows.items()},
        factor_names=FACTORS,
        binary=True,
    )


def _rows() -> np.ndarray:
    """Where the grid's images are in the public file, by their factors: [3, 6, 10, 16, 16]."""
    rows = np.arange(math.prod(SIZES)).reshape(SIZES)
    return rows[tuple(slice(None, None, step) for step in STEPS)]


def _grid() -> np.ndarray:
    cache = cache_folder() / "datasets"
    for folder in (local_folder() or cache, cache):
        if (folder / "dsprites" / GRID).is_file():
            return _read_grid(folder / "dsprites" / GRID)
    images = fetch("dsprites", FILE, f"{URL}/{FILE}", _read)
    # The public file takes 10 seconds and more to read, which a cache that can be written saves.
    with contextlib.suppress(OSError), replaced_file(cache / "dsprites" / GRID) as temporary:
        np.savez_compressed(temporary, imgs=images)
    return images


def _read_grid(path: Path) -> np.ndarray:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _checked(path, arrays["imgs"])
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or array
        raise damaged(path, f"not a readable .npz ({error})") from None


def _read(path: Path) -> np.ndarray:
    try:
        # The one array that is needed: another one is a pickle, which nobody opens.
        with zipfile.ZipFile(path) as archive, archive.open("imgs.npy") as file:
            _check_header(path, file)
            return _checked(path, _sub_sampled(file))
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or array
        raise damaged(path, f"not a readable .npz ({error})") from None


def _check_header(path: Path, file: IO[bytes]) -> None:
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if shape != (math.prod(SIZES), 64, 64) or dtype != np.uint8:
        expected = f"uint8 {[math.prod(SIZES), 64, 64]}"
        raise damaged(path, f"its imgs are {dtype} {list(shape)}, expected {expected}")


def _sub_sampled(file: IO[bytes]) -> np.ndarray:
    rows, parts = _rows().ravel(), []
    for start in range(0, math.prod(SIZES), _CHUNK):
        images = np.frombuffer(file.read(_CHUNK * 64 * 64), np.uint8).reshape(-1, 64, 64)
        low, high = np.searchsorted(rows, (start, start + _CHUNK))
        parts.append(images[rows[low:high] - start])
    return np.concatenate(parts)


def _checked(path: Path, pixels: np.ndarray) -> np.ndarray:
    pixels = np.ascontiguousarray(pixels, np.uint8)
    digest = hashlib.sha256(pixels.reshape(-1).data).hexdigest()
    if digest != HASH:
        reason = f"the grid's pixels have SHA-256 {digest[:12]}…, expected {HASH[:12]}…"
        raise damaged(path, reason)
    return pixels
