"""How far a long step is: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_FIRST, _NEXT = 5.0, 30.0  # seconds before the first line, and between two


@contextlib.contextmanager
def steps(what: str, total: int, *, shown: bool) -> Iterator[Callable[..., None]]:
    """Yields what is to be called after each of `total` steps, or with a number of them; all is on
    stderr.

    Args:
        what: is done, in a word or two.
        total: steps.
        shown: whether anything is.

    Example:
        >>> from vaezoo._progress import steps
        >>> with steps("adding", 3, shown=False) as advance:
        ...     for _ in range(3):
        ...         advance()
    """
    if not shown:
        yield lambda num=1: None
        return
    from rich.console import Console
    from rich.progress import Progress, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console, what, total)
        return
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda num=1: bar.advance(task, num)


class _Lines:
    """Prints how far it is and how long the rest will take, if it takes long."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console, self._what, self._total, self._done = console, what, total, 0
        self._start = time.monotonic()
        self._due = self._start + _FIRST

    def __call__(self, num: int = 1) -> None:
        self._done += num
        now = time.monotonic()
        if now < self._due or self._done >= self._total:
            return
        self._due = now + _NEXT
        rest = (now - self._start) * (self._total - self._done) / self._done
        text = f"{self._what}: {self._done / self._total:.0%}, about {duration(rest)} left"
        self._console.print(text, highlight=False)


def duration(seconds: float) -> str:
    """A time in words.

    Example:
        >>> duration(42.4), duration(150), duration(1e4)
        ('42 s', '2.5 min', '2.8 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
