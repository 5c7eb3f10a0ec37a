"""Where presets come from: folders and web addresses laid out like a checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vaezoo._storage import downloads, files
from vaezoo._storage.files import File
from vaezoo.errors import DamagedFileError, DownloadError

VARIABLE = "VAEZOO_ZOO"
# Tried after those that VAEZOO_ZOO names; empty: there is none.
DEFAULT = ""
Advance = Callable[[int], None]


class Origin(Protocol):
    """A place with index.json, export/NAME/… and saved_models/NAME/…"""

    @property
    def address(self) -> str:
        """As the user named it."""

    def fetch(
        self,
        path: str,
        out: Path,
        expected: File | None,
        advance: Advance,
        *,
        attempts: int | None = None,
    ) -> None:
        """Copies a file to `out`; size and hash are verified where they are known. `attempts`
        are fewer than usual where other places can be tried.

        Raises:
            DownloadError: it is not available, or is another file than expected.
        """


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    address: str

    def fetch(
        self,
        path: str,
        out: Path,
        expected: File | None,
        advance: Advance,
        *,
        attempts: int | None = None,
    ) -> None:
        """As `Origin.fetch`."""
        source = Path(self.address).expanduser() / path
        try:
            if not source.is_file():  # a pipe would be waited for
                raise DownloadError(f"{source} is missing.")
            if expected is not None:
                files.check(source, expected)
            with open(source, "rb") as original, files.open_own(out) as copy:
                shutil.copyfileobj(original, copy)
            if expected is not None:
                files.check(out, expected)
        except DamagedFileError as error:
            out.unlink(missing_ok=True)
            raise DownloadError(str(error)) from None
        except OSError as error:
            out.unlink(missing_ok=True)
            if isinstance(error, DownloadError):
                raise
            raise DownloadError(f"{source} cannot be copied to {out}: {error.strerror}.") from None
        advance(out.stat().st_size)


@dataclass(frozen=True)
class Web:
    """A web address: any server of static files."""

    address: str

    def fetch(
        self,
        path: str,
        out: Path,
        expected: File | None,
        advance: Advance,
        *,
        attempts: int | None = None,
    ) -> None:
        """As `Origin.fetch`."""
        url = f"{self.address.rstrip('/')}/{path}"
        downloads.download(
            url, out, expected, limit=files.LARGEST_JSON, advance=advance, attempts=attempts
        )


def origins() -> list[Origin]:
    """Those that VAEZOO_ZOO names, separated by ";", in order, then the default one."""
    addresses = os.environ.get(VARIABLE, "").split(";")
    addresses = [address.strip() for address in [*addresses, DEFAULT] if address.strip()]
    return [Web(a) if "://" in a else Folder(a) for a in addresses]
