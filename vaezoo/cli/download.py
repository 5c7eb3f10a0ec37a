"""vaezoo download"""

from __future__ import annotations

import click

from vaezoo.cli import terminal


@click.command(epilog="Example:  vaezoo download mnist_vae")
@click.argument("preset")
@click.option("--weights", is_flag=True, help="Also its Keras weights, for more training.")
def command(preset: str, weights: bool) -> None:
    """Download PRESET into the cache, to use it offline.

    VAEZOO_ZOO names the places to download from: folders or web addresses, separated by ";".
    """
    from vaezoo import zoo

    for part in ("export", "saved_models") if weights else ("export",):
        terminal.say(f"{zoo.download(preset, part)}: verified")
