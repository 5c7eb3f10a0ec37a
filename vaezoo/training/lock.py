"""One process at a time in a run's folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

from vaezoo.errors import ConfigError

FILE = ".lock"  # held by the system, which releases it when the process dies
OWNER = ".lock.json"  # who holds it


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for this process; a lock that a dead process has left is taken over.

    Raises:
        ConfigError: another process holds it: which, where, and since when.
    """
    path, owner = folder / FILE, folder / OWNER
    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise _in_use(folder, _read(owner)) from None
    except (OSError, NotImplementedError) as error:
        raise ConfigError(f"{path} cannot be locked ({error}): choose another --out.") from None
    try:
        before = _read(owner)
        # Only this machine's system knows whether the process lives, and not every file server
        # passes its locks on.
        if before and before.get("host") != _host():
            raise _in_use(folder, before)
        owner.write_text(json.dumps(_here()), encoding="utf-8")
        try:
            yield
        finally:
            owner.unlink(missing_ok=True)
    finally:
        if not owner.exists():  # else it says who holds the folder
            path.unlink(missing_ok=True)
        lock.release()


def _host() -> str:
    return socket.gethostname()


def _here() -> dict[str, object]:
    return {"host": _host(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}


def _read(owner: Path) -> dict[str, object]:
    """Who held the lock; empty where nobody did, or did not come to say so."""
    try:
        values = json.loads(owner.read_text(encoding="utf-8")[:1000])
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _in_use(folder: Path, owner: dict[str, object]) -> ConfigError:
    host, pid, since = (str(owner.get(key, "?"))[:100] for key in ("host", "pid", "since"))
    if host in (_host(), "?"):
        return ConfigError(
            f"{folder} is in use by another vaezoo train, process {pid} since {since}: wait for "
            "it, stop it, or choose another --out."
        )
    return ConfigError(
        f"{folder} is in use by process {pid} on the machine {host} since {since}: if that is no "
        f"longer so, delete {folder / OWNER} and try again."
    )
