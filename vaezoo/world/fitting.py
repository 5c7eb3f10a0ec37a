"""A controller, found by CMA-ES: the population plays in lockstep, or dreams together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from vaezoo._checks import check_array, positive
from vaezoo.protocols import Array, ArrayLike
from vaezoo.world import environments, seeds
from vaezoo.world.agents import check_fit, num_inputs
from vaezoo.world.arena import Arena, Score, scoring
from vaezoo.world.controllers import LinearController, Population, unpack
from vaezoo.world.dreams import dream
from vaezoo.world.environments import Environment
from vaezoo.world.evolution import POPULATION, Generation, evolve
from vaezoo.world.features import Features, Units
from vaezoo.world.memory import Memory
from vaezoo.world.rollouts import LIMIT


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
    workers: int = 1,
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
        workers: processes that play, each a part of the population. Sums of other batches round
            otherwise, so that with another number of them a tie may end otherwise, too.
        seed: decides everything.
        each: is called after each generation.

    Raises:
        ConfigError: features of frames of another shape, or an argument out of range.
        DataError: as `vaezoo.world.roll_out`.
        MissingExtraError, UnknownNameError: as `vaezoo.world.make`.
    """
    one = partial(environments.make, make) if isinstance(make, str) else make
    place, size = one(), num_inputs(features, memory)
    check_fit(features, place, memory)
    units = None if units is None else units.extended(size)
    episodes, workers = positive("episodes", episodes), positive("workers", workers)
    arena = Arena(one, features, memory, units, episodes, limit, seed)
    with scoring(arena, workers) as play:
        return _search(
            play, place.num_actions, size, units, generations=generations, population=population,
            sigma=sigma, max_steps=max_steps, seed=seed, each=each,
        )  # fmt: skip


def fit_in_dream(
    memory: Memory,
    starts: ArrayLike,
    *,
    units: Units | None = None,
    temperature: float = 1.0,
    generations: int = 50,
    population: int = POPULATION,
    episodes: int = 4,
    limit: int = LIMIT,
    sigma: float = 0.5,
    max_steps: int | None = None,
    seed: int = 0,
    each: Callable[[Generation], None] | None = None,
) -> Fitted:
    """A linear controller of z and a memory's state that has only played in the memory's dreams,
    where its returns are those that the memory expects (Ha & Schmidhuber 2018, section 4).

    Args:
        memory: that stands for the environment, see `vaezoo.world.dream`.
        starts: codes z of first frames, [N, D], of which each episode begins with one.
        units: of the codes.
        temperature: of the dreams: above 1, the memory's errors are harder to exploit.
        episodes: that each controller dreams in each generation: the same for all.
        limit: steps of a dream.
        generations, population, sigma, max_steps, seed, each: as of `fit_controller`.

    Raises:
        DataError: starts of another size.
        ConfigError: an argument out of range.
        MissingExtraError: `cma` is not installed.
    """
    starts = check_array(starts, (memory.latent_dim,), what="starts")
    episodes, limit = positive("episodes", episodes), positive("limit", limit)
    size = memory.latent_dim + memory.size
    units = None if units is None else units.extended(size)

    def play(generation: int, vectors: Array) -> tuple[Array, int]:
        num = len(vectors)
        rng = seeds.generator(seed, seeds.DREAMING, generation)
        # The same starts for all members; each has noise of its own.
        first = np.tile(starts[rng.integers(len(starts), size=episodes)], (num, 1))
        rows = np.arange(len(first))
        members = Population(*unpack(vectors, memory.num_actions, units), rows // episodes)
        dreamt = dream(
            memory, first, lambda z, state: members.act(np.concatenate([z, state], axis=1), rows),
            limit, temperature=temperature, seed=int(rng.integers(2**31)),
        )  # fmt: skip
        return dreamt.returns.reshape(num, episodes).mean(axis=1), int(dreamt.mask.sum())

    return _search(
        play, memory.num_actions, size, units, generations=generations, population=population,
        sigma=sigma, max_steps=max_steps, seed=seed, each=each,
    )  # fmt: skip


def _search(
    play: Score,
    num_actions: int,
    size: int,
    units: Units | None,
    *,
    generations: int,
    population: int,
    sigma: float,
    max_steps: int | None,
    seed: int,
    each: Callable[[Generation], None] | None,
) -> Fitted:
    """What CMA-ES finds for controllers of `size` features that are scored by `play`."""
    history, taken = [], 0

    def score(generation: int, vectors: Array) -> Array:
        nonlocal taken
        returns, steps = play(generation, vectors)
        taken += steps
        return returns

    def after(generation: Generation) -> bool:
        history.append((generation.scores.mean(), generation.scores.max(), taken))
        if each is not None:
            each(generation)
        return max_steps is None or taken < max_steps

    mean = evolve(
        score, num_actions * (size + 1), generations=generations, population=population,
        sigma=sigma, seed=seed, each=after,
    )  # fmt: skip
    weights, bias = unpack(mean[None], num_actions, units)
    returns, best, steps = (np.array(column) for column in zip(*history, strict=True))
    return Fitted(LinearController(weights[0], bias[0]), returns, best, steps)
