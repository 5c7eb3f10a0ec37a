"""What of the user's own data is kept in memory: what is small enough to be."""

from __future__ import annotations

from vaezoo._storage.memory import available

_MOST = 2**30  # bytes


def fits(size: int) -> bool:
    """Whether so many bytes are kept in memory: at most 1 GiB, and an eighth of what there is."""
    have = available()
    return size <= (_MOST if have is None else min(_MOST, have // 8))
