"""Omniglot at 28×28, area-averaged: other pixels than those of papers' likelihoods."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch, local_folder
from vaezoo.errors import DamagedFileError

LICENCE = "MIT"

# Not github.com/…/raw, which redirects to this host.
URL = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
# SHA-256 of each part's pixels at 28×28, by character and drawer, row by row.
HASHES = {
    "background": "b90c08f235503b656b2de3823223a299215728e01e3bb05a42f99484be9e541c",
    "evaluation": "62e72255479a8b28a07c73039c1007e0c100508b8fe75d6545626b62052db576",
}
DERIVED = "omniglot_28x28_derived.npz"
DRAWERS = 20  # of each character
VALIDATION = 2_000

# 105 pixels are 420 quarters, 15 for each of 28 pixels: how many quarters of which, [28, 105].
_QUARTERS = np.repeat(np.eye(28), 15, axis=1).reshape(28, 105, 4).sum(axis=-1)


def load() -> Dataset:
    """Handwritten letters, 28×28 grey levels, uint8 [N, 28, 28, 1]: 17,280 / 2,000 / 13,180."""
    background, evaluation = _part("background"), _part("evaluation")
    # Numbered through both parts, which share no character.
    characters = np.arange(len(background) + len(evaluation)) // DRAWERS
    order = np.random.default_rng(0).permutation(len(background))
    train, validation = order[VALIDATION:], order[:VALIDATION]
    return Dataset(
        "omniglot",
        train=background[train],
        validation=background[validation],
        test=evaluation,
        licence=LICENCE,
        source="Lake, Salakhutdinov & Tenenbaum 2015, https://github.com/brendenlake/omniglot",
        splits=(
            "17,280 / 2,000 drawings of one fixed permutation of the background set, and the "
            "evaluation set's 13,180, of other alphabets; area-averaged to 28×28: likelihoods are "
            "not comparable with papers' Omniglot"
        ),
        labels={
            "train": characters[train],
            "validation": characters[validation],
            "test": characters[len(background) :],
        },
    )


def _part(name: str) -> np.ndarray:
    folder = local_folder()
    if folder and (folder / "omniglot" / DERIVED).is_file():
        pixels = _read_derived(folder / "omniglot" / DERIVED, name)
    else:
        file = f"images_{name}.zip"
        pixels = fetch("omniglot", file, f"{URL}/{file}", lambda path: _read(path, name))
    return pixels[..., None]


def _read_derived(path: Path, name: str) -> np.ndarray:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _checked(path, arrays[name], name)
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or array
        raise damaged(path, f"not a readable .npz ({error})") from None


def _read(path: Path, name: str) -> np.ndarray:
    # images_background/Greek/character01/0394_07.png: the 394th character by the 7th drawer. The
    # order is by these numbers, which is not that of the alphabets' names.
    try:
        with zipfile.ZipFile(path) as archive:
            files = [file for file in archive.namelist() if file.startswith(f"images_{name}/")]
            drawings = [file for file in files if file.endswith(".png")]
            drawings.sort(key=lambda file: file.rsplit("/", 1)[-1])
            pixels = np.stack([_shrunk(archive.open(file)) for file in drawings])
            return _checked(path, pixels, name)
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or decoder
        raise damaged(path, f"not a readable .zip of 105×105 images ({error})") from None


def _shrunk(drawing: IO[bytes]) -> np.ndarray:
    """The share of ink, black in the file and white here, in each of 28×28 squares."""
    from PIL import Image

    with drawing, Image.open(drawing) as image:
        ink = np.asarray(image.convert("L")) < 128
    # In 225ths, exactly: 255/225 of a whole number never lies halfway between two.
    return np.rint(_QUARTERS @ ink @ _QUARTERS.T * 255 / 225).astype(np.uint8)


def _checked(path: Path, pixels: np.ndarray, name: str) -> np.ndarray:
    pixels = np.ascontiguousarray(pixels, np.uint8)
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    if digest != HASHES[name]:
        reason = f"its pixels at 28×28 have SHA-256 {digest[:12]}…, expected {HASHES[name][:12]}…"
        raise damaged(path, reason)
    return pixels
