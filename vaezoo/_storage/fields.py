"""Validates values from untrusted files.

Each function returns the value with its type, or raises ValueError, which says what was received
and what was expected.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

from vaezoo._storage.files import File

_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# Of a path below a folder: what every system takes, and no separator but "/".
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,198}[A-Za-z0-9_-])?")
# What starts a line, moves the cursor, or is no character at all: half of one.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LARGEST, LONGEST = 2**40, 4096
# Devices of Windows, whatever their ending: no file or folder there can have such a name.
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def text(value: object) -> str:
    """A string of one line, without characters that control a terminal."""
    if isinstance(value, str) and len(value) <= LONGEST and not _CONTROL.search(value):
        return value
    raise _error(value, f"one line of up to {LONGEST:,} characters")


def whole(value: object, least: int = 0) -> int:
    """A whole number."""
    if type(value) is int and least <= value <= LARGEST:  # True is no number here
        return value
    raise _error(value, f"a whole number from {least}")


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, int | float) and type(value) is not bool and abs(value) < 1e300:
        return value
    raise _error(value, "a finite number")


def flag(value: object) -> bool:
    """True or false."""
    if type(value) is bool:
        return value
    raise _error(value, "true or false")


def choice(value: object, known: Collection[str]) -> str:
    """One of a few strings."""
    if isinstance(value, str) and value in known:
        return value
    raise _error(value, f"one of {', '.join(known)}")


def mapping(value: object, most: int = 10_000) -> Mapping[str, Any]:
    """A JSON object."""
    if isinstance(value, dict) and len(value) <= most:
        return value
    raise _error(value, f"up to {most} fields")


def sequence(value: object, most: int = 10_000) -> list[Any]:
    """A JSON array."""
    if isinstance(value, list) and len(value) <= most:
        return value
    raise _error(value, f"up to {most} items")


def sizes(value: object, num: int) -> tuple[int, ...]:
    """A JSON array of so many integers of 1 or more."""
    found = tuple(whole(size, 1) for size in sequence(value, num))
    if len(found) != num:
        raise _error(value, f"{num} integers")
    return found


def sha256(value: object) -> str:
    """A SHA-256 in hexadecimal."""
    if isinstance(value, str) and _HASH.fullmatch(value):
        return value
    raise _error(value, "a SHA-256 in hexadecimal")


def name(value: object) -> str:
    """A preset's name: letters, digits, _ . and -, no path, and nothing that a system reserves."""
    fits = isinstance(value, str) and _NAME.fullmatch(value) and not value.endswith(".")
    if isinstance(value, str) and fits and not _DEVICE.fullmatch(value):
        return value
    raise _error(
        value, "a name of letters, digits, '_', '.' and '-' that files can have on every system"
    )


def is_name(value: str) -> bool:
    """Whether `name` takes it."""
    try:
        return name(value) == value
    except ValueError:
        return False


def path(value: object) -> str:
    """The path of a file below a folder, with "/" between its parts."""
    if isinstance(value, str) and len(value) <= 1000 and _is_below(value):
        return value
    raise _error(value, "the path of a file below its folder")


def _is_below(value: str) -> bool:
    normal = PurePosixPath(value)
    return value == str(normal) != "." and all(
        _PART.fullmatch(part) and not _DEVICE.fullmatch(part) for part in normal.parts
    )


def files(values: object) -> dict[str, File]:
    """Sizes and hashes of files by path."""
    return {
        path(name): File(whole(mapping(entry)["bytes"]), sha256(entry["sha256"]))
        for name, entry in mapping(values).items()
    }


def _error(value: object, expected: str) -> ValueError:
    received = reprlib.repr(value) if isinstance(value, dict | list) else repr(value)
    received = received if len(received) <= 60 else f"{received[:57]}..."
    return ValueError(f"{received} is not {expected}")
