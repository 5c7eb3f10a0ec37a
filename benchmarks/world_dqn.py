"""What a user would take instead: the DQN of Stable-Baselines3, on frames.

Optional: `pip install stable-baselines3`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from vaezoo import world
from vaezoo.protocols import Array


class Frames(gymnasium.Env[Array, Any]):
    """An environment of vaezoo for Stable-Baselines3: flat frames, episodes of a limited length,
    every seed one that `vaezoo.world` decides."""

    def __init__(self, environment: str, limit: int, seed: int) -> None:
        self.inner, self.limit = world.make(environment), limit
        size = int(np.prod(self.inner.frame_shape))
        self.observation_space = gymnasium.spaces.Box(0, 1, (size,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(self.inner.num_actions)
        self.seeds, self.steps = np.random.default_rng([seed, 2]), 0

    def reset(
        self, *, seed: int | None = None, options: Any = None
    ) -> tuple[Array, dict[str, Any]]:
        self.steps = 0
        return self.inner.reset(int(self.seeds.integers(2**31))).ravel(), {}

    def step(self, action: Any) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        frame, reward, done = self.inner.step(int(action))
        self.steps += 1
        return frame.ravel(), reward, done, self.steps >= self.limit and not done, {}


@dataclass(frozen=True)
class Greedy:
    """A policy of the actions that a DQN values most."""

    model: Any

    def start(self, seeds: Sequence[int]) -> Any:
        def act(frames: Array, rows: Array) -> Array:
            actions, _ = self.model.predict(frames.reshape(len(frames), -1), deterministic=True)
            return np.asarray(actions)

        return act


def dqn(environment: str, *, steps: int, limit: int, seed: int) -> Greedy:
    """A DQN with its library's defaults, after so many steps of which it keeps all."""
    import torch
    from stable_baselines3 import DQN

    torch.set_num_threads(1)
    frames = Frames(environment, limit, seed)
    model = DQN("MlpPolicy", frames, buffer_size=steps, seed=seed, device="cpu")
    return Greedy(model.learn(steps))
