"""vaezoo world"""

from __future__ import annotations

import click

from vaezoo.cli.world import collect, play, remember, train


@click.group(epilog="Example:  vaezoo world collect minatar_breakout -n 10000 --out data/breakout")
def command() -> None:
    """Agents that act on a model's code: collect frames, fit a controller, play.

    Environments: cartpole; minatar_asterix, _breakout, _freeway, _seaquest and _space_invaders;
    minigrid_empty. They need the extra "control", or "minatar" or "minigrid".
    """


for _each in (collect, remember, train, play):
    command.add_command(_each.command)
