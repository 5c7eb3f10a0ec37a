"""Plain Python files of percent cells, as editors know them: prose and code in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vaezoo.errors import DamagedFileError

_MARK = re.compile(r"^# %%(?P<prose> \[markdown\])?(?P<solution> solution (?P<number>\d+))?$")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: Markdown, or Python.
        prose: whether it is Markdown.
        solution: number of the exercise that it solves; None where it solves none.
    """

    text: str
    prose: bool
    solution: int | None = None


def parse(text: str) -> list[Cell]:
    """The cells of a file, in order.

    A cell begins with `# %% [markdown]` or `# %%`, followed by `solution 2` where it solves the
    second exercise. Lines of prose are comments.

    Example:
        >>> from vaezoo.tutorial import parse
        >>> [cell.text for cell in parse("# %% [markdown]\\n# # Title\\n# %%\\nx = 1\\n")]
        ['# Title', 'x = 1']

    Raises:
        DamagedFileError: something comes before the first cell, a line of prose is not a comment,
            or a cell's first line is neither of the two.
    """
    return list(_cells(text.splitlines()))


def _cells(lines: list[str]) -> Iterator[Cell]:
    starts = [row for row, line in enumerate(lines) if line.startswith("# %%")]
    if any(line.strip() for line in lines[: starts[0] if starts else None]):
        raise DamagedFileError("a chapter begins with a cell: expected '# %% [markdown]' first.")
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        mark = _MARK.match(lines[start])
        if mark is None:
            raise DamagedFileError(
                f"line {start + 1}, {lines[start]!r}, begins no cell: expected '# %%', with "
                "' [markdown]' for prose, then ' solution N' where it solves an exercise."
            )
        prose, body = bool(mark["prose"]), lines[start + 1 : end]
        if prose:
            body = [_uncommented(line, start + 2 + row) for row, line in enumerate(body)]
        number = int(mark["number"]) if mark["solution"] else None
        yield Cell("\n".join(body).strip("\n"), prose, number)


def _uncommented(line: str, row: int) -> str:
    """A line of prose without its comment sign."""
    if line and line != "#" and not line.startswith("# "):
        raise DamagedFileError(f"line {row}, {line!r}, is no prose: expected a comment.")
    return line[2:]
