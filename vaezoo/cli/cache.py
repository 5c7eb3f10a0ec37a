"""vaezoo cache"""

from __future__ import annotations

import click


@click.command(epilog="Example:  vaezoo cache --clear mnist_vae")
@click.argument("preset", required=False)
@click.option("--clear", is_flag=True, help="Delete the downloads of PRESET, or all of them.")
def command(preset: str | None, clear: bool) -> None:
    """List downloaded presets, where they are, and their sizes."""
    from vaezoo._storage import files
    from vaezoo.zoo import cache

    if clear:
        click.echo(f"{cache.clear(preset):,} bytes deleted")
        return
    click.echo(f"folder: {files.cache_folder()}")
    for entry in cache.entries():
        if preset in (None, entry.name):
            click.echo(f"{entry.name:24s} {entry.part}, {entry.bytes:,} bytes")
