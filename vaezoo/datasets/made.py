"""Arrays that take long to make from a data set's files, kept in the cache."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from vaezoo._storage.files import cache_folder, replaced_file
from vaezoo.protocols import Array


def made_once(name: str, digest: str, make: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
    """What `make` returns, read from the cache if an earlier call left it there.

    Args:
        name: of the file in the cache, without suffix.
        digest: SHA-256 of the bytes of the array "images" that `make` returns. A file with
            other images is made again.
        make: arrays by name, "images" among them.
    """

    def fits(arrays: Mapping[str, Array]) -> bool:
        return _digest(arrays["images"]) == digest

    return _kept(name, make, fits)


def measured_once(name: str, images: Array, measure: Callable[[], Array]) -> Array:
    """What `measure` returns for these images, read from the cache if an earlier call left it
    there for the same ones.

    Args:
        name: of the file in the cache, without suffix.
        images: [N, ...].
        measure: gives numbers, [N, A].
    """
    digest = _digest(images)

    def make() -> Mapping[str, Array]:
        return {"of": np.array(digest), "values": measure()}

    def fits(arrays: Mapping[str, Array]) -> bool:
        return str(arrays["of"]) == digest and len(arrays["values"]) == len(images)

    return _kept(name, make, fits)["values"]


def _digest(array: Array) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def _kept(
    name: str,
    make: Callable[[], Mapping[str, Array]],
    fits: Callable[[Mapping[str, Array]], bool],
) -> dict[str, Array]:
    """The arrays of a file of the cache, if they fit; else those that `make` returns, written."""
    path = cache_folder() / "datasets" / f"{name}.npz"
    with contextlib.suppress(Exception):  # missing, damaged or of another version
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {key: content[key] for key in content.files}
        if fits(arrays):
            return arrays
    arrays = dict(make())
    with contextlib.suppress(OSError), replaced_file(path) as new, open(new, "wb") as stream:
        np.savez_compressed(stream, **arrays)
    return arrays
