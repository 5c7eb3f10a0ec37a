"""Locks between processes: freed by the system when their holder dies, and never waited for
without end."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from vaezoo._storage import files
from vaezoo.errors import BusyError


@contextlib.contextmanager
def locked(
    path: Path,
    purpose: str,
    timeout: float = 0.0,
    *,
    across_machines: bool = False,
    advice: str = "wait for it, or end that process, then try again",
) -> Iterator[None]:
    """Holds the lock at `path` during the block, and removes its files after it.

    Args:
        path: of the lock's file; beside it lies one that names the holder.
        purpose: what is locked, as the message says it.
        timeout: seconds to wait for another holder.
        across_machines: whether a holder on another machine counts even where the system grants
            the lock, since not every file server passes locks on.
        advice: what to do about another holder.

    Raises:
        BusyError: another process still holds it.
        OSError: the file cannot be made or locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_name(f"{path.name}.holder")
    with _held(path, timeout) as is_held:
        facts = _read(holder)
        if not is_held:
            raise BusyError(f"{purpose} is in use by {_name(facts)}: {advice}.")
        if across_machines and facts.get("host", socket.gethostname()) != socket.gethostname():
            raise BusyError(
                f"{purpose} is in use by {_name(facts)}: {advice}; if that process is gone, "
                f"delete {holder}."
            )
        _sign(holder)
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)
            with contextlib.suppress(PermissionError):  # Windows removes no open file
                path.unlink()


@contextlib.contextmanager
def _held(path: Path, timeout: float) -> Iterator[bool]:
    """Whether the system grants the lock within so many seconds."""
    import filelock

    lock = filelock.FileLock(path, timeout=timeout, poll_interval=0.05)
    try:
        lock.acquire()
    except filelock.Timeout:
        yield False
        return
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, str(error), str(path)) from None
    try:
        yield True
    finally:
        lock.release()


def _sign(holder: Path) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    files.write_json(holder, {"pid": os.getpid(), "host": socket.gethostname(), "since": since})


def _read(holder: Path) -> dict[str, str]:
    """Who held the lock; empty where the file is missing or is none of ours."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8")[:1000])
        return {key: str(facts[key])[:100] for key in ("pid", "host", "since")}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _name(facts: dict[str, str]) -> str:
    if not facts:
        return "another process"
    return f"process {facts['pid']} on {facts['host']}, since {facts['since']}"
