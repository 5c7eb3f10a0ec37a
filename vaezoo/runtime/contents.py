"""What an export's files are, and which graphs they hold: what every kind of manifest says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vaezoo._storage import files
from vaezoo._storage.files import File
from vaezoo.errors import DamagedFileError

if TYPE_CHECKING:
    from vaezoo.runtime.manifest import Graph, Variant


class ListedFiles:
    """What a manifest does with the files that it lists.

    Attributes:
        files: by path relative to the manifest, with "/" between folders.
    """

    files: Mapping[str, File]

    def check(self, folder: str | os.PathLike[str], names: Iterable[str] | None = None) -> None:
        """Verifies files against their hashes: all of them, or those in `names`.

        Raises:
            DamagedFileError: a file is missing, is not the one that was exported, or is a link
                that leads out of the folder.
        """
        names = list(self.files if names is None else names)
        self.check_links(folder, names)
        for name in names:
            files.check(Path(folder) / name, self.files[name])

    def check_links(self, folder: str | os.PathLike[str], names: Iterable[str]) -> None:
        """Raises `DamagedFileError` where a file is a link that leads out of the folder."""
        home = Path(folder).resolve()
        for name in names:
            if not (home / name).resolve().is_relative_to(home):
                raise DamagedFileError(f"{Path(folder) / name} is a link that leads elsewhere.")


class Contents(Protocol):
    """What has to be known of an export to run its graphs."""

    @property
    def preset(self) -> str:
        """The model's name."""

    @property
    def graphs(self) -> Mapping[str, Graph]:
        """By name."""

    @property
    def files(self) -> Mapping[str, File]:
        """By path relative to the manifest."""

    @property
    def variants(self) -> Mapping[str, Variant]:
        """Smaller forms by name."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Why a graph or variant that others have is missing, by name."""

    def check_links(self, folder: str | os.PathLike[str], names: Iterable[str]) -> None:
        """Raises `DamagedFileError` where a file is a link that leads out of the folder."""
