"""vaezoo world"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import options, outputs, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.protocols import Array
    from vaezoo.world import Environment, Features, Units

_LIMIT = 1000  # as vaezoo.world has it, whose import takes NumPy
_FRAMES = 5000  # of random actions, that PCA and units are fitted to
_TESTS = 50  # episodes after the search, of others than it saw
_STARTS = 100  # first frames, with which dreams begin
_FEATURES = ("pixels", "pca", "projection")

seed_option = click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Decides everything, the environment included.",
)  # fmt: skip
limit_option = click.option(
    "--limit", default=_LIMIT, show_default=True, callback=options.at_least_one,
    help="Steps after which an episode is cut off.",
)  # fmt: skip


@click.group(epilog="Example:  vaezoo world collect minatar_breakout -n 10000 --out data/breakout")
def command() -> None:
    """Agents that act on a model's code: collect frames, fit a controller, play.

    Environments: cartpole; minatar_asterix, _breakout, _freeway, _seaquest and _space_invaders;
    minigrid_empty. They need the extra "control", or "minatar" or "minigrid".
    """


@command.command(
    epilog="Example:  vaezoo world collect minatar_breakout -n 10000 --out data/breakout"
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
def collect(
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
    with counted("collecting", num) as count:
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


@command.command(
    epilog="Example:  vaezoo world remember data/breakout --model runs/breakout "
    "--out memories/breakout"
)
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", required=True, help="Preset or run whose codes are remembered.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [memories/NAME OF DATA]")
@click.option(
    "--state", default=32, show_default=True, callback=options.at_least_one,
    help="Numbers of the memory's state.",
)  # fmt: skip
@click.option(
    "--epochs", default=20, show_default=True, callback=options.at_least_one, help="Of training."
)
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Decides weights and order.",
)  # fmt: skip
def remember(data: Path, model: str, out: Path | None, state: int, epochs: int, seed: int) -> None:
    """Train a memory of a model's codes on the episodes in the folder DATA, and export it.

    It predicts the next code, the reward and the episode's end; the last tenth of the episodes
    says how well, in nats per step.
    """
    out = out or Path("memories") / data.resolve().name
    outputs.check_folder(out)
    options.need_tensorflow()
    import vaezoo
    from vaezoo import world
    from vaezoo.training.memory import train_memory

    features = world.ModelFeatures(vaezoo.load(model, num_threads=1))
    found = train_memory(
        data, features, out, state_dim=state, epochs=epochs, seed=seed, progress=True
    )
    terminal.say(
        f"log p(next code | the past), {found['episodes']:.0f} episodes that were held out: "
        f"{found['memory']:.2f} nats per step; repeating the last code {found['last_code']:.2f}, "
        f"a linear predictor {found['linear']:.2f}"
    )
    terminal.say(f"{out}: a memory; next: vaezoo world train --model {model} --memory {out}")


@command.command(
    epilog="Example:  vaezoo world train minatar_breakout --model runs/minatar_breakout "
    "--out agents/breakout"
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
def train(
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
        f"{' of dreams' if dream else ''}; in {_TESTS} other episodes {_mean(played.returns)}"
    )
    terminal.say(f"{out}: an agent; next: vaezoo world play {out} -o play.gif")


@command.command(epilog="Example:  vaezoo world play agents/breakout --episodes 20 -o play.gif")
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
def play(name: str, episodes: int, limit: int | None, seed: int, out: Path | None) -> None:
    """Let an agent play, and say what it earns: that of the folder NAME, or of a preset."""
    outputs.check_file(out, (".gif",))
    import time

    import numpy as np

    from vaezoo import world

    saved = world.load_agent(name)
    frames: list[np.ndarray] = []
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
        f"{saved.environment}: return {_mean(played.returns)} in {episodes} episodes of "
        f"{played.lengths.mean():.0f} steps, {played.lengths.sum() / seconds:,.0f} steps a second"
    )
    if out is not None:
        terminal.say(f"{out}: {len(frames):,} steps")


def _mean(returns: Array) -> str:
    """With its standard error, of two episodes and more."""
    from vaezoo.world import Earned

    earned = Earned.of(returns)
    error = f" ± {earned.standard_error:.2f}" if earned.num_episodes > 1 else ""
    return f"{earned.mean:.2f}{error}"


@contextlib.contextmanager
def counted(what: str, num: int) -> Iterator[Callable[[int], None]]:
    """Yields what is to be called with how many of `num` are done."""
    from vaezoo._progress import steps

    done = 0
    with steps(what, num, shown=True) as advance:

        def count(total: int) -> None:
            nonlocal done
            advance(min(total, num) - done)
            done = min(total, num)

        yield count


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
