"""Finds presets by name or path, and downloads those that are not on this machine.

A name is looked for in a checkout, in the wheel, in the cache, then in the places that
`vaezoo.zoo.origins` lists. Downloads are verified against the hashes of the index in the package;
those of presets that it does not list, against the index of the place itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vaezoo._storage import fields, leftovers
from vaezoo.errors import (
    ConfigError,
    DamagedFileError,
    DownloadError,
    UnknownNameError,
    unknown_name,
)
from vaezoo.runtime import manifest
from vaezoo.zoo import cache, hub, index, origins
from vaezoo.zoo.index import Preset
from vaezoo.zoo.origins import Origin

_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = _PACKAGE.parent
_SHIPPED = Path(__file__).parent / "shipped"  # what the wheel carries
_INDEX = Path(__file__).parent / index.FILE
_FILES = {"export": manifest.FILE, "saved_models": "config.json"}  # that mark such a folder


def find_preset(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder with a preset's config and weights, by path or by name; downloaded if necessary.

    Raises:
        UnknownNameError: no such preset.
        DamagedFileError: a folder that holds no preset.
        DownloadError: the preset is known, but not available.
    """
    return find(name_or_path, "saved_models")


def find_export(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder with a preset's exported graphs, by path or by name; downloaded if necessary.

    The folder of a run or preset stands for the `export` folder inside it. Raises as
    `find_preset`.

    Example:
        >>> from vaezoo import zoo
        >>> (zoo.find_export("digits_vae") / "manifest.json").is_file()
        True
    """
    return find(name_or_path, "export")


def find(name_or_path: str | os.PathLike[str], part: str) -> Path:
    """The folder of one of `vaezoo.zoo.index.PARTS`, as `find_preset` and `find_export` do."""
    name, path = str(name_or_path), Path(name_or_path)
    if hub.is_address(name):
        path = hub.fetch(name)
        name = str(path)
    if here := _local(name, part):
        return here
    if path.is_dir():
        raise DamagedFileError(
            f"{path} holds no {_FILES[part]}: give a preset's name, or the folder of a finished "
            "run or export."
        )
    if os.sep in name:  # a path, not a name
        raise UnknownNameError(f"no such folder: {name}.")
    return download(name, part, fresh=False)


def download(name: str, part: str, *, fresh: bool = True) -> Path:
    """The folder of a preset's part in the cache, downloaded unless it is there.

    Args:
        name: of the preset.
        part: "export" or "saved_models".
        fresh: download the current index of each place, even where one is in the cache.

    Raises:
        UnknownNameError: no index has the name.
        DownloadError: no place has the files, or none is known.
    """
    places = origins.origins()
    preset, places = _entry(name, places, fresh)
    if not preset.parts[part]:
        raise DownloadError(f"{name} has no {part} in the zoo.")
    if folder := cache.find(name, part, preset, thorough=fresh):
        return folder
    if not places:
        raise DownloadError(
            f"{name} is not on this machine: set {origins.VARIABLE} to a folder or web address "
            f"that holds {part}/{name}."
        )
    return cache.fetch(name, part, preset, places)


def saved_models() -> Path:
    """The checkout's folder of presets. Raises `ConfigError` in an install without a checkout."""
    if not (_CHECKOUT / "pyproject.toml").is_file():
        raise ConfigError("the table needs the saved_models of a checkout of the project.")
    return _CHECKOUT / "saved_models"


def names() -> list[str]:
    """Names of the exports on this machine, without those in the cache.

    Example:
        >>> from vaezoo import zoo
        >>> "digits_vae" in zoo.names()
        True
    """
    return sorted(_here("export"))


def known() -> dict[str, Preset]:
    """Presets by name, of the package's index and of all other indices in the cache."""
    presets: dict[str, Preset] = {}
    for path in [*(cache.index_of(place) for place in reversed(origins.origins())), _INDEX]:
        if path.is_file():
            presets |= index.read(path)
    return presets


def local_preset(name_or_path: str | os.PathLike[str]) -> Path | None:
    """`find_preset`, where that needs no download."""
    return _local(str(name_or_path), "saved_models")


def _local(name: str, part: str) -> Path | None:
    """A name of the zoo takes precedence over a folder of that name: ./name is the folder."""
    _recover(name, part)
    places = [_here(part).get(name), Path(name), Path(name) / part]
    return next((p for p in places if p and (p / _FILES[part]).is_file()), None)


def _recover(name: str, part: str) -> None:
    """Brings back what a killed process had moved aside."""
    for folder in (*_folders(part), Path(name).parent, Path(name)):
        leftovers.recover(folder)


def _folders(part: str) -> list[Path]:
    """Of a checkout."""
    return [_CHECKOUT / part] if (_CHECKOUT / "pyproject.toml").is_file() else []


def _here(part: str) -> dict[str, Path]:
    """Folders of a checkout, or of the wheel."""
    folders = _folders(part)
    if part == "export":
        folders.append(_SHIPPED)
    return {
        path.parent.name: path.parent
        for folder in reversed(folders)
        for path in folder.glob(f"*/{_FILES[part]}")
        if fields.is_name(path.parent.name)
    }


def _entry(name: str, places: list[Origin], fresh: bool) -> tuple[Preset, list[Origin]]:
    """A preset's entry in an index, and the places that may have it."""
    presets = index.read(_INDEX)
    if name in presets:
        return presets[name], places
    reasons = []
    for place in places:
        for read in _readers(place, fresh):
            try:
                presets = index.read(read())
            except (DownloadError, DamagedFileError) as error:
                reasons.append(f"{place.address}: {error}")
                continue
            if name in presets:
                return presets[name], [place]
    if reasons:
        raise DownloadError(f"{name} is not on this machine. {' '.join(reasons)}")
    raise unknown_name("preset", name, {*names(), *known()}, lister="vaezoo list")


def _readers(place: Origin, fresh: bool) -> list[Callable[[], Path]]:
    """Ways to read the index of a place, in order."""

    def cached() -> Path:
        return cache.index_of(place)

    def downloaded() -> Path:
        return cache.fetch_index(place)

    if not cached().is_file():
        return [downloaded]
    return [downloaded, cached] if fresh else [cached, downloaded]
