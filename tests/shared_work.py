"""Work that several tests need, done once for all processes of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest


class SharedWork:
    """Folders that the first process makes and the others wait for."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        # Workers of pytest-xdist have base folders next to each other.
        base = factory.getbasetemp()
        self.folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder `name`, after `make(folder)`; a failure leaves it to the next that asks."""
        folder, done = self.folder / name, self.folder / f"{name}.done"
        with filelock.FileLock(self.folder / f"{name}.lock"):
            if not done.exists():
                make(folder)
                done.touch()
        return folder
