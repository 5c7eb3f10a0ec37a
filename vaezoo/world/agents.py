"""An agent: what it sees (V), what it remembers (M), and what it does (C)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.world.environments import Environment
from vaezoo.world.features import Features
from vaezoo.world.memory import Memory
from vaezoo.world.rollouts import Act


class Controller(Protocol):
    """Features to actions."""

    def act(self, features: Array, rows: Array) -> Array:
        """Actions [n] for features [n, F] of the episodes with the numbers `rows`, [n]."""


@dataclass(frozen=True)
class Agent:
    """A policy that acts on features of frames, and on a memory of them where it has one.

    Attributes:
        features: of a frame, z [D].
        controller: acts on z, or on z and the memory's state, [D + H].
        num_actions: A.
        memory: of the episode so far.
    """

    features: Features
    controller: Controller
    num_actions: int
    memory: Memory | None = None

    @property
    def num_inputs(self) -> int:
        """F, of what the controller sees."""
        return num_inputs(self.features, self.memory)

    def start(self, seeds: Sequence[int]) -> Act:
        """Begins episodes; nothing of an agent is left to chance, so seeds decide nothing."""
        if self.memory is None:
            return lambda frames, rows: self.controller.act(self.features.encode(frames), rows)
        return self._remembering(self.memory, np.array(self.memory.initial_state(len(seeds))))

    def _remembering(self, memory: Memory, states: Array) -> Act:
        one_hot = np.eye(self.num_actions, dtype=np.float32)

        def act(frames: Array, rows: Array) -> Array:
            z, state = self.features.encode(frames), states[rows]
            actions = self.controller.act(np.concatenate([z, state], axis=1), rows)
            states[rows] = memory.next_state(z, one_hot[actions], state)
            return actions

        return act


def num_inputs(features: Features, memory: Memory | None) -> int:
    """D, or D + H with a memory."""
    return features.size + (0 if memory is None else memory.size)


def check_fit(features: Features, environment: Environment, memory: Memory | None = None) -> None:
    """Raises `ConfigError` unless features are of this environment's frames, and the memory of
    these features and of its actions."""
    if tuple(features.frame_shape) != tuple(environment.frame_shape):
        raise ConfigError(
            f"{environment.name} has frames of shape {list(environment.frame_shape)}, the model "
            f"sees {list(features.frame_shape)}: take a model of this environment's frames."
        )
    expected = (features.size, environment.num_actions)
    if memory is not None and (memory.latent_dim, memory.num_actions) != expected:
        raise ConfigError(
            f"the memory is of {memory.latent_dim} numbers a code and {memory.num_actions} "
            f"actions: expected {expected[0]} and {expected[1]}, as the model and "
            f"{environment.name} have."
        )
