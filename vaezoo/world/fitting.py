"""A controller for an environment, found by CMA-ES: the population plays in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from vaezoo._checks import positive
from vaezoo.protocols import Array
from vaezoo.world import environments, seeds
from vaezoo.world.agents import Agent, check_fit, num_inputs
from vaezoo.world.controllers import LinearController, Population, unpack
from vaezoo.world.environments import Environment
from vaezoo.world.evolution import POPULATION, Generation, evolve
from vaezoo.world.features import Features, Units
from vaezoo.world.memory import Memory
from vaezoo.world.rollouts import LIMIT, roll_out


@dataclass(frozen=True)
class Fitted:
    """A controller, and how it was found.

    Attributes:
        controller: the mean of the last generation.
        returns: mean return of each generation's population, [G].
        best: return of each generation's best member, [G].
        steps: of the environment, that each generation ended at, [G].
    """

    controller: LinearController
    returns: Array
    best: Array
    steps: Array


@dataclass
class _Arena:
    """Environments in which a population is scored.

    Attributes:
        places: environments, as many as episodes are played at once.
        features, memory: of the agents.
        units: that parameters are meant in.
        episodes: that each member plays, all members the same ones.
        limit: steps of an episode.
        seed: decides the episodes.
        steps: taken so far.
    """

    places: Sequence[Environment]
    features: Features
    memory: Memory | None
    units: Units | None
    episodes: int
    limit: int
    seed: int
    steps: int = field(default=0)

    def score(self, generation: int, vectors: Array) -> Array:
        """Mean returns [P] of controllers with these parameters, [P, n]."""
        num = len(vectors)
        chosen = seeds.episode_seeds(
            self.seed, seeds.FITTING, generation * self.episodes, self.episodes
        )
        members = np.repeat(np.arange(num), self.episodes)
        weights, bias = unpack(vectors, self.places[0].num_actions, self.units)
        population = Population(weights, bias, members)
        agent = Agent(self.features, population, self.places[0].num_actions, self.memory)
        played = roll_out(self.places[: len(members)], agent, chosen * num, limit=self.limit)
        self.steps += int(played.lengths.sum())
        return played.returns.reshape(num, self.episodes).mean(axis=1)


def fit_controller(
    make: str | Callable[[], Environment],
    features: Features,
    *,
    memory: Memory | None = None,
    units: Units | None = None,
    generations: int = 50,
    population: int = POPULATION,
    episodes: int = 4,
    limit: int = LIMIT,
    sigma: float = 0.5,
    max_steps: int | None = None,
    seed: int = 0,
    each: Callable[[Generation], None] | None = None,
) -> Fitted:
    """A linear controller of features, by CMA-ES (Ha & Schmidhuber 2018, section 2.3).

    Args:
        make: name of the environment, or what makes one.
        features: of frames.
        memory: whose state the controller sees beside the features.
        units: in which the search looks for the controller, best `Units.fit` of typical frames.
        generations: steps of CMA-ES.
        population: controllers in each.
        episodes: that each of them plays in each generation: the same for all, new ones in each.
        limit: steps after which an episode is cut off.
        sigma: standard deviation of the first controllers' parameters.
        max_steps: of the environment, after which no generation begins; None: no limit.
        seed: decides everything.
        each: is called after each generation.

    Raises:
        ConfigError: features of frames of another shape, or an argument out of range.
        DataError: as `vaezoo.world.roll_out`.
        MissingExtraError, UnknownNameError: as `vaezoo.world.make`.
    """
    one = partial(environments.make, make) if isinstance(make, str) else make
    episodes = positive("episodes", episodes)
    places = [one() for _ in range(positive("population", population) * episodes)]
    check_fit(features, places[0])
    size = num_inputs(features, memory)
    units = None if units is None else units.extended(size)
    arena = _Arena(places, features, memory, units, episodes, limit, seed)
    history: list[tuple[float, float, int]] = []

    def after(generation: Generation) -> bool:
        scores = generation.scores
        history.append((float(scores.mean()), float(scores.max()), arena.steps))
        if each is not None:
            each(generation)
        return max_steps is None or arena.steps < max_steps

    actions = places[0].num_actions
    mean = evolve(
        arena.score,
        actions * (size + 1),
        generations=generations,
        population=population,
        sigma=sigma,
        seed=seed,
        each=after,
    )
    weights, bias = unpack(mean[None], actions, units)
    returns, best, steps = (np.array(column) for column in zip(*history, strict=True))
    return Fitted(LinearController(weights[0], bias[0]), returns, best, steps)
