"""Files of public data sets: from VAEZOO_DATA, from the cache, or downloaded, always checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from vaezoo.errors import DamagedFileError, DataError
from vaezoo.files import replaced_file

T = TypeVar("T")
ATTEMPTS = 3


def fetch(folder: str, file: str, url: str, read: Callable[[Path], T]) -> T:
    """Reads a data set's file, downloading it first if it is nowhere on this machine.

    Args:
        folder: the data set's, below VAEZOO_DATA and below the cache.
        file: its name.
        url: where it is downloaded from.
        read: reads the file and checks its content; raises `DamagedFileError` if it is not
            the expected one. A download is kept only after it was read.

    Raises:
        DamagedFileError: the content is not the expected one.
        DataError: the download failed.
    """
    data = local_folder()
    if data and (data / folder / file).is_file():
        return read(data / folder / file)
    cached = cache() / folder / file
    if cached.is_file():
        return read(cached)
    with replaced_file(cached) as temporary:
        _download(url, temporary)
        return read(temporary)


def local_folder() -> Path | None:
    """The folder that VAEZOO_DATA names, where data sets are looked for first."""
    return Path(os.environ["VAEZOO_DATA"]) if os.environ.get("VAEZOO_DATA") else None


def cache() -> Path:
    """Where downloads are kept: VAEZOO_CACHE, or the user's cache folder."""
    import pooch

    return Path(os.environ.get("VAEZOO_CACHE") or pooch.os_cache("vaezoo")) / "datasets"


def damaged(path: Path, reason: str) -> DamagedFileError:
    """The error for a data file that is not what it should be."""
    return DamagedFileError(f"{path}: {reason}; delete it, and it will be downloaded again.")


def _download(url: str, path: Path) -> None:
    import pooch
    import requests

    downloader = pooch.HTTPDownloader(progressbar=_Bar(url), timeout=30)
    for _ in range(ATTEMPTS):
        try:
            return downloader(url, str(path), None)
        except requests.HTTPError as error:
            reason: Any = error
            break  # the server has answered: asking again does not help
        except (requests.RequestException, OSError) as error:
            reason = error
    raise DataError(
        f"{url} could not be downloaded ({reason}): check the connection, or set VAEZOO_DATA to "
        f"a folder that holds {path.parent.name}/{url.rsplit('/', 1)[-1]}."
    )


class _Bar:
    """What pooch asks of a progress bar, drawn by rich."""

    def __init__(self, url: str) -> None:
        self._name = url.rsplit("/", 1)[-1]
        self._progress: Any = None
        self.total = 0

    def update(self, size: int) -> None:
        if self._progress is None:
            from rich.progress import Progress

            self._progress = Progress(transient=True)
            self._task = self._progress.add_task(self._name, total=self.total)
            self._progress.start()
        self._progress.advance(self._task, size)

    def reset(self) -> None:
        if self._progress is not None:
            self._progress.reset(self._task)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
