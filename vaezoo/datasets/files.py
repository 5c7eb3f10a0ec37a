"""Files of public data sets: from VAEZOO_DATA, from the cache, or downloaded, always checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vaezoo._storage import downloads
from vaezoo._storage.files import cache_folder, replaced_file
from vaezoo.errors import DamagedFileError, DownloadError

T = TypeVar("T")


def fetch(folder: str, file: str, url: str, read: Callable[[Path], T]) -> T:
    """Reads a data set's file, downloading it first if it is not on this machine.

    Args:
        folder: the data set's, below VAEZOO_DATA and below the cache.
        file: its name.
        url: where it is downloaded from.
        read: reads the file and checks its content; raises `DamagedFileError` if it is not
            the expected one. A download is stored only after it was read.

    Raises:
        DamagedFileError: the content is not the expected one.
        DownloadError: the download failed.
    """
    data = local_folder()
    if data and (data / folder / file).is_file():
        return read(data / folder / file)
    cached = cache_folder() / "datasets" / folder / file
    if cached.is_file():
        return read(cached)
    with replaced_file(cached) as temporary:
        _download(url, temporary)
        return read(temporary)


def local_folder() -> Path | None:
    """The folder that VAEZOO_DATA names, where data sets are looked for first."""
    return Path(os.environ["VAEZOO_DATA"]) if os.environ.get("VAEZOO_DATA") else None


def damaged(path: Path, reason: str) -> DamagedFileError:
    """The error for a data file without the expected content."""
    return DamagedFileError(f"{path}: {reason}; delete it, and it will be downloaded again.")


def _download(url: str, path: Path) -> None:
    from rich.console import Console
    from rich.progress import Progress

    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(url.rsplit("/", 1)[-1], total=None)
            downloads.download(url, path, advance=lambda received: progress.advance(task, received))
    except DownloadError as error:
        raise DownloadError(
            f"{str(error).rstrip('.')}: check the connection, or set VAEZOO_DATA to a folder that "
            f"holds {path.parent.name}/{url.rsplit('/', 1)[-1]}."
        ) from None
