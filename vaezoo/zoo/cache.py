"""Downloaded presets: complete, verified, and available offline."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vaezoo._storage import files
from vaezoo.errors import DamagedFileError, DownloadError, unknown_name
from vaezoo.zoo import index
from vaezoo.zoo.index import PARTS, Preset
from vaezoo.zoo.origins import Origin


@dataclass(frozen=True)
class Cached:
    """A part of a preset in the cache."""

    name: str
    part: str
    path: Path
    bytes: int


def find(name: str, part: str, preset: Preset) -> Path | None:
    """The folder with the files that `preset` lists, if all of them are here.

    Only the file that lists the others' hashes is verified here, and their sizes; whoever opens
    another file verifies it.
    """
    folder = _folder(name, part, preset)
    expected = preset.parts[part]
    try:
        files.check(folder / PARTS[part], expected[PARTS[part]])
        sizes = {path: (folder / path).stat().st_size for path in expected}
    except OSError:
        return None
    return folder if all(sizes[path] == expected[path].bytes for path in expected) else None


def fetch(name: str, part: str, preset: Preset, places: list[Origin]) -> Path:
    """The folder with the files that `preset` lists, fetched from the first place that has them.

    Processes that download at once wait for each other. A broken download is resumed by the next
    call; files that are not as listed are not kept.

    Raises:
        DownloadError: no place has them, and why.
    """
    folder = _folder(name, part, preset)
    with _locked(folder):
        if find(name, part, preset):  # another process was faster
            return folder
        reasons = []
        for place in places:
            try:
                _receive(place, name, part, preset, folder)
            except DownloadError as error:
                reasons.append(f"{place.address}: {error}")
            else:
                return folder
    raise DownloadError(f"{name} could not be downloaded. {' '.join(reasons)}")


def fetch_index(place: Origin) -> Path:
    """The index of a place, as it is now, in the cache. Raises `DownloadError`."""
    path = index_of(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replaced_file(path) as temporary:
        place.fetch(index.FILE, temporary, None, lambda received: None)
        try:
            index.read(temporary)
        except DamagedFileError as error:
            raise DownloadError(str(error).replace(str(temporary), place.address)) from None
    return path


def index_of(place: Origin) -> Path:
    """Where the index of a place is kept."""
    key = hashlib.sha256(place.address.encode()).hexdigest()[:16]
    return files.cache_folder() / "zoo" / f"{key}.json"


def entries() -> list[Cached]:
    """The content of the cache."""
    folders = sorted(path for path in (files.cache_folder() / "zoo").glob("*/*-*") if path.is_dir())
    return [
        Cached(path.parent.name, path.name.rpartition("-")[0], path, _size(path))
        for path in folders
        if not path.name.startswith(".")
    ]


def clear(name: str | None = None) -> int:
    """Deletes a preset's downloads, or all of them; how many bytes that were.

    Raises:
        UnknownNameError: nothing of that name is in the cache.
    """
    folder = files.cache_folder() / "zoo"
    if name is not None:
        names = {path.name for path in folder.glob("*") if path.is_dir()}
        if name not in names:
            raise unknown_name("preset in the cache", name, names)
        folder /= name
    size = _size(folder)
    if folder.is_dir():
        shutil.rmtree(folder)
    return size


def _folder(name: str, part: str, preset: Preset) -> Path:
    return files.cache_folder() / "zoo" / name / f"{part}-{preset.digest(part)[:16]}"


def _receive(place: Origin, name: str, part: str, preset: Preset, folder: Path) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    partial = folder.with_name(f".{folder.name}.partial")
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name} {part}", total=preset.size(part))
        for path, expected in preset.parts[part].items():
            out = partial / path
            out.parent.mkdir(parents=True, exist_ok=True)
            place.fetch(f"{part}/{name}/{path}", out, expected, lambda n: progress.advance(task, n))
    if folder.exists():  # a file in it is damaged
        shutil.rmtree(folder)
    os.replace(partial, folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import filelock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.with_name(f".{folder.name}.lock")):
            yield
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        raise DownloadError(f"{folder} cannot be written: {error.strerror}.") from None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
