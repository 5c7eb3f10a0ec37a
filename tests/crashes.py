"""Stops work at its k-th call that touches the file system, for every k, as a kill would.

From that call on every such call fails, those of `finally` and `except` too: the disk stays as a
killed process would have left it. A fork would be the real thing, but a fork of a process that has
TensorFlow's threads may wait for ever.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from vaezoo._storage import leftovers

CALLS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}


class Killed(BaseException):
    """The end of the work."""


@dataclass
class _Kill:
    """When the work that runs now is stopped."""

    thread: int = 0  # 0: nothing is counted
    last: int = 0
    calls: int = 0
    below: str = ""


_KILL = _Kill()


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if _KILL.thread == threading.get_ident() and event in CALLS and _is_below(arguments[0]):
        _KILL.calls += 1
        if _KILL.calls >= _KILL.last:
            raise Killed


def _is_below(path: object) -> bool:
    """Whether it is in the folder that counts, or relative to an open one."""
    place = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    return place.startswith(_KILL.below) or not os.path.isabs(place)


sys.addaudithook(_count)  # there is no way to remove one


def is_killed(work: Callable[[], object], k: int, below: Path | None = None) -> bool:
    """Whether the work came to its k-th call; what it leaves is of a process that is gone.

    Args:
        work: what is killed.
        k: the first call that fails.
        below: the folder whose calls count, where the work also opens files of packages.
    """
    with mock.patch.object(leftovers, "_start", lambda pid: k):
        _KILL.below = "" if below is None else str(below)
        _KILL.thread, _KILL.last, _KILL.calls = threading.get_ident(), k, 0
        try:
            work()
        except Killed:
            return True
        finally:
            _KILL.thread = 0
    assert _KILL.calls < k, "the work went on without its files"
    return False


def every_kill(
    work: Callable[[], object], step: int = 1, below: Path | None = None
) -> Iterator[int]:
    """Yields after each kill, until the work ends before its k-th call."""
    k = 1
    while is_killed(work, k, below):
        yield k
        k += step
    assert k > 2
