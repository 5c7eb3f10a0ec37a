"""vaezoo zoo"""

from __future__ import annotations

from pathlib import Path

import click


@click.group(epilog="Example:  vaezoo zoo build .")
def command() -> None:
    """Keep a zoo of your own: a folder with export/NAME and saved_models/NAME."""


@command.command(epilog="Example:  vaezoo zoo build .  # then any server of static files will do")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--out", type=click.Path(path_type=Path), help="The index.  [FOLDER/index.json]")
def build(folder: Path, out: Path | None) -> None:
    """Check the presets in FOLDER, and write the index that lists their hashes."""
    from vaezoo.zoo import index

    presets = index.build(folder)
    out = out or folder / index.FILE
    index.write(out, presets)
    click.echo(f"{out}: {len(presets)} presets")
