"""Downloaded presets: complete, verified, and available offline."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vaezoo._storage import files, leftovers, locks
from vaezoo.errors import BusyError, DamagedFileError, DownloadError, unknown_name
from vaezoo.zoo import index
from vaezoo.zoo.index import PARTS, Preset
from vaezoo.zoo.origins import Origin

PATIENCE = 300.0  # seconds that a process waits for another's download


@dataclass(frozen=True)
class Cached:
    """A part of a preset in the cache."""

    name: str
    part: str
    path: Path
    bytes: int


def find(name: str, part: str, preset: Preset, *, thorough: bool = False) -> Path | None:
    """The folder with the files that `preset` lists, if all of them are here.

    Only the file that lists the others' hashes is verified here, and their sizes; whoever opens
    another file verifies it. `thorough` verifies all hashes.
    """
    folder = _folder(name, part, preset)
    expected = preset.parts[part]
    leftovers.recover(folder.parent)
    try:
        files.check(folder / PARTS[part], expected[PARTS[part]])
        for path, entry in expected.items():
            if thorough:
                files.check(folder / path, entry)
            elif (folder / path).stat().st_size != entry.bytes:
                return None
    except OSError:
        return None
    return folder


def fetch(name: str, part: str, preset: Preset, places: list[Origin]) -> Path:
    """The folder with the files that `preset` lists, fetched from the first place that has them.

    Processes that download at once wait for each other. A broken download is resumed by the next
    call; files that are not as listed are not kept.

    Raises:
        DownloadError: no place has them, and why.
    """
    folder = _folder(name, part, preset)
    with _locked(folder):
        if find(name, part, preset, thorough=True):  # another process was faster
            return folder
        reasons = {}
        for place, patience in _turns(places):
            try:
                _receive(place, name, part, preset, folder, patience)
            except DownloadError as error:
                reasons[place.address] = str(error)
            else:
                return folder
    told = " ".join(f"{address}: {reason}" for address, reason in reasons.items())
    raise DownloadError(f"{name} could not be downloaded. {told}")


def _turns(places: list[Origin]) -> list[tuple[Origin, int | None]]:
    """Places and how often each is tried: all others before one is waited for again."""
    if len(places) == 1:
        return [(places[0], None)]
    return [*((place, 1) for place in places), *((place, None) for place in places)]


def fetch_index(place: Origin) -> Path:
    """The index of a place, as it is now, in the cache. Raises `DownloadError`."""
    path = index_of(place)
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
    files.remove_directory(folder)
    return size


def _folder(name: str, part: str, preset: Preset) -> Path:
    return files.cache_folder() / "zoo" / name / f"{part}-{preset.digest(part)[:16]}"


def _receive(
    place: Origin, name: str, part: str, preset: Preset, folder: Path, attempts: int | None
) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    partial = folder.with_name(f".{folder.name}.partial")
    _make_private(partial)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name} {part}", total=preset.size(part))
        for path, expected in preset.parts[part].items():
            for parent in reversed(list(Path(path).parents)[:-1]):
                _make_private(partial / parent)
            place.fetch(
                f"{part}/{name}/{path}",
                partial / path,
                expected,
                lambda n: progress.advance(task, n),
                attempts=attempts,
            )
    partial.chmod(folder.parent.stat().st_mode & 0o777)
    files.move_directory(partial, folder)


def _make_private(folder: Path) -> None:
    """A folder in which nobody else can plant a link, made or taken over."""
    if folder.is_symlink() or (folder.exists() and not _is_own(folder)):
        files.remove_directory(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_own(folder: Path) -> bool:
    facts = folder.lstat()
    mine = not hasattr(os, "geteuid") or facts.st_uid == os.geteuid()
    return folder.is_dir() and mine and not (os.name == "posix" and facts.st_mode & 0o022)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        lock = folder.with_name(f".{folder.name}.lock")
        with locks.locked(lock, f"the download of {folder.name}", PATIENCE):
            yield
    except BusyError as error:
        raise DownloadError(str(error)) from None
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        raise DownloadError(f"{folder} cannot be written: {error.strerror}.") from None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
