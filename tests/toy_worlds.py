"""Environments of a few lines, whose best returns are known."""

from __future__ import annotations

import numpy as np

from vaezoo.protocols import Array


class Corridor:
    """A walker on five cells, and a reward for each step that ends in the middle one.

    The best return of `LENGTH` steps from a cell at distance d is `LENGTH` - d + 1 for d > 0, since
    the d-th step is the first that ends there, and `LENGTH` for d = 0: actions are left, right and
    stay.
    """

    CELLS, LENGTH = 5, 8
    name, frame_shape, num_actions = "corridor", (1, CELLS, 1), 3

    def reset(self, seed: int) -> Array:
        self._rng = np.random.default_rng(seed)
        self._place, self._left = int(self._rng.integers(self.CELLS)), self.LENGTH
        return self._frame()

    def step(self, action: int) -> tuple[Array, float, bool]:
        self._place = min(max(self._place + (-1, 1, 0)[action], 0), self.CELLS - 1)
        self._left -= 1
        return self._frame(), float(self._place == self.CELLS // 2), not self._left

    @classmethod
    def best(cls, seed: int) -> float:
        """The best return of an episode."""
        distance = abs(int(np.random.default_rng(seed).integers(cls.CELLS)) - cls.CELLS // 2)
        return float(cls.LENGTH - max(distance - 1, 0))

    def _frame(self) -> Array:
        return np.eye(self.CELLS, dtype=np.float32)[self._place].reshape(self.frame_shape)


class Moment(Corridor):
    """Ends with its first step."""

    name = "moment"

    def step(self, action: int) -> tuple[Array, float, bool]:
        return *super().step(action)[:2], True


class Broken(Corridor):
    """Gives what it should not, at its third step."""

    name = "broken"

    def __init__(self, frame: Array | None = None, reward: float = 0.0) -> None:
        self._wrong = frame, reward

    def step(self, action: int) -> tuple[Array, float, bool]:
        frame, _, done = super().step(action)
        wrong, reward = self._wrong
        at_fault = self._left == self.LENGTH - 3
        return (
            (frame if wrong is None or not at_fault else wrong),
            (reward if at_fault else 0.0),
            done,
        )
