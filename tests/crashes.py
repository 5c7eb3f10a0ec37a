"""Kills a process at its k-th call that touches the file system, for every k."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

CALLS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
KILLED = 9


def run(work: Callable[[], object], k: int) -> int:
    """The exit status of a fork that does the work, and dies before its k-th call."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    calls = 0

    def count(event: str, _: tuple[Any, ...]) -> None:
        nonlocal calls
        if event in CALLS:
            calls += 1
            if calls == k:
                os._exit(KILLED)

    status = 1
    try:
        sys.addaudithook(count)
        work()
        status = 0
    except BaseException as error:
        sys.stderr.write(f"{error!r}\n")
    finally:
        os._exit(status)


def every_kill(work: Callable[[], object], step: int = 1) -> Iterator[int]:
    """Yields after each kill, until the work ends before its k-th call."""
    k = 1
    while (status := run(work, k)) == KILLED:
        yield k
        k += step
    assert status == 0, f"the work itself failed with {status}"
    assert k > 2
