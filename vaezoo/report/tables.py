"""Tables of text: for a terminal, as Markdown, and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from vaezoo._text import in_markdown


@dataclass(frozen=True)
class Cell:
    """One cell; the best of its column is marked."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its title, the heads of its columns, its rows, and lines below it.

    Example:
        >>> table = Table("Runs", ["run", "ELBO"], [[Cell("a"), Cell("−1.0", best=True)]])
        >>> print(markdown(table))
        **Runs**
        <BLANKLINE>
        | run | ELBO |
        |---|---|
        | a | **−1.0** |
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)


def markdown(table: Table) -> str:
    """As Markdown: the title, the table, and the notes."""
    lines = [f"**{_markdown(table.title)}**", "", _row(map(_markdown, table.header))]
    lines.append("|---" * len(table.header) + "|")
    for row in table.rows:
        cells = (_markdown(cell.text) for cell in row)
        marked = (
            f"**{text}**" if cell.best else text for text, cell in zip(cells, row, strict=True)
        )
        lines.append(_row(marked))
    notes = [f"\n{_markdown(note)}" for note in table.notes]
    return "\n".join([*lines, *notes])


def _row(cells: object) -> str:
    return f"| {' | '.join(cells)} |"  # type: ignore[arg-type]


def _markdown(text: str) -> str:
    return in_markdown(text).replace("|", "\\|").replace("*", "\\*")


def html(table: Table) -> str:
    """As a section of a page."""
    head = "".join(f"<th>{escape(text)}</th>" for text in table.header)
    body = "".join(
        "<tr>" + "".join(f"<td{_mark(cell)}>{escape(cell.text)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    scrolled = f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'
    return f"<h2>{escape(table.title)}</h2>{scrolled}{notes}"


def _mark(cell: Cell) -> str:
    return ' class="best"' if cell.best else ""
