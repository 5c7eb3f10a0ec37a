"""vaezoo world train"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import options, outputs, terminal
from vaezoo.cli.world.shared import limit_option, mean_of, seed_option
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.world import Environment, Features, Units

_FRAMES = 5000  # of random actions, that PCA and units are fitted to
_TESTS = 50  # episodes after the search, of others than it saw
_STARTS = 100  # first frames, with which dreams begin
_FEATURES = ("pixels", "pca", "projection")


@click.command(
    "train",
    epilog="Example:  vaezoo world train minatar_breakout --model runs/minatar_breakout "
    "--out agents/breakout",
)
@click.argument("environment")
@click.option("--model", help="Preset or run whose code the controller sees.")
@click.option("--features", type=click.Choice(_FEATURES), help="What it sees instead.  [pixels]")
@click.option(
    "--size", default=32, show_default=True, callback=options.at_least_one,
    help="Numbers that pca and projection give.",
)  # fmt: skip
@click.option(
    "--memory", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of an exported memory of the model's codes, whose state it sees too.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [agents/ENVIRONMENT]")
@click.option(
    "--dream", is_flag=True, help="Fit it in the memory's dreams instead of in ENVIRONMENT."
)
@click.option(
    "--temperature", type=float, callback=options.not_negative,
    help="Of these dreams: above 1 they are less certain.  [1]",
)  # fmt: skip
@click.option(
    "--generations", default=50, show_default=True, callback=options.at_least_one,
    help="Steps of CMA-ES.",
)  # fmt: skip
@click.option(
    "--population", default=32, show_default=True, callback=options.at_least_one,
    help="Controllers in each.",
)  # fmt: skip
@click.option(
    "--episodes", default=4, show_default=True, callback=options.at_least_one,
    help="That each of them plays in each generation.",
)  # fmt: skip
@click.option(
    "--workers", default=1, show_default=True, callback=options.at_least_one,
    help="Processes that play.",
)  # fmt: skip
@limit_option
@seed_option
def command(
    environment: str,
    model: str | None,
    features: str | None,
    size: int,
    memory: Path | None,
    dream: bool,
    temperature: float | None,
    out: Path | None,
    generations: int,
    population: int,
    episodes: int,
    workers: int,
    limit: int,
    seed: int,
) -> None:
    """Find a linear controller for ENVIRONMENT by CMA-ES, and save it as an agent.

    It sees a model's code, or pixels, their principal components, or a random projection of them.
    """
    if model is not None and features is not None:
        raise ConfigError("--features is for a controller without --model: give one of them.")
    if memory is not None and model is None:
        raise ConfigError("--memory remembers a model's codes: give --model.")
    if dream and memory is None:
        raise ConfigError("--dream needs what dreams: give --memory.")
    if temperature is not None and not dream:
        raise ConfigError("--temperature is that of dreams: give --dream, too.")
    out = out or Path("agents") / environment
    outputs.check_folder(out)
    from vaezoo import world
    from vaezoo._progress import steps

    place = world.make(environment)
    seen, units = _seen(place, model, features or "pixels", size, seed)
    remembered = None if memory is None else world.ExportedMemory(memory)
    with steps("evolving", generations, shown=True) as advance:
        search: dict[str, Any] = {
            "units": units, "generations": generations, "population": population,
            "episodes": episodes, "limit": limit, "seed": seed,
            "each": lambda generation: advance(),
        }  # fmt: skip
        if dream:
            assert remembered is not None
            world.check_fit(seen, place, remembered)
            starts = seen.encode(world.first_frames(place, _STARTS, seed=seed))
            heat = 1.0 if temperature is None else temperature
            fitted = world.fit_in_dream(remembered, starts, temperature=heat, **search)
        else:
            fitted = world.fit_controller(
                environment, seen, memory=remembered, workers=workers, **search
            )
    agent = world.Agent(seen, fitted.controller, place.num_actions, remembered)
    played = world.play(environment, agent, episodes=_TESTS, seed=seed, limit=limit)
    world.save_agent(
        out, seen, fitted.controller, environment, limit=limit, memory=remembered,
        returns=played.returns,
    )  # fmt: skip
    terminal.say(
        f"return, mean of the population: {fitted.returns[0]:.2f} at first, "
        f"{fitted.returns[-1]:.2f} at last, after {fitted.steps[-1]:,} steps"
        f"{' of dreams' if dream else ''}; in {_TESTS} other episodes {mean_of(played.returns)}"
    )
    terminal.say(f"{out}: an agent; next: vaezoo world play {out} -o play.gif")


def _seen(
    place: Environment, model: str | None, kind: str, size: int, seed: int
) -> tuple[Features, Units]:
    """What the controller sees, and its units on frames of random actions."""
    import vaezoo
    from vaezoo import world

    frames = world.random_frames(place, _FRAMES, seed=seed)
    seen: Features
    if model is not None:
        seen = world.ModelFeatures(vaezoo.load(model, num_threads=1))
        world.check_fit(seen, place)
    elif kind == "pca":
        seen = world.principal_components(frames, size)
    elif kind == "projection":
        seen = world.random_projection(place.frame_shape, size, seed)
    else:
        seen = world.RawPixels(place.frame_shape)
    return seen, world.Units.fit(seen, frames)
