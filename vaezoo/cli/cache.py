"""vaezoo cache"""

from __future__ import annotations

import click

from vaezoo.cli import terminal


@click.command(epilog="Example:  vaezoo cache --clear mnist_vae")
@click.argument("preset", required=False)
@click.option("--clear", is_flag=True, help="Delete the downloads of PRESET, or all of them.")
def command(preset: str | None, clear: bool) -> None:
    """List downloaded presets, where they are, and their sizes."""
    from vaezoo._storage import files
    from vaezoo.zoo import cache

    if clear:
        terminal.say(f"{cache.clear(preset):,} bytes deleted")
        return
    terminal.say(f"folder: {files.cache_folder()}")
    for entry in cache.entries():
        if preset in (None, entry.name):
            terminal.say(f"{entry.name:24s} {entry.part}, {entry.bytes:,} bytes")
