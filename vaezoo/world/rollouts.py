"""Episodes in lockstep: all environments take a step together, frames are encoded at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vaezoo._checks import positive
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.world.environments import Environment

LIMIT = 1000  # steps after which an episode is cut off

# Frames [n, H, W, C] and the numbers of their episodes, [n] -> actions, [n].
Act = Callable[[Array, Array], Array]
# Number of an episode, the frame seen, the action, its reward, whether the episode ended by it.
Record = Callable[[int, Array, int, float, bool], None]


class Policy(Protocol):
    """What chooses actions."""

    def start(self, seeds: Sequence[int]) -> Act:
        """Begins as many episodes as seeds, and returns what chooses their actions."""


@dataclass(frozen=True)
class RandomPolicy:
    """Every action with the same probability, decided by the episode's seed.

    Attributes:
        num_actions: A.
    """

    num_actions: int

    def start(self, seeds: Sequence[int]) -> Act:
        generators = [np.random.default_rng([seed, 1]) for seed in seeds]

        def act(frames: Array, rows: Array) -> Array:
            return np.array([generators[row].integers(self.num_actions) for row in rows])

        return act


@dataclass(frozen=True)
class Rollout:
    """What came of episodes.

    Attributes:
        returns: sum of the rewards, [N].
        lengths: steps, [N].
        ended: whether the episode ended by its own rules, instead of at the limit, [N].
    """

    returns: Array
    lengths: Array
    ended: Array


def roll_out(
    environments: Sequence[Environment],
    policy: Policy,
    seeds: Sequence[int],
    *,
    limit: int = LIMIT,
    record: Record | None = None,
) -> Rollout:
    """Plays one episode in each environment, all in lockstep.

    Args:
        environments: N of one kind.
        policy: chooses the actions.
        seeds: of the episodes, [N].
        limit: steps after which an episode is cut off.
        record: is called for each step of each episode.

    Raises:
        ConfigError: not as many environments as seeds, or `limit` below 1.
        DataError: an environment gives a frame of another shape, values out of [0, 1], or a
            reward that is not finite; or the policy gives no such action.

    Example:
        >>> from vaezoo import world
        >>> policy = world.RandomPolicy(3)
        >>> rooms = [world.make("minatar_breakout") for _ in range(4)]  # doctest: +SKIP
        >>> world.roll_out(rooms, policy, seeds=[0, 1, 2, 3]).returns.shape  # doctest: +SKIP
        (4,)
    """
    limit = positive("limit", limit)
    if len(environments) != len(seeds):
        raise ConfigError(f"{len(environments)} environments for {len(seeds)} seeds: give as many.")
    act = policy.start(seeds)
    frames = [_first(env, seed) for env, seed in zip(environments, seeds, strict=True)]
    returns, lengths = np.zeros(len(seeds)), np.zeros(len(seeds), np.int64)
    ended, rows = np.zeros(len(seeds), bool), np.arange(len(seeds))
    for _ in range(limit):
        actions = act(np.stack([frames[row] for row in rows]), rows)
        for row, action in zip(rows.tolist(), np.asarray(actions).tolist(), strict=True):
            frame, reward, done = _step(environments[row], action, seeds[row], lengths[row])
            if record is not None:
                record(row, frames[row], action, reward, done)
            frames[row], ended[row] = frame, done
            returns[row] += reward
        lengths[rows] += 1
        rows = rows[~ended[rows]]
        if not len(rows):
            break
    return Rollout(returns, lengths, ended)


def _first(environment: Environment, seed: int) -> Array:
    frame = environment.reset(seed)
    _check_frame(environment, frame, seed)
    return frame


def _step(environment: Environment, action: int, seed: int, step: int) -> tuple[Array, float, bool]:
    if not 0 <= action < environment.num_actions:
        raise DataError(
            f"the policy chose action {action}: {environment.name} has actions from 0 to "
            f"{environment.num_actions - 1}."
        )
    frame, reward, done = environment.step(action)
    if not math.isfinite(reward):
        raise DataError(
            f"{environment.name} gave a reward of {reward} at step {step} of the episode with seed "
            f"{seed}: expected a finite number; mend the environment."
        )
    _check_frame(environment, frame, seed)
    return frame, reward, done


def _check_frame(environment: Environment, frame: Array, seed: int) -> None:
    if frame.shape != tuple(environment.frame_shape):
        raise DataError(
            f"{environment.name} gave a frame of shape {list(frame.shape)} in the episode with "
            f"seed {seed}: expected {list(environment.frame_shape)}."
        )
    if not (frame.min() >= 0 and frame.max() <= 1):  # which NaN is not, either
        raise DataError(
            f"{environment.name} gave a frame with values from {frame.min():g} to {frame.max():g} "
            f"in the episode with seed {seed}: expected 0 to 1."
        )
