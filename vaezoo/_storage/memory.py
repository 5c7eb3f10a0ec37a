"""How much memory this process can still have."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from vaezoo.errors import ConfigError

_SMALL = 2**26  # bytes that need no question
_GROUP = Path("/sys/fs/cgroup")
_FACTS = Path("/proc/meminfo")


def available() -> int | None:
    """Bytes that can be allocated without swapping; None where the system does not say."""
    known = [size for size in (_of_machine(), _of_group()) if size is not None]
    return min(known) if known else None


def need(size: int, what: str, advice: str = "ask for fewer at once, and in pieces") -> None:
    """Refuses what would not fit into memory, before anything is allocated.

    Args:
        size: bytes.
        what: needs them, for the message.
        advice: how to need less.

    Raises:
        ConfigError: fewer than `size` bytes are available.
    """
    if size <= _SMALL:
        return
    have = available()
    most = 2**40 if have is None else have
    if size > most:
        raise ConfigError(
            f"{what} needs {size / 1e9:,.1f} GB of memory, and {most / 1e9:,.1f} GB are available: "
            f"{advice}."
        )


def _of_machine() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _FACTS.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _of_group() -> int | None:
    """What a container may still take. Files that it keeps in memory it can give back."""
    with contextlib.suppress(OSError, ValueError):
        limit = int((_GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        return max(0, limit - used + _of_files())
    return None


def _of_files() -> int:
    with contextlib.suppress(OSError, ValueError):
        lines = (_GROUP / "memory.stat").read_text(encoding="ascii").splitlines()
        facts = dict(line.split() for line in lines)
        return sum(int(facts.get(key, 0)) for key in ("active_file", "inactive_file"))
    return 0
