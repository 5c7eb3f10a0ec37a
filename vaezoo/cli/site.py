"""vaezoo site"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import outputs, terminal


@click.group(epilog="Example:  vaezoo site build -o site")
def command() -> None:
    """A gallery of presets for a web server."""


@command.command(epilog="Example:  vaezoo site build -o site  # then serve it with any server")
@click.argument("presets", nargs=-1)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="site", show_default=True,
    help="The folder; replaced if it holds such a site.",
)  # fmt: skip
def build(presets: tuple[str, ...], out: Path) -> None:
    """Build a gallery of PRESETS, by default all on this machine: a card and a page to explore
    for each, one ONNX Runtime Web for all, and the presets' files, for VAEZOO_ZOO to name."""
    outputs.check_folder(out)
    from vaezoo import explorer

    path = explorer.write_site(out, presets, lambda name: terminal.say(name, err=True))
    terminal.say(f"{path}: serve this folder, for example with python -m http.server -d {out}")
