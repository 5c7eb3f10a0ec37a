"""vaezoo tutorial"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import terminal
from vaezoo.errors import ConfigError


@click.command(epilog="Example:  vaezoo tutorial 4")
@click.argument("chapter", required=False)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write it.  [CHAPTER.ipynb in this folder]",
)
def command(chapter: str | None, out: Path | None) -> None:
    """Write CHAPTER of the tutorial as a notebook into this folder; without one, list them.

    Most chapters need vaezoo[train]; jupyter opens the notebook.
    """
    from vaezoo import tutorial
    from vaezoo.cli.outputs import check_file

    if chapter is None:
        for known in tutorial.chapters().values():
            terminal.say(f"{known.short_name:12s}{known.title}")
        return
    found = tutorial.find(chapter)
    out = out or Path(f"{found.name}.ipynb")
    check_file(out, [".ipynb"])
    if out.exists():
        raise ConfigError(f"{out} exists, perhaps with your notes: give another name by --out.")
    tutorial.write_notebook(found, out)
    needs = ' It needs pip install "vaezoo[train]".' if found.trains else ""
    terminal.say(f"{out}: {found.title}. Open it with jupyter lab {out}.{needs}")
