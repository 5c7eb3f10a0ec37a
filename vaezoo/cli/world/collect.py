"""vaezoo world collect"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from vaezoo.cli import options, outputs, terminal
from vaezoo.cli.world.shared import limit_option, seed_option


@click.command(
    "collect", epilog="Example:  vaezoo world collect minatar_breakout -n 10000 --out data/breakout"
)
@click.argument("environment")
@click.option(
    "-n", "--num", default=10_000, show_default=True, callback=options.at_least_one,
    help="Frames, at least: episodes are whole.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [data/ENVIRONMENT]")
@click.option(
    "--policy", "agent", metavar="AGENT",
    help="Agent that plays: a folder or a preset.  [actions at random]",
)  # fmt: skip
@limit_option
@seed_option
def command(
    environment: str, num: int, out: Path | None, agent: str | None, limit: int, seed: int
) -> None:
    """Play episodes of ENVIRONMENT and keep what was seen: vaezoo train --data FOLDER reads it.

    After an interruption the same command goes on where it stopped, with the same result.
    """
    out = out or Path("data") / environment
    outputs.check_folder(out)
    from vaezoo import world
    from vaezoo._storage import files

    saved = None if agent is None else world.load_agent(agent)
    policy = None if saved is None else saved.agent
    name = "random" if saved is None else files.sha256(saved.folder / "agent.json")[:16]
    with _counted("collecting", num) as count:
        found = world.collect(
            environment, num, out, policy=policy, policy_name=name, seed=seed, limit=limit,
            progress=count,
        )  # fmt: skip
    steps = world.read_steps(out)
    shape = " × ".join(map(str, found.frame_shape))
    terminal.say(
        f"{out}: {len(steps.reward):,} frames of {shape} in {steps.episode.max() + 1:,} episodes, "
        f"mean return {steps.reward.sum() / (steps.episode.max() + 1):.2f}"
    )
    terminal.say(f"next: vaezoo train --data {out} --out runs/{environment}")


@contextlib.contextmanager
def _counted(what: str, num: int) -> Iterator[Callable[[int], None]]:
    """Yields what is to be called with how many of `num` are done."""
    from vaezoo._progress import steps

    done = 0
    with steps(what, num, shown=True) as advance:

        def count(total: int) -> None:
            nonlocal done
            advance(min(total, num) - done)
            done = min(total, num)

        yield count
