"""An environment of gymnasium as one of frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vaezoo.protocols import Array

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # nothing here opens a window
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")


class Gymnasium:
    """An environment of gymnasium with discrete actions, seen as frames.

    Time limits are left to whoever plays: `done` says that the episode has ended by its own rules.

    Args:
        name: of the environment.
        env: of gymnasium.
        look: an observation -> a frame, float32 [H, W, C] in [0, 1].
        actions: those of `env` that may be chosen; None: all.
        repeat: how many steps each action is held for; their rewards are summed.
        history: how many frames are seen at once, the newest first, as further channels: of one
            frame alone nobody sees what moves.
        after_reset: what else an episode begins with.

    Attributes:
        name, frame_shape, num_actions: as `vaezoo.world.Environment` has them.
    """

    def __init__(
        self,
        name: str,
        env: Any,
        look: Callable[[Any], Array],
        *,
        actions: Sequence[int] | None = None,
        repeat: int = 1,
        history: int = 1,
        after_reset: Callable[[Any], None] | None = None,
    ) -> None:
        self.name = name
        self._env, self._look, self._after_reset = env, look, after_reset
        self._actions = tuple(range(env.action_space.n)) if actions is None else tuple(actions)
        self._repeat, self._history = repeat, history
        self.num_actions = len(self._actions)
        self.frame_shape = self.reset(0).shape

    def reset(self, seed: int) -> Array:
        """The first frame, [H, W, C]; it also stands for the frames before it."""
        observation, _ = self._env.reset(seed=seed)
        if self._after_reset is not None:
            self._after_reset(self._env)
        self._frames = [self._look(observation)] * self._history
        return self._stacked()

    def step(self, action: int) -> tuple[Array, float, bool]:
        """The next frame, [H, W, C], the reward, and whether the episode has ended."""
        total, done = 0.0, False
        for _ in range(self._repeat):
            observation, reward, done, _, _ = self._env.step(self._actions[action])
            total += float(reward)
            if done:
                break
        self._frames = [self._look(observation), *self._frames[:-1]]
        return self._stacked(), total, bool(done)

    def _stacked(self) -> Array:
        if self._history == 1:
            return self._frames[0]
        return np.concatenate(self._frames, axis=-1)
