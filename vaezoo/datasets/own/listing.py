"""The files below a folder, by name, without what is hidden or lies elsewhere."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vaezoo.errors import DataError

_OF_SYSTEMS = {"__MACOSX", "Thumbs.db"}


@dataclass
class Listing:
    """Files of some endings below a folder: each once, in the order of their paths.

    Links are followed where they stay within the folder.

    Attributes:
        folder: the folder.
        suffixes: of the files, in lower case.
        names: relative to the folder, with "/" between folders.
        notes: which links were followed and left out.
    """

    folder: Path
    suffixes: Collection[str]
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._home = os.path.realpath(self.folder)
        self._seen = {self._home}
        self._links: list[str] = []
        self._outside: list[str] = []
        self._broken: list[str] = []
        self._again: list[str] = []
        self._followed: list[str] = []
        found = list(self._below(""))
        while self._links:  # after all that is really there, so that each file counts once
            found.extend(self._behind(self._links.pop(0)))
        self.names = sorted(found, key=lambda name: name.split("/"))
        self._note(self._outside, f"lead out of {self.folder}", "they are left out")
        self._note(self._broken, "lead nowhere", "they are left out")
        self._note(self._again, "lead to files that are there anyway", "each file counts once")
        self._note(self._followed, f"lead to other files in {self.folder}", "they are followed")

    def _note(self, links: list[str], what: str, then: str) -> None:
        if links:
            self.notes.append(f"links that {what}: {len(links)} (first: {min(links)}); {then}.")

    def _below(self, folder: str) -> Iterator[str]:
        try:
            with os.scandir(self.folder / folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    yield from self._entry(entry, f"{folder}{entry.name}")
        except PermissionError as error:
            raise DataError(f"{error.filename} cannot be listed: check its permissions.") from None

    def _entry(self, entry: os.DirEntry[str], name: str) -> Iterator[str]:
        if entry.name.startswith(".") or entry.name in _OF_SYSTEMS:
            return
        if entry.is_symlink():
            self._links.append(name)
        elif entry.is_dir():
            self._seen.add(os.path.realpath(entry.path))
            yield from self._below(f"{name}/")
        elif self._is_wanted(name):
            yield name

    def _behind(self, name: str) -> Iterator[str]:
        """What a link leads to, where that is in the folder and was not listed yet."""
        path = os.path.join(self.folder, name)
        target = os.path.realpath(path)
        if not (os.path.isdir(path) or self._is_wanted(name)):
            return
        if not os.path.exists(target):
            self._broken.append(name)
        elif os.path.commonpath([self._home, target]) != self._home:
            self._outside.append(name)
        elif target in self._seen or not self._is_hidden(target):
            self._again.append(name)
        else:
            self._seen.add(target)
            self._followed.append(name)
            yield from self._below(f"{name}/") if os.path.isdir(target) else [name]

    def _is_hidden(self, target: str) -> bool:
        """Whether the listing has passed over it: what is in sight, it has."""
        parts = os.path.relpath(target, self._home).split(os.sep)
        return any(part.startswith(".") or part in _OF_SYSTEMS for part in parts) or not (
            os.path.isdir(target) or self._is_wanted(target)
        )

    def _is_wanted(self, name: str) -> bool:
        return os.path.splitext(name)[1].lower() in self.suffixes
