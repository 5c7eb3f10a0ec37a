"""Files that are complete or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from vaezoo._storage import leftovers
from vaezoo.errors import ConfigError, DamagedFileError

LARGEST_JSON = 2**24  # bytes
LARGEST_TOML, _LONGEST_LINE = 2**16, 4096  # bytes, characters
_DEEPEST = 100  # values within values


@dataclass(frozen=True)
class File:
    """A file's size and SHA-256, which identify it."""

    bytes: int
    sha256: str


def cache_folder() -> Path:
    """Where downloads are kept: VAEZOO_CACHE, or the user's cache folder."""
    if os.environ.get("VAEZOO_CACHE"):
        return Path(os.environ["VAEZOO_CACHE"]).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("vaezoo"))


def sha256(path: str | os.PathLike[str]) -> str:
    """Hexadecimal SHA-256 of the file at `path`."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, expected: File) -> None:
    """Raises `DamagedFileError` unless the file at `path` is the `expected` one."""
    if not path.is_file():
        raise DamagedFileError(f"{path} is missing: export or download the preset again.")
    size = path.stat().st_size
    if size == expected.bytes:  # else it need not be read
        digest = sha256(path)
        if digest == expected.sha256:
            return
        difference = f"a SHA-256 of {digest[:12]}…, expected {expected.sha256[:12]}…"
    else:
        difference = f"{size:,} bytes, expected {expected.bytes:,}"
    raise DamagedFileError(
        f"{path} is not the file that was exported: it has {difference}; export or download the "
        "preset again."
    )


def read(path: Path, expected: File) -> bytes:
    """The content of the `expected` file: what was verified is what is returned.

    Raises:
        DamagedFileError: it is missing, or is another file.
    """
    try:
        if not path.is_file():
            raise DamagedFileError(f"{path} is missing: export or download the preset again.")
        with open(path, "rb", opener=_without_waiting) as file:
            same = os.fstat(file.fileno()).st_size == expected.bytes
            content = file.read(expected.bytes) if same else b""
    except OSError as error:
        if isinstance(error, DamagedFileError):
            raise
        raise DamagedFileError(
            f"{path} cannot be read ({error.strerror}): export or download the preset again."
        ) from None
    if not same or hashlib.sha256(content).hexdigest() != expected.sha256:
        raise DamagedFileError(
            f"{path} is not the file that was exported: expected {expected.bytes:,} bytes with a "
            f"SHA-256 of {expected.sha256[:12]}…; export or download the preset again."
        )
    return content


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # for whoever writes to a pipe


def open_own(path: Path, mode: str = "wb") -> IO[bytes]:
    """Opens a file to write to it, but not through a link: that would be another's file."""
    if path.is_symlink():
        path.unlink()
    follow = getattr(os, "O_NOFOLLOW", 0)
    return open(path, mode, opener=lambda name, flags: os.open(name, flags | follow, 0o666))


def describe(path: Path) -> File:
    """Size and hash of the file at `path`."""
    return File(path.stat().st_size, sha256(path))


@contextlib.contextmanager
def replaced_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path that becomes `path` if the block succeeds.

    On an error the temporary file is removed, and an old `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    leftovers.recover(path.parent)
    temporary = leftovers.temporary(path, "new")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replaced_directory(path: str | os.PathLike[str], marker: str) -> Iterator[Path]:
    """Yields a temporary directory that becomes `path` if the block succeeds.

    A process that is killed between the two renames leaves the old folder under a name from which
    `leftovers.recover` brings it back.

    Raises:
        ConfigError: `path` is a folder with content but without the file `marker`: it is
            someone's other files, which are not to be deleted.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    leftovers.recover(path.parent)
    if path.is_dir() and any(path.iterdir()) and not (path / marker).is_file():
        raise ConfigError(f"{path} holds other files and no {marker}: choose another folder.")
    temporary = leftovers.temporary(path, "new")
    temporary.mkdir()
    try:
        yield temporary
        move_directory(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def move_directory(new: Path, path: Path) -> None:
    """Renames `new` to `path`, in place of an old `path`, which is removed."""
    old = leftovers.temporary(path, "old")
    try:
        if path.exists():
            os.replace(path, old)
        os.replace(new, path)
    except BaseException:
        if old.exists() and not path.exists():
            os.replace(old, path)
        raise
    remove_directory(old)


def remove_directory(path: Path) -> None:
    """Removes a folder: half of it never stays under its name."""
    path = Path(path)
    gone = leftovers.temporary(path, "gone")
    with contextlib.suppress(FileNotFoundError):
        os.replace(path, gone)
        leftovers.remove(gone)


def reserve(path: Path, size: int) -> None:
    """Makes sure that `size` bytes can be written to `path`.

    HDF5 crashes the whole process when the disk is full: better to know before.

    Raises:
        OSError: they cannot.
    """
    with open(path, "wb") as file:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.write(bytes(size))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None


def write_json(path: str | os.PathLike[str], value: object) -> None:
    """Writes `value` as indented JSON; the file is complete or absent."""
    with replaced_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Reads JSON.

    Raises:
        DamagedFileError: the file is missing, larger than any of ours, or is not JSON.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise DamagedFileError(f"{path} is missing: make or download the files again.")
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, more than any of ours")
        return parse_json(path.read_bytes(), path)
    except ValueError as error:
        raise DamagedFileError(f"{path} is not readable JSON: {error}.") from None


def parse_json(content: bytes, path: Path) -> Any:
    """Parses JSON that was read from `path`. Raises `DamagedFileError`."""
    try:
        value = json.loads(content.decode("utf-8"))
        check_depth(value)
        return value
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path} is not readable JSON: {error}.") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Reads TOML.

    Raises:
        DamagedFileError: the file cannot be read, is no TOML, or has more of it than any of ours:
            a key of 30,000 parts takes a minute.
    """
    import tomllib

    try:
        size = path.stat().st_size
        if size > LARGEST_TOML:
            raise ValueError(f"it has {size:,} bytes, too many for a recipe")
        text = path.read_text(encoding="utf-8")
        if any(len(line) > _LONGEST_LINE for line in text.split("\n")):
            raise ValueError(f"it has a line of more than {_LONGEST_LINE:,} characters")
        values = tomllib.loads(text)
        check_depth(values)
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DamagedFileError(f"{path} is not TOML: {reason}.") from None
    return values


def check_depth(value: object) -> None:
    """Raises `ValueError` where values lie within values deeper than in any of our files: whoever
    goes through them later may do so by recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        groups = [one for one in level if isinstance(one, dict | list)]
        if not groups:
            return
        level = [v for one in groups for v in (one.values() if isinstance(one, dict) else one)]
    raise ValueError(f"it is nested more than {_DEEPEST} deep")
