"""vaezoo verify"""

from __future__ import annotations

import click

from vaezoo.cli import terminal


@click.command(epilog="Example:  vaezoo verify digits_vae")
@click.argument("preset")
def command(preset: str) -> None:
    """Verify PRESET's export: every hash, and every graph on its stored test data."""
    from vaezoo import zoo
    from vaezoo.runtime import verification

    folder = zoo.find_export(preset)
    for graph, difference in verification.verify(folder).items():
        terminal.say(f"{graph}: largest difference from its test data {difference:.1e}")
    terminal.say(f"{folder}: whole and as exported")
