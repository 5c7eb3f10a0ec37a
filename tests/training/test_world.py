"""An agent with a memory: the same actions in Keras, as exports, and back from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_worlds import Corridor, Moment

import vaezoo
from vaezoo import export, sequences, world
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.training.memory import train_memory
from vaezoo.world import environments


def test_an_agent_with_a_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = vaezoo.load("digits_vae")
    pictures = model.generate(Corridor.CELLS, seed=0)

    class Room(Corridor):
        name, frame_shape = "room", (8, 8, 1)

        def _frame(self) -> Array:
            return pictures[self._place]

    monkeypatch.setattr(environments, "ENVIRONMENTS", {"room": lambda name: Room()})
    keras_memory = sequences.MixtureDensityMemory(8, 3, state_dim=4, num_components=2, seed=0)
    export.export_memory(keras_memory, tmp_path / "memory", preset="mine", weights_sha256="0" * 64)
    memory = world.ExportedMemory(tmp_path / "memory")
    weights = np.random.default_rng(0).normal(size=(3, 12))
    weights[:, 8:] *= 30  # small states decide, too
    controller = world.LinearController(weights, np.zeros(3))
    features = world.ModelFeatures(model)
    world.save_agent(tmp_path / "a", features, controller, "room", limit=8, memory=memory)
    agents = [
        world.Agent(features, controller, 3, keras_memory),
        world.Agent(features, controller, 3, memory),
        world.load_agent(tmp_path / "a").agent,
    ]
    found = [actions(agent) for agent in agents]
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 3


def test_a_memory_of_collected_episodes(tmp_path: Path) -> None:
    """It beats what needs no training, and one seed gives one memory."""
    world.collect(Corridor, 2000, tmp_path / "data")
    features = world.RawPixels(Corridor.frame_shape)
    arguments: dict[str, Any] = {"state_dim": 16, "epochs": 20, "seed": 3}
    found = train_memory(tmp_path / "data", features, tmp_path / "memory", **arguments)
    assert found["memory"] > found["linear"] + 5 and found["linear"] > found["last_code"]
    memory = world.ExportedMemory(tmp_path / "memory")
    assert (memory.latent_dim, memory.num_actions, memory.state_dim) == (5, 3, 16)
    assert train_memory(tmp_path / "data", features, tmp_path / "memory", **arguments) == found
    again = world.ExportedMemory(tmp_path / "memory")
    assert again.manifest.weights_sha256 == memory.manifest.weights_sha256
    with pytest.raises(ConfigError, match=r"frames of shape \[1, 5, 1\], the model sees \[1, 4"):
        train_memory(tmp_path / "data", world.RawPixels((1, 4, 1)), tmp_path / "other")
    world.collect(Moment, 20, tmp_path / "short")
    with pytest.raises(DataError, match="every episode has one step only"):
        train_memory(tmp_path / "short", features, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def actions(agent: world.Agent) -> list[int]:
    """What it does in six episodes."""
    taken: list[int] = []

    def record(row: int, frame: Array, action: int, reward: float, done: bool) -> None:
        taken.append(action)

    rooms = [world.make("room") for _ in range(6)]
    world.roll_out(rooms, agent, range(6), record=record)
    return taken
