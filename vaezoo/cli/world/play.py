"""vaezoo world play"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import options, outputs, terminal
from vaezoo.cli.world.shared import mean_of, seed_option

if TYPE_CHECKING:
    from vaezoo.protocols import Array


@click.command(
    "play", epilog="Example:  vaezoo world play agents/breakout --episodes 20 -o play.gif"
)
@click.argument("name")
@click.option(
    "--episodes", default=20, show_default=True, callback=options.at_least_one, help="How many."
)
@click.option("--limit", type=int, callback=options.at_least_one,
    help="Steps after which an episode is cut off.  [as it was fitted]",
)  # fmt: skip
@seed_option
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="A .gif of the first episode, beside what its model reconstructs.",
)  # fmt: skip
def command(name: str, episodes: int, limit: int | None, seed: int, out: Path | None) -> None:
    """Let an agent play, and say what it earns: that of the folder NAME, or of a preset."""
    outputs.check_file(out, (".gif",))
    import time

    import numpy as np

    from vaezoo import world

    saved = world.load_agent(name)
    frames: list[Array] = []
    world.make(saved.environment)  # imports take seconds, which are not the agent's
    start = time.perf_counter()
    played = world.play(
        saved.environment, saved.agent, episodes=episodes, seed=seed, limit=limit or saved.limit,
        first=lambda frame, action, reward: frames.append(frame),
    )  # fmt: skip
    seconds = time.perf_counter() - start
    if out is not None:
        reconstruct = None if saved.model is None else saved.model.reconstruct
        world.save_gif(out, np.stack(frames), reconstruct)
    terminal.say(
        f"{saved.environment}: return {mean_of(played.returns)} in {episodes} episodes of "
        f"{played.lengths.mean():.0f} steps, {played.lengths.sum() / seconds:,.0f} steps a second"
    )
    if out is not None:
        terminal.say(f"{out}: {len(frames):,} steps")
