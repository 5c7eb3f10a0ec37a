"""Locks between processes: freed by the system when their holder dies, and never waited for
without end."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from vaezoo._storage import files
from vaezoo.errors import BusyError


@contextlib.contextmanager
def locked(path: Path, purpose: str, timeout: float = 0.0) -> Iterator[None]:
    """Holds the lock at `path` during the block; the file stays, the lock does not.

    Args:
        path: of the lock's file; beside it lies one that names the holder.
        purpose: what is locked, as the message says it.
        timeout: seconds to wait for another holder.

    Raises:
        BusyError: another process still holds it.
        OSError: the file cannot be made.
    """
    import filelock

    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_name(f"{path.name}.holder")
    lock = filelock.FileLock(path, timeout=timeout, poll_interval=0.05)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BusyError(
            f"{purpose} is in use by {_name(holder)}: wait for it, or end that process, then try "
            "again."
        ) from None
    try:
        _sign(holder)
        yield
        holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _sign(holder: Path) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    files.write_json(holder, {"pid": os.getpid(), "host": socket.gethostname(), "since": since})


def _name(holder: Path) -> str:
    """Who holds the lock; the file may be missing or anyone's."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8")[:1000])
        return f"process {int(facts['pid'])} on {facts['host']!a}, since {facts['since']!a}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
