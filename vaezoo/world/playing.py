"""Agents at play: their returns, and a GIF of what they see."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import numpy as np

from vaezoo import images
from vaezoo._checks import positive
from vaezoo.protocols import Array
from vaezoo.world import environments, seeds
from vaezoo.world.environments import Environment
from vaezoo.world.rollouts import LIMIT, Policy, Rollout, roll_out

_PER_SECOND = 10  # frames of a GIF
_TOGETHER = 64  # episodes in lockstep
_MOST_FRAMES = 300  # of a GIF
_HEIGHT = 160  # pixels of a GIF, about, whose frames are smaller


def play(
    environment: str | Callable[[], Environment],
    policy: Policy,
    *,
    episodes: int = 20,
    seed: int = 0,
    limit: int = LIMIT,
    first: Callable[[Array, int, float], None] | None = None,
) -> Rollout:
    """Plays episodes, none of which `collect` or `fit_controller` plays for the same seed.

    Args:
        environment: its name, or what makes one.
        policy: chooses the actions.
        episodes: N.
        seed: decides the episodes.
        limit: steps after which an episode is cut off.
        first: is called with frame, action and reward of each step of the first episode.

    Raises:
        As `vaezoo.world.roll_out` and `vaezoo.world.make`.
    """
    one = partial(environments.make, environment) if isinstance(environment, str) else environment
    episodes = positive("episodes", episodes)
    places = [one() for _ in range(min(episodes, _TOGETHER))]
    parts = []
    for start in range(0, episodes, _TOGETHER):
        chosen = seeds.episode_seeds(seed, seeds.PLAYING, start, min(_TOGETHER, episodes - start))
        record = None if first is None or start else _of_first(first)
        part = roll_out(places[: len(chosen)], policy, chosen, limit=limit, record=record)
        parts.append(part)
    return Rollout(
        np.concatenate([part.returns for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.ended for part in parts]),
    )


def _of_first(
    first: Callable[[Array, int, float], None],
) -> Callable[[int, Array, int, float, bool], None]:
    def record(row: int, frame: Array, action: int, reward: float, done: bool) -> None:
        if row == 0:
            first(frame, action, reward)

    return record


def save_gif(
    path: str | os.PathLike[str],
    frames: Array,
    reconstruct: Callable[[Array], Array] | None = None,
) -> None:
    """Writes frames of an episode as a GIF, beside their reconstructions where there are any.

    Args:
        path: of the file, which is complete or absent.
        frames: [T, H, W, C] in [0, 1]; the first 300 are shown.
        reconstruct: frames -> frames, such as a model's `reconstruct`.

    Raises:
        DataError: there is no frame.
    """
    seen = frames[:_MOST_FRAMES]
    shown = [images.in_colours(seen)]
    if reconstruct is not None and len(seen):
        shown.append(images.in_colours(reconstruct(seen)))
    sheets = [images.grid(np.stack(row), columns=len(shown)) for row in zip(*shown, strict=True)]
    scale = max(1, _HEIGHT // sheets[0].shape[0]) if sheets else 1
    images.save_gif(path, sheets, len(sheets) / _PER_SECOND, back=False, scale=scale)
