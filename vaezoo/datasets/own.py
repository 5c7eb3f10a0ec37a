"""The user's own data: .npy, .npz, or a folder of images, streamed where they are large."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo._storage import memory
from vaezoo.datasets.base import SPLITS, Dataset, Joined, Source, Subset, chunks
from vaezoo.datasets.binarisation import binarised_rows, check_option
from vaezoo.datasets.image_folder import ImageFolder, Size
from vaezoo.datasets.labelling import checked_labels, split_off_labels
from vaezoo.datasets.on_disk import Converted, RowsOnDisk
from vaezoo.errors import DamagedFileError, DataError, VaezooError
from vaezoo.protocols import Array

_ALIASES = {
    "train": ("train", "x_train"),
    "validation": ("validation", "valid", "val", "x_validation", "x_valid", "x_val"),
    "test": ("test", "x_test"),
}
_FRACTIONS = "80 / 10 / 10 percent of one fixed permutation"


def load_own(
    path: str | os.PathLike[str],
    *,
    image_size: Size | None = None,
    image_mode: str | None = None,
    resize: str = "crop",
    counts: bool = False,
) -> Dataset:
    """Reads the user's own data.

    Args:
        path: a .npy file, which stays on disk and may be larger than memory; a .npz file
            with one array, or with the arrays train, validation and test, and labels beside
            them (y, or y_train, y_validation and y_test), [N] integers; or a folder of
            images, read when needed. Arrays are uint8 (0…255 for 0…1), bool or floats:
            [N, D], [N, H, W] or [N, H, W, C].
        image_size: side, or (height, width), that images are brought to; 64 by default.
        image_mode: "grey" or "rgb"; by default grey if the first images are.
        resize: "crop" scales the shorter side and cuts the middle out, "stretch" distorts.
        counts: whether numbers in arrays are counts: bytes and bools then stand for themselves,
            and other integers are allowed.

    Raises:
        DataError: no examples, too few, objects, NaN, or an image that cannot be read.
        DamagedFileError: not a readable .npy or .npz.
    """
    path = Path(path)
    parts, labels = _parts(path, image_size, image_mode, resize, counts)
    if len(parts) == 1:
        return _split(path, parts["x"], labels.get("x"))
    return _dataset(path, parts, "the file's train, validation and test", labels)


def load_rows(
    path: str | os.PathLike[str],
    *,
    binarise: str = "none",
    image_size: Size | None = None,
    image_mode: str | None = None,
    resize: str = "crop",
    counts: bool = False,
) -> Dataset:
    """All of the user's own data in their order, as each of the three splits: for commands that
    act on data, while splits are for training.

    Arguments and errors as `vaezoo.datasets.load`; one row is enough. `names` of the result are
    those of a folder's files, or "train[0]" where a file has splits of its own.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from vaezoo import datasets
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/mine.npy", np.arange(8, dtype=np.float32).reshape(4, 2))
        ...     datasets.load_rows(f"{folder}/mine.npy").test[np.arange(2)].tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """
    path = Path(path)
    parts, labels = _parts(path, image_size, image_mode, resize, counts)
    source, names = Joined(tuple(parts.values())), []
    if len(parts) > 1:
        names = [f"{split}[{row}]" for split, part in parts.items() for row in range(len(part))]
    elif path.is_dir():
        names = [name for part in parts.values() for name in getattr(part, "names", ())]
    data = _dataset(path, dict.fromkeys(SPLITS, source), "none: all rows, in their order")
    if labels.keys() == parts.keys():
        every = np.concatenate([labels[name] for name in parts])
        data = dataclasses.replace(data, labels=dict.fromkeys(SPLITS, every))
    data = dataclasses.replace(data, names=names)
    check_option(binarise)
    return data if binarise == "none" else binarised_rows(data)


def _parts(
    path: Path, image_size: Size | None, image_mode: str | None, resize: str, counts: bool
) -> tuple[dict[str, Source], dict[str, Array]]:
    """What is there: one source, or three by split; and the labels of those that have some."""
    if path.is_dir():
        return {"x": ImageFolder.open(path, image_size, image_mode, resize)}, {}
    if path.suffix not in (".npy", ".npz"):
        raise DataError(f"{path}: expected a .npy or .npz file, or a folder of images.")
    arrays, labels = split_off_labels(_read_arrays(path), _ALIASES)
    split_names = {alias for aliases in _ALIASES.values() for alias in aliases}
    if len(arrays) == 1 and not split_names & arrays.keys():
        ((name, array),) = arrays.items()
        parts = {"x": _checked(f"{path}[{name}]", array, counts)}
    else:
        parts = _named_splits(path, arrays, counts)
    return parts, checked_labels(path, parts, labels)


def _read_arrays(path: Path) -> dict[str, Array]:
    try:
        if path.suffix == ".npy":
            arrays = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)}
        else:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
                _need_memory(path, content)
                arrays = {name: content[name] for name in content.files}
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except VaezooError:
        raise
    except Exception as error:  # damage can show anywhere: in zip, zlib, tokenizer or array
        if "object" in str(error).lower():
            raise DataError(
                f"{path} holds Python objects: save a uint8 or float32 array instead."
            ) from None
        raise DamagedFileError(
            f"{path} is not a readable {path.suffix} file ({error}): save it again."
        ) from None
    if not arrays:
        raise DataError(f"{path} is empty: expected at least one array.")
    return arrays


def _need_memory(path: Path, content: np.lib.npyio.NpzFile) -> None:
    """Of compressed arrays: a file of megabytes may hold gigabytes."""
    size = sum(member.file_size for member in content.zip.infolist()) if content.zip else 0
    advice = "save it as .npy, which is read in pieces, or fewer examples"
    memory.need(2 * size, f"{path}, which expands to {size:,} bytes,", advice)


def _checked(what: str, array: Array, counts: bool) -> Source:
    allowed = "fiub" if counts else "f"
    if array.dtype not in (np.uint8, np.bool_) and array.dtype.kind not in allowed:
        raise DataError(
            f"{what} has dtype {array.dtype}: expected uint8 (0…255), bool, or floats; counts of "
            "any dtype need counts=true (--set data.counts=true) and a likelihood of counts."
        )
    if array.ndim not in (2, 3, 4) or 0 in array.shape:
        raise DataError(
            f"{what} has shape {list(array.shape)}: expected [N, D], [N, H, W] or [N, H, W, C], "
            "with at least one of each."
        )
    convert = _as_counts if counts else _convert
    source = Converted(_rows(array), convert)
    first = 0
    for x in chunks(source) if array.dtype.kind == "f" else ():
        bad = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        if len(bad):
            raise DataError(
                f"{what} has NaN or infinite values, first in row {first + bad[0]}: "
                "remove or fill them."
            )
        first += len(x)
    return source if isinstance(array, np.memmap) else convert(array)


def _rows(array: Array) -> RowsOnDisk | Array:
    if isinstance(array, np.memmap) and array.flags.c_contiguous:
        return RowsOnDisk.of(array)
    return array


def _convert(x: Array) -> Array:
    if x.dtype == np.bool_:
        x = x * np.uint8(255)
    elif x.dtype != np.uint8:
        x = x.astype(np.float32)
    return x[..., None] if x.ndim == 3 else x


def _as_counts(x: Array) -> Array:
    return _convert(x.astype(np.float32))


def _named_splits(path: Path, arrays: Mapping[str, Array], counts: bool) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for split in SPLITS:
        names = [name for name in _ALIASES[split] if name in arrays]
        if not names:
            raise DataError(
                f"{path} holds the arrays {', '.join(arrays)}: expected one array, or "
                f"train, validation and test ({split} is missing)."
            )
        sources[split] = _checked(f"{path}[{names[0]}]", arrays[names[0]], counts)
    shapes = {split: source.shape[1:] for split, source in sources.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(f"{path}: the splits' examples differ in shape: {shapes}.")
    return sources


def _split(path: Path, source: Source, labels: Array | None) -> Dataset:
    total = len(source)
    if total < 3:
        raise DataError(f"{path} has {total} examples: expected at least 3, one per split.")
    order = np.random.default_rng(0).permutation(total)
    tenth = max(1, total // 10)
    rows = {
        "train": order[2 * tenth :],
        "validation": order[:tenth],
        "test": order[tenth : 2 * tenth],
    }
    in_memory = isinstance(source, np.ndarray)
    parts = {name: source[i] if in_memory else Subset(source, i) for name, i in rows.items()}
    by_split = {} if labels is None else {name: labels[i] for name, i in rows.items()}
    return _dataset(path, parts, _FRACTIONS, by_split)


def _dataset(
    path: Path, sources: Mapping[str, Any], splits: str, labels: Mapping[str, Array] | None = None
) -> Dataset:
    return Dataset(
        f"{path.name}/" if path.is_dir() else path.name,
        **sources,
        licence="not stated (your data)",
        source=path.name,
        splits=splits,
        labels=labels or {},
    )
