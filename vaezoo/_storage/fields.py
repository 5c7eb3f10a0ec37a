"""Values read from files that anyone may have written: of the type that was promised, or refused.

Each function raises ValueError, which says what was received and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from vaezoo._storage.files import File

_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# Of a path below a folder: what every system takes, and no separator but "/".
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,198}[A-Za-z0-9_-])?")
LARGEST = 2**40


def text(value: Any) -> str:
    """A string."""
    return _expect(isinstance(value, str), value, "a string")


def whole(value: Any, least: int = 0) -> int:
    """A whole number."""
    good = isinstance(value, int) and not isinstance(value, bool)
    return _expect(good and least <= value <= LARGEST, value, f"a whole number from {least}")


def number(value: Any) -> float:
    """A finite number."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return _expect(good and abs(value) < 1e300, value, "a finite number")


def mapping(value: Any, most: int = 10_000) -> Mapping[str, Any]:
    """A JSON object."""
    return _expect(isinstance(value, dict) and len(value) <= most, value, f"up to {most} fields")


def sequence(value: Any, most: int = 10_000) -> list[Any]:
    """A JSON array."""
    return _expect(isinstance(value, list) and len(value) <= most, value, f"up to {most} items")


def sha256(value: Any) -> str:
    """A SHA-256 in hexadecimal."""
    good = isinstance(value, str) and _HASH.fullmatch(value)
    return _expect(good, value, "a SHA-256 in hexadecimal")


def name(value: Any) -> str:
    """A preset's name: letters, digits, _ . and -, and no path."""
    good = isinstance(value, str) and _NAME.fullmatch(value) and not value.endswith(".")
    return _expect(good, value, "a name of letters, digits, '_', '.' and '-'")


def path(value: Any) -> str:
    """The path of a file below a folder, with "/" between its parts."""
    good = isinstance(value, str) and len(value) <= 1000 and not value.startswith("/")
    good = (
        good
        and all(map(_PART.fullmatch, PurePosixPath(value).parts))
        and value == str(PurePosixPath(value))
    )
    return _expect(good and value != ".", value, "the path of a file below its folder")


def files(values: Any) -> dict[str, File]:
    """Sizes and hashes of files by path."""
    return {
        path(name): File(whole(mapping(entry)["bytes"]), sha256(entry["sha256"]))
        for name, entry in mapping(values).items()
    }


def _expect(good: Any, value: Any, expected: str) -> Any:
    if not good:
        received = repr(value)
        received = received if len(received) <= 60 else f"{received[:57]}..."
        raise ValueError(f"{received} is not {expected}")
    return value
