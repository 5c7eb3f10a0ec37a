"""Where a population of controllers is scored: in lockstep, in one process or in several."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vaezoo.protocols import Array
from vaezoo.world import seeds
from vaezoo.world.agents import Agent
from vaezoo.world.controllers import Population, unpack
from vaezoo.world.environments import Environment
from vaezoo.world.features import Features, Units
from vaezoo.world.memory import Memory
from vaezoo.world.rollouts import roll_out

# Number of a generation and parameters [P, n] -> mean returns [P], and the steps that it took.
Score = Callable[[int, Array], tuple[Array, int]]


@dataclass(frozen=True)
class Arena:
    """Environments in which a population plays, made when they are first needed.

    Attributes:
        make: makes one.
        features, memory: of the agents.
        units: that parameters are meant in.
        episodes: that each member plays, all members the same ones.
        limit: steps of an episode.
        seed: decides the episodes.
    """

    make: Callable[[], Environment]
    features: Features
    memory: Memory | None
    units: Units | None
    episodes: int
    limit: int
    seed: int

    @cached_property
    def _places(self) -> list[Environment]:
        return []

    def score(self, generation: int, vectors: Array) -> tuple[Array, int]:
        """Mean returns of controllers with these parameters, and the steps that they took."""
        num, total = len(vectors), len(vectors) * self.episodes
        while len(self._places) < total:
            self._places.append(self.make())
        actions = self._places[0].num_actions
        members = np.repeat(np.arange(num), self.episodes)
        population = Population(*unpack(vectors, actions, self.units), members)
        agent = Agent(self.features, population, actions, self.memory)
        first = generation * self.episodes
        chosen = seeds.episode_seeds(self.seed, seeds.FITTING, first, self.episodes)
        played = roll_out(self._places[:total], agent, chosen * num, limit=self.limit)
        means = played.returns.reshape(num, self.episodes).mean(axis=1)
        return means, int(played.lengths.sum())


@contextlib.contextmanager
def scoring(arena: Arena, workers: int) -> Iterator[Score]:
    """Yields what scores a population: in this process, or parts of it in so many others.

    Others are spawned, not forked: ONNX Runtime's threads do not survive a fork. What they need is
    sent to them once, so an environment is given by a name or a function of a module.
    """
    if workers == 1:
        yield arena.score
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(arena,)) as pool:

        def score(generation: int, vectors: Array) -> tuple[Array, int]:
            parts = np.array_split(vectors, min(workers, len(vectors)))
            found = list(pool.map(_score, [generation] * len(parts), parts))
            return np.concatenate([means for means, _ in found]), sum(steps for _, steps in found)

        yield score


_ARENA: list[Arena] = []  # of a worker


def _begin(arena: Arena) -> None:
    _ARENA.append(arena)


def _score(generation: int, vectors: Array) -> tuple[Array, int]:
    return _ARENA[0].score(generation, vectors)
