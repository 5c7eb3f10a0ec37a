"""The IDX format, in which MNIST and its relatives come."""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch


def load_idx_dataset(
    name: str, url: str, hashes: Mapping[str, str], *, licence: str, source: str
) -> Dataset:
    """The four files of MNIST or of a data set in its format.

    Args:
        name: of the data set and its folder.
        url: folder that holds the files.
        hashes: SHA-256 of the *uncompressed* files by name without .gz; wrappers differ.
        licence: of the data.
        source: where they come from.
    """

    def array(stem: str) -> np.ndarray:
        file = f"{stem}.gz"
        return fetch(name, file, f"{url}/{file}", lambda path: read_idx(path, hashes[stem]))

    images, labels = array("train-images-idx3-ubyte")[..., None], array("train-labels-idx1-ubyte")
    return Dataset(
        name,
        train=images[:50_000],
        validation=images[50_000:],
        test=array("t10k-images-idx3-ubyte")[..., None],
        licence=licence,
        source=source,
        splits="the first 50,000 of the training file, its last 10,000, the test file's 10,000",
        labels={
            "train": labels[:50_000],
            "validation": labels[50_000:],
            "test": array("t10k-labels-idx1-ubyte"),
        },
    )


def read_idx(path: Path, sha256: str | None = None) -> np.ndarray:
    """Reads a gzipped IDX file of unsigned bytes.

    Raises:
        DamagedFileError: not gzip, truncated, not IDX of bytes, or another hash.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise damaged(path, f"not a complete gzip file ({error})") from None
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise damaged(path, f"its content has SHA-256 {digest[:12]}…, expected {sha256[:12]}…")
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise damaged(path, f"it starts with {content[:4]!r}, which is no IDX header of bytes")
    rank = content[3]
    shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    body = np.frombuffer(content, np.uint8, offset=4 + 4 * rank)
    if body.size != math.prod(shape):
        raise damaged(path, f"{body.size} bytes of data, expected {math.prod(shape)} for {shape}")
    return body.reshape(shape)
