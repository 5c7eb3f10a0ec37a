"""vaezoo compare"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import options, outputs, terminal

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from vaezoo.report import Comparison
    from vaezoo.report.tables import Table


@click.command(epilog="Example:  vaezoo compare runs/* -o compare.html")
@click.argument("runs", nargs=-1, required=True)
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="Test examples that are scored anew.  [as many as take less than a minute, 1000 at most]",
)  # fmt: skip
@click.option(
    "--num-samples", default=64, show_default=True, callback=options.at_least_one,
    help="Importance samples of these scores, K.",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Seed of these samples.",
)  # fmt: skip
@click.option("--markdown", is_flag=True, help="Print the tables as Markdown.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="Also write a page, .html, with curves, samples and reconstructions side by side.",
)  # fmt: skip
def command(
    runs: tuple[str, ...],
    num: int | None,
    num_samples: int,
    seed: int,
    markdown: bool,
    out: Path | None,
) -> None:
    """Compare RUNS, folders of runs or names of presets: figures, and differences.

    Figures come from metrics.json. Runs that were measured on the same test examples are also
    scored on some of these anew, with the same seed: differences have paired standard errors.
    """
    outputs.check_file(out, (".html",))
    show(scored(runs, num, num_samples, seed), markdown=markdown, out=out)


def scored(
    runs: tuple[str, ...], num: int | None = None, num_samples: int = 64, seed: int = 0
) -> Comparison:
    """The comparison, with a bar in the terminal while it is made."""
    from rich.console import Console
    from rich.progress import Progress

    from vaezoo import report

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("opening runs", total=len(runs) + 1)

        def told(name: str) -> None:
            bar.update(task, advance=1, description=f"scoring {name}")

        return report.compare(list(runs), num=num, num_samples=num_samples, seed=seed, told=told)


def show(comparison: Comparison, *, markdown: bool = False, out: Path | None = None) -> None:
    """Prints the tables and what was left out; writes the page."""
    from vaezoo import report
    from vaezoo.report import tables

    found = comparison.tables()
    if markdown:
        terminal.say_lines("\n\n".join(map(tables.markdown, found)).splitlines())
    else:
        for table in found:
            _print(table)
    for note in comparison.notes():
        terminal.say(f"Note: {note}", err=True)
    if out:
        report.write_comparison(out, comparison)
        terminal.say(f"{out}: open it in a browser", err=markdown)


def _print(table: Table) -> None:
    """A table in the first form that is no wider than the terminal; in a file, as it is."""
    from rich.console import Console
    from rich.measure import Measurement

    console, wide = Console(highlight=False), Console(highlight=False, width=1000)
    forms = [_grid(table), _grid(_turned(table)), _grid(table, narrow=True)]
    if console.is_terminal:
        widths = [Measurement.get(wide, wide.options, form).maximum for form in forms]
        fits = (form for form, width in zip(forms, widths, strict=True) if width <= console.width)
        console.print(next(fits, forms[-1]))
    else:
        wide.print(forms[0])
    for note in table.notes:
        terminal.say(note)


def _grid(table: Table, *, narrow: bool = False) -> Grid:
    """A table for the terminal; a narrow one has a word on each line of its heads."""
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    from vaezoo._text import printable

    def lines(text: str) -> str:
        text = printable(text)
        return text.replace(" ± ", "\n± ") if narrow else text

    grid = Grid(box=box.SIMPLE_HEAD, title=printable(table.title), title_justify="left")
    for place, head in enumerate(table.header):
        head = lines(head).replace(" ", "\n") if narrow and place else lines(head)
        grid.add_column(head, justify="right" if place else "left", overflow="fold")
    for row in table.rows:
        marked = ((lines(cell.text) + " *" * cell.best, "bold" * cell.best) for cell in row)
        grid.add_row(*(Text(text, style) for text, style in marked))
    return grid


def _turned(table: Table) -> Table:
    """The table with a row for each of its columns."""
    from vaezoo.report.tables import Cell, Table

    names = [row[0].text for row in table.rows]
    rows = [
        [Cell(head), *(row[place] for row in table.rows)]
        for place, head in enumerate(table.header)
        if place
    ]
    return Table(table.title, [table.header[0], *names], rows, table.notes)
