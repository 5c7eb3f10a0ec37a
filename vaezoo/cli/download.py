"""vaezoo download"""

from __future__ import annotations

import click


@click.command(epilog="Example:  vaezoo download mnist_vae")
@click.argument("preset")
@click.option("--weights", is_flag=True, help="Its Keras weights too, to train on.")
def command(preset: str, weights: bool) -> None:
    """Put PRESET into the cache, so that it can be used offline.

    It comes from the places that VAEZOO_ZOO names: folders or web addresses, separated by ";".
    """
    from vaezoo import zoo

    for part in ("export", "saved_models") if weights else ("export",):
        click.echo(f"{zoo.download(preset, part)}: verified")
