"""Dreams in NumPy: the sampler of the mixture, the end of episodes, and wrong calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_worlds import Corridor

from vaezoo._storage import files
from vaezoo.errors import ConfigError, DamagedFileError, DataError
from vaezoo.world import (
    Agent,
    DreamNoise,
    ExportedMemory,
    Prediction,
    RawPixels,
    draw_next,
    dream,
    first_frames,
    fit_in_dream,
    roll_out,
)

stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")

WEIGHTS, MEANS, SCALES = np.array([0.2, 0.5, 0.3]), np.array([-2.0, 0, 3]), np.array([0.5, 1, 2])


class Clock:
    """z counts the steps, which is also the reward; an episode ends once z reaches 3."""

    latent_dim, num_actions, size = 1, 2, 1

    def initial_state(self, num: int) -> np.ndarray:
        return np.zeros((num, 1), np.float32)

    def step(self, z: np.ndarray, action: np.ndarray, state: np.ndarray) -> Prediction:
        shape = (len(z), 1, 1)
        means, end = (z + action[:, 1:])[:, None], np.where(z[:, 0] >= 2, 50.0, -50.0)
        return Prediction(np.zeros(shape), means, np.full(shape, 0.01), z[:, 0], end, state + 1)

    def next_state(self, z: np.ndarray, action: np.ndarray, state: np.ndarray) -> np.ndarray:
        return state + 1


def mixture(num: int) -> Prediction:
    rows = (np.tile(v[None, :, None], (num, 1, 1)) for v in (np.log(WEIGHTS), MEANS, SCALES))
    return Prediction(*rows, *[np.zeros(num)] * 3)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 1.5])
def test_draws_have_the_mixture_as_distribution(temperature: float) -> None:
    num, noise = 20_000, DreamNoise.draw(1, 20_000, 1, seed=0)
    draws = draw_next(mixture(num), noise.component[0], noise.value[0], temperature)[:, 0]
    weights = WEIGHTS ** (1 / temperature)
    weights, scales = weights / weights.sum(), SCALES * np.sqrt(temperature)

    def cdf(x: np.ndarray) -> np.ndarray:
        return (weights * stats.norm.cdf(x[:, None], MEANS, scales)).sum(axis=1)

    assert stats.kstest(draws, cdf).pvalue > 0.01


def test_at_temperature_0_the_likeliest_mean() -> None:
    assert draw_next(mixture(2), [[0.9], [0.1]], [[5.0], [5.0]], 0.0).tolist() == [[0.0], [0.0]]


def test_a_dream_ends_where_the_memory_says_so() -> None:
    start = np.array([[0.0], [2.0], [-9.0]])
    found = dream(Clock(), start, lambda z, h: [1, 1, 0], 6, temperature=0.0, seed=0)
    assert found.mask.sum(axis=1).tolist() == [3, 1, 6]
    assert found.done.argmax(axis=1).tolist()[:2] == [2, 0] and found.done.sum() == 2
    assert found.returns.tolist() == [3, 2, -54]
    assert found.z.shape == (3, 7, 1) and found.z[0, :4, 0].tolist() == [0, 1, 2, 3]
    short = dream(Clock(), start[:2], lambda z, h: [1, 1], 6, temperature=0.0, seed=0)
    assert short.action.shape == (2, 3, 2)  # all have ended


def test_noise_of_a_longer_dream_begins_with_that_of_a_shorter() -> None:
    one, other = DreamNoise.draw(3, 2, 4, seed=5), DreamNoise.draw(7, 2, 4, seed=5)
    for name in ("component", "value", "end"):
        assert np.array_equal(getattr(one, name), getattr(other, name)[:3])


class Corridors:
    """A memory that knows the corridor: codes are its frames, the state counts the steps."""

    latent_dim, num_actions, size = Corridor.CELLS, 3, 1

    def initial_state(self, num: int) -> np.ndarray:
        return np.zeros((num, 1), np.float32)

    def step(self, z: np.ndarray, action: np.ndarray, state: np.ndarray) -> Prediction:
        place = z.argmax(axis=1) + action @ np.array([-1, 1, 0])
        place = np.clip(place, 0, Corridor.CELLS - 1).astype(int)
        means = np.eye(Corridor.CELLS, dtype=np.float32)[place][:, None]
        end = np.where(state[:, 0] + 1 >= Corridor.LENGTH, 50.0, -50.0)
        reward = (place == Corridor.CELLS // 2).astype(np.float32)
        nothing = np.zeros_like(means)
        return Prediction(nothing, means, nothing + 0.01, reward, end, state + 1)

    def next_state(self, z: np.ndarray, action: np.ndarray, state: np.ndarray) -> np.ndarray:
        return state + 1


def test_a_controller_that_only_dreamt_is_the_best_one_awake() -> None:
    pytest.importorskip("cma", reason="the extra control is not installed")
    starts = first_frames(Corridor(), 20).reshape(20, -1)
    arguments = {"generations": 60, "population": 16, "episodes": 10, "seed": 1}
    fitted = fit_in_dream(Corridors(), starts, temperature=0.5, **arguments)
    assert fitted.returns[-1] > fitted.returns[0]
    agent = Agent(RawPixels(Corridor.frame_shape), fitted.controller, 3, Corridors())
    seeds = range(20)
    played = roll_out([Corridor() for _ in seeds], agent, list(seeds))
    assert played.returns.tolist() == [Corridor.best(seed) for seed in seeds]
    again = fit_in_dream(Corridors(), starts, temperature=0.5, **arguments)
    assert np.array_equal(again.controller.weights, fitted.controller.weights)
    with pytest.raises(DataError, match=r"starts has shape \[20, 4\]"):
        fit_in_dream(Corridors(), starts[:, :4])


def test_wrong_dreams() -> None:
    start, act = np.zeros((2, 1)), lambda z, h: [0, 1]
    with pytest.raises(DataError, match="expected whole numbers from 0 to 1"):
        dream(Clock(), start, lambda z, h: [0, 2], 3)
    with pytest.raises(DataError, match=r"action has shape \[3\]: expected \[2\] or \[2, 2\]"):
        dream(Clock(), start, lambda z, h: [0, 1, 1], 3)
    with pytest.raises(DataError, match=r"start has shape \[2, 2\]"):
        dream(Clock(), np.zeros((2, 2)), act, 3)
    with pytest.raises(ConfigError, match="temperature"):
        dream(Clock(), start, act, 3, temperature=-1.0)
    with pytest.raises(ConfigError, match="num_steps"):
        dream(Clock(), start, act, 0)
    with pytest.raises(DataError, match="noise has shapes"):
        dream(Clock(), start, act, 4, noise=DreamNoise.draw(3, 2, 1))


GOOD = {
    "preset": "mine", "latent_dim": 2, "num_actions": 3, "state_dim": 4, "num_components": 2,
    "weights_sha256": "0" * 64, "version": "0", "kind": "memory", "format": 1,
    "files": {"step.onnx": {"bytes": 1, "sha256": "0" * 64}},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "decoder"}, {"format": 2}, {"latent_dim": 0}, {"state_dim": 2**30},
        {"latent_dim": 2**20, "num_components": 2**20}, {"files": {}},
        {"files": {"../step.onnx": {"bytes": 1, "sha256": "0" * 64}}}, {"weights_sha256": "x"},
    ],
)  # fmt: skip
def test_wrong_manifests(change: dict[str, object], tmp_path: Path) -> None:
    files.write_json(tmp_path / "manifest.json", GOOD)
    assert ExportedMemory(tmp_path).size == 4
    files.write_json(tmp_path / "manifest.json", GOOD | change)
    with pytest.raises(DamagedFileError, match="no manifest of a memory"):
        ExportedMemory(tmp_path)


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="missing"):
        ExportedMemory(tmp_path)
