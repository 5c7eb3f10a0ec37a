"""What killed processes leave behind: known by its name, brought back or removed.

A temporary name says what it is, who made it and what it stands for:
.vaezoo-ROLE-HOST-PID-START-RANDOM.NAME. "new" is not complete yet, "old" is what NAME held before,
"gone" is being removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
import uuid
from pathlib import Path

_PATTERN = re.compile(
    r"\.vaezoo-(new|old|gone)-([0-9a-f]{6})-(\d+)-(\d+)-[0-9a-f]{8}\.(.+)", re.DOTALL
)
_FORMER = re.compile(r"\.[0-9a-f]{8}\..+", re.DOTALL)  # of earlier versions
_DAY = 86_400.0  # seconds after which another machine's are no longer in use


def temporary(path: Path, role: str) -> Path:
    """A new name beside `path`. Suffixes stay at the end, since writers such as Keras depend on
    them."""
    pid = os.getpid()
    owner = f"{_host()}-{pid}-{_start(pid)}"
    return path.with_name(f".vaezoo-{role}-{owner}-{uuid.uuid4().hex[:8]}.{path.name}")


def is_temporary(name: str) -> bool:
    """Whether a file's name is one that `temporary` gives, or an earlier version gave."""
    return bool(_PATTERN.fullmatch(name) or _FORMER.fullmatch(name))


def recover(folder: Path, *, former: bool = False) -> None:
    """Removes what dead processes left in `folder`, and brings back what they had moved aside.

    Args:
        folder: whose entries are looked at, not those below.
        former: also removes the names of earlier versions, which do not say whose they are.
    """
    with contextlib.suppress(OSError):  # not ours to change, or not there
        for path in sorted(folder.iterdir()):
            if former and _FORMER.fullmatch(path.name):
                remove(path)
            elif match := _PATTERN.fullmatch(path.name):
                _settle(path, match)


def _settle(path: Path, match: re.Match[str]) -> None:
    role, host, pid, start, name = match.groups()
    if _is_alive(path, host, int(pid), int(start)):
        return
    target = path.with_name(name)
    if role == "old" and not os.path.lexists(target):
        with contextlib.suppress(OSError):
            os.replace(path, target)
            return
    remove(path)


def remove(path: Path) -> None:
    """Removes a file, a link or a folder, as far as that is allowed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _is_alive(path: Path, host: str, pid: int, start: int) -> bool:
    if host != _host():
        with contextlib.suppress(OSError):
            return time.time() - path.lstat().st_mtime < _DAY
        return True
    if pid == os.getpid():
        return start == _start(pid)
    try:
        os.kill(pid, 0) if os.name == "posix" else None
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return _start(pid) in (0, start)


def _host() -> str:
    import socket

    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]


def _start(pid: int) -> int:
    """When a process began, in the system's own unit, since numbers are used again; 0: unknown."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        state, *rest = text.rpartition(")")[2].split()
        return -1 if state == "Z" else int(rest[18])  # a zombie writes no more
    except (OSError, ValueError, IndexError):
        return 0
