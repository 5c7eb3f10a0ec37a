"""Fitted directions as files beside an export, or in the user's own folder: arrays with hashes.

A folder holds one .npy for each direction, and `attributes.json`, which says what they are and
lists their hashes. What lies in the folder `attributes` of an export comes with it and is only
read; what a user fits is kept in a folder of their own, under the hash of the model's weights, so
that a published export stays as it is and a direction never meets other weights.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo._storage import fields, files
from vaezoo._storage.files import File
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError, unknown_name
from vaezoo.latent.directions import METHODS, AttributeDirection
from vaezoo.protocols import Array

INDEX, FORMAT, FOLDER = "attributes.json", 1, "attributes"
_MOST = 2**23  # bytes of one array: more than those of any latent space


def own_folder(preset: str, weights_sha256: str) -> Path:
    """Where a user's directions of a model are kept: below VAEZOO_CACHE, or the user's data."""
    if os.environ.get("VAEZOO_CACHE"):
        home = files.cache_folder()
    else:
        import platformdirs

        home = Path(platformdirs.user_data_dir("vaezoo"))
    return home / FOLDER / f"{preset}-{weights_sha256[:16]}"


def save_directions(
    folder: str | os.PathLike[str], directions: Mapping[str, AttributeDirection]
) -> Path:
    """Writes directions by name, beside those that the folder has; the index's path.

    Args:
        folder: of a model's directions, such as that of `own_folder`.
        directions: by the attribute's name.

    Raises:
        ConfigError: a name that no file can have.
        DamagedFileError: the folder's index is none.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from vaezoo.latent import AttributeDirection, load_directions, save_directions
        >>> direction = AttributeDirection(np.ones(2), 0.0, 1.0, "ridge", 1.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_directions(folder, {"thickness": direction})
        ...     load_directions(folder)["thickness"].step.tolist()
        [1.0, 1.0]
    """
    for name in directions:
        if not fields.is_name(name):
            raise ConfigError(
                f"{name!r} is no attribute's name: use up to 100 letters, digits, '_', '.', '-'."
            )
    place = Path(folder)
    index = _read_index(place) if (place / INDEX).is_file() else {}
    place.mkdir(parents=True, exist_ok=True)
    for name, direction in directions.items():
        index[name] = _entry(direction, _write_array(place, name, direction.step))
    files.write_json(place / INDEX, {"format": FORMAT, "attributes": dict(sorted(index.items()))})
    _remove_others(place, index)
    return place / INDEX


def load_directions(folder: str | os.PathLike[str]) -> dict[str, AttributeDirection]:
    """Directions of a folder by name; none where it has no index.

    Raises:
        DamagedFileError: a file is missing, is not the one that was saved, or is none of ours.
    """
    place = Path(folder)
    if not (place / INDEX).is_file():
        return {}
    return {name: _direction(place, name, entry) for name, entry in _read_index(place).items()}


def named_direction(
    name: str, known: Mapping[str, AttributeDirection], preset: str
) -> AttributeDirection:
    """The direction of that name. Raises `UnknownNameError`, which says how to fit one."""
    if name in known:
        return known[name]
    if known:
        raise unknown_name("attribute", name, known)
    raise UnknownNameError(
        f"unknown attribute {name!r}: no direction was fitted for these weights; fit some by "
        f"vaezoo attributes {preset} --data DATA, or latent.AttributeDirection.fit."
    )


def _write_array(place: Path, name: str, step: Array) -> File:
    """Writes a file that is named after its content: an old one stays until the index names no
    more of it."""
    content = io.BytesIO()
    np.save(content, np.asarray(step, np.float64), allow_pickle=False)
    file = File(content.tell(), hashlib.sha256(content.getvalue()).hexdigest())
    with files.replaced_file(_path(place, name, file)) as temporary:
        temporary.write_bytes(content.getvalue())
    return file


def _path(place: Path, name: str, file: File) -> Path:
    return place / f"{name}-{file.sha256[:16]}.npy"


def _remove_others(place: Path, index: Mapping[str, Any]) -> None:
    """Removes arrays that the index no longer names."""
    named = {f"{name}-{entry['sha256'][:16]}.npy" for name, entry in index.items()}
    for path in place.glob("*.npy"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def _entry(direction: AttributeDirection, file: File) -> dict[str, Any]:
    return {
        "bytes": file.bytes,
        "sha256": file.sha256,
        "mean": direction.mean,
        "stddev": direction.stddev,
        "method": direction.method,
        "fit_quality": direction.fit_quality,
        "given": list(direction.given),
    }


def _read_index(place: Path) -> dict[str, Any]:
    values = files.read_json(place / INDEX)
    try:
        if fields.mapping(values)["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r}, this version reads {FORMAT}")
        entries = fields.mapping(values["attributes"])
        return {fields.name(name): fields.mapping(entry) for name, entry in entries.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{place / INDEX} lists no directions: {error!s}.") from None


def _direction(place: Path, name: str, entry: Mapping[str, Any]) -> AttributeDirection:
    try:
        file = File(fields.whole(entry["bytes"]), fields.sha256(entry["sha256"]))
        if file.bytes > _MOST:
            raise ValueError(f"{file.bytes:,} bytes, more than any of ours")
        return AttributeDirection(
            step=_array(files.read(_path(place, name, file), file)),
            mean=fields.number(entry["mean"]),
            stddev=fields.number(entry["stddev"]),
            method=fields.choice(entry["method"], METHODS),
            fit_quality=fields.number(entry["fit_quality"]),
            given=tuple(map(fields.text, fields.sequence(entry["given"]))),
        )
    except (KeyError, TypeError, ValueError, EOFError) as error:
        raise DamagedFileError(f"{place / INDEX}: {name} is no direction: {error!s}.") from None


def _array(content: bytes) -> Array:
    """The array in a .npy. Raises `ValueError` unless it is one of finite numbers, [D]."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype != np.float64 or array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"an array {array.dtype} {list(array.shape)}: expected float64 [D]")
    return np.asarray(array)
