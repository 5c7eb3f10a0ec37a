"""Statically binarised MNIST."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch, local_folder
from vaezoo.errors import DamagedFileError

LICENCE = "CC BY-SA 3.0, as MNIST's"

URL = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist"
# SHA-256 of each split's pixels, one byte of 0 or 1 per pixel, row by row.
HASHES = {
    "train": "43490d4d6ac9002727af4426d8748609fdb7e4094fa65ad8d681ea60082a7a5a",
    "valid": "069b4f0beb389b776478c3e872b4df71c95ac4be64d7cbe6d32e24ebac8e6d5e",
    "test": "ca0294c3b8d984c7a1dc891015a8eea6f37bae59a34e35ea0fc8c47110a8dd86",
}
PACKED = "binarized_mnist_packed.npz"


def load() -> Dataset:
    """MNIST, binarised once: uint8 0 or 255, [N, 28, 28, 1], 50,000 / 10,000 / 10,000."""
    train, valid, test = (_split(name) for name in ("train", "valid", "test"))
    return Dataset(
        "mnist_static",
        train=train,
        validation=valid,
        test=test,
        licence=LICENCE,
        source="Larochelle & Murray 2011, http://proceedings.mlr.press/v15/larochelle11a.html",
        splits="the authors' 50,000 / 10,000 / 10,000; the test rows are sorted by class",
        binary=True,
    )


def _split(name: str) -> np.ndarray:
    folder = local_folder()
    if folder and (folder / "mnist_static" / PACKED).is_file():
        pixels = _read_packed(folder / "mnist_static" / PACKED, name)
    else:
        file = f"binarized_mnist_{name}.amat"
        pixels = fetch("mnist_static", file, f"{URL}/{file}", lambda path: _read(path, name))
    return (pixels * np.uint8(255)).reshape(-1, 28, 28, 1)


def _read_packed(path: Path, name: str) -> np.ndarray:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _checked(path, np.unpackbits(arrays[name], axis=1)[:, :784], name)
    except DamagedFileError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib or array
        raise damaged(path, f"not a readable .npz ({error})") from None


def _read(path: Path, name: str) -> np.ndarray:
    # "0 1 0 …\n", one image per line: every second byte is a digit.
    text = np.frombuffer(path.read_bytes(), np.uint8)
    digits = text[(text == ord("0")) | (text == ord("1"))] - np.uint8(ord("0"))
    if digits.size == 0 or digits.size % 784:
        raise damaged(path, f"{digits.size} pixels, expected a multiple of 784")
    return _checked(path, digits.reshape(-1, 784), name)


def _checked(path: Path, pixels: np.ndarray, name: str) -> np.ndarray:
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
    if digest != HASHES[name]:
        reason = f"its pixels have SHA-256 {digest[:12]}…, expected {HASHES[name][:12]}…"
        raise damaged(path, reason)
    return pixels
