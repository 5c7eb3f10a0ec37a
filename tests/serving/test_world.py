"""Agents by value: controllers, features, memory, collected episodes, CMA-ES, and wrong input."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from toy_worlds import Broken, Corridor, Moment

import vaezoo
from vaezoo import datasets, world
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.protocols import Array
from vaezoo.world import seeds
from vaezoo.world.controllers import on_pixels, unpack

HAS_CMA = importlib.util.find_spec("cma") is not None
needs_cma = pytest.mark.skipif(not HAS_CMA, reason="cma, of the extra control, is not installed")
TESTS = Path(__file__).parents[1]


def test_a_controller_takes_the_action_of_the_highest_score(rng: np.random.Generator) -> None:
    weights, bias = rng.normal(size=(3, 4)), rng.normal(size=3)
    features = rng.normal(size=(20, 4))
    controller = world.LinearController(weights, bias)
    scores = [[sum(w * f for w, f in zip(row, x, strict=True)) + b for row, b in zip(weights, bias, strict=True)] for x in features]  # fmt: skip  # noqa: E501
    np.testing.assert_allclose(controller.scores(features), scores, rtol=1e-5, atol=1e-6)
    assert controller.act(features).tolist() == [row.index(max(row)) for row in scores]
    tied = world.LinearController(np.zeros((3, 4)), np.array([0.0, 1.0, 1.0]))
    assert tied.act(features).tolist() == [1] * 20


def test_a_population_acts_as_its_members(rng: np.random.Generator) -> None:
    vectors, features = rng.normal(size=(5, 3 * 5)), rng.normal(size=(9, 4)).astype(np.float32)
    units = world.Units(rng.normal(size=4), rng.random(4) + 0.5)
    weights, bias = unpack(vectors, 3, units)
    members = np.array([4, 0, 2, 2, 1, 3, 0, 4, 1, 2])
    rows = np.array([0, 1, 2, 3, 5, 6, 7, 8, 9])
    found = world.Population(weights, bias, members).act(features, rows)
    scaled = (features - units.mean) / units.scale
    for action, member, x in zip(found, members[rows], scaled, strict=True):
        table = vectors[member].reshape(3, 5)
        assert action == (table[:, :4] @ x + table[:, 4]).argmax()


def test_a_controller_comes_back_from_its_file(tmp_path: Path, rng: np.random.Generator) -> None:
    controller = world.LinearController(rng.normal(size=(3, 4)), rng.normal(size=3))
    controller.save(tmp_path / "c.npz")
    found = world.LinearController.load(tmp_path / "c.npz")
    assert np.array_equal(found.weights, controller.weights)
    assert np.array_equal(found.bias, controller.bias)
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DamagedFileError, match="no readable controller"):
        world.LinearController.load(tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("weights", "bias", "message"),
    [
        (np.zeros((2, 3)), np.zeros(3), r"weights have shape \[2, 3\], bias \[3\]"),
        (np.full((2, 3), np.nan), np.zeros(2), "NaN or infinite"),
    ],
)
def test_what_is_no_controller(weights: Array, bias: Array, message: str) -> None:
    with pytest.raises(DataError, match=message):
        world.LinearController(weights, bias)


def test_principal_components_are_those_of_the_singular_values(rng: np.random.Generator) -> None:
    frames = rng.random((60, 3, 4, 2), np.float32)
    pca = world.principal_components(frames, 5)
    x = frames.reshape(60, -1) - frames.reshape(60, -1).mean(axis=0)
    left, values, _ = np.linalg.svd(x, full_matrices=False)
    codes = pca.encode(frames)
    signs = np.sign((codes * left[:, :5]).sum(axis=0))
    np.testing.assert_allclose(codes, signs * left[:, :5] * values[:5], atol=1e-4)
    with pytest.raises(ConfigError, match="have no more components"):
        world.principal_components(frames, 25)


def test_a_random_projection_keeps_lengths_on_average() -> None:
    """E |P x|^2 = |x|^2, with a standard deviation of |x|^2 sqrt(2 / D) over matrices."""
    frame = np.full((1, 4, 4, 1), 0.5, np.float32)
    squares = [
        float((world.random_projection((4, 4, 1), 8, seed).encode(frame) ** 2).sum())
        for seed in range(400)
    ]
    error = 4 * (2 / 8) ** 0.5 / 400**0.5
    assert abs(np.mean(squares) - 4) < 4 * error


def test_a_linear_map_becomes_part_of_the_controller(rng: np.random.Generator) -> None:
    frames = rng.random((40, 2, 3, 1), np.float32)
    pca = world.principal_components(frames, 3)
    controller = world.LinearController(rng.normal(size=(4, 3)), rng.normal(size=4))
    scores = on_pixels(controller, pca).scores(frames.reshape(40, -1))
    np.testing.assert_allclose(scores, controller.scores(pca.encode(frames)), atol=1e-5)


def test_no_two_streams_share_an_episode() -> None:
    streams = (seeds.COLLECTING, seeds.FITTING, seeds.PLAYING)
    drawn = [seed for stream in streams for seed in seeds.episode_seeds(0, stream, 0, 50)]
    assert len(set(drawn)) == 150
    with pytest.raises(ConfigError, match="seed=-1"):
        seeds.episode_seeds(-1, seeds.PLAYING, 0, 1)


def test_returns_are_the_sums_of_rewards() -> None:
    stay = world.LinearController(np.zeros((3, 5)), np.array([0.0, 0.0, 1.0]))
    policy = world.Agent(world.RawPixels((1, 5, 1)), stay, 3)
    found = world.roll_out([Corridor() for _ in range(40)], policy, range(40))
    begins_there = [Corridor().reset(seed)[0, 2, 0] for seed in range(40)]
    assert found.returns.tolist() == [8 * float(there) for there in begins_there]
    assert set(found.lengths) == {8} and found.ended.all()
    cut = world.roll_out([Corridor()], policy, [0], limit=3)
    assert cut.lengths.tolist() == [3] and not cut.ended.any()


def test_episodes_together_are_those_one_by_one() -> None:
    policy = world.RandomPolicy(3)
    together = world.roll_out([Corridor() for _ in range(6)], policy, range(6)).returns
    one_by_one = [world.roll_out([Corridor()], policy, [seed]).returns[0] for seed in range(6)]
    assert together.tolist() == one_by_one


class Remembers:
    """next_state = tanh([z, action, state] W): the smallest memory."""

    def __init__(self, weights: Array) -> None:
        self.latent_dim, self.num_actions, self._weights = 5, 3, weights
        self.size = weights.shape[1]

    def initial_state(self, num: int) -> Array:
        return np.zeros((num, self.size), np.float32)

    def next_state(self, z: Array, action: Array, state: Array) -> Array:
        return np.tanh(np.concatenate([z, action, state], axis=1) @ self._weights)


def test_an_agent_acts_on_code_and_state(rng: np.random.Generator) -> None:
    memory = Remembers(rng.normal(size=(5 + 3 + 2, 2)).astype(np.float32))
    controller = world.LinearController(rng.normal(size=(3, 7)), rng.normal(size=3))
    act = world.Agent(world.RawPixels((1, 5, 1)), controller, 3, memory).start([0, 1])
    state = np.zeros((2, 2), np.float32)
    for rows in ([0, 1], [0, 1], [1]):  # the first episode ends after two steps
        frames = rng.random((len(rows), 1, 5, 1), np.float32)
        z = frames.reshape(len(rows), 5)
        expected = controller.act(np.concatenate([z, state[rows]], axis=1))
        assert act(frames, np.array(rows)).tolist() == expected.tolist()
        state[rows] = memory.next_state(z, np.eye(3)[expected], state[rows])


def test_a_collection_goes_on_after_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal; from toy_worlds import Corridor; from vaezoo import world\n"
        "world.collect(Corridor, 500, {!r}, seed=3, progress=lambda n: "
        "n > 200 and os.kill(os.getpid(), signal.SIGKILL))"
    )
    command = [sys.executable, "-c", code.format(str(tmp_path / "killed"))]
    killed = subprocess.run(command, cwd=TESTS, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list((tmp_path / "killed").glob("*.npz"))) == 2
    world.collect(Corridor, 500, tmp_path / "killed", seed=3)
    world.collect(Corridor, 100, tmp_path / "whole", seed=3)
    world.collect(Corridor, 500, tmp_path / "whole", seed=3)  # more of the same
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "killed").iterdir())
    for name in names:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    world.collect(Corridor, 500, tmp_path / "other", seed=4)
    first = "episodes-00000.npz"
    assert (tmp_path / "whole" / first).read_bytes() != (tmp_path / "other" / first).read_bytes()


def test_collected_steps_are_those_that_were_played(tmp_path: Path) -> None:
    world.collect(Corridor, 300, tmp_path / "data", seed=1)
    steps = world.read_steps(tmp_path / "data")
    assert len(steps.frames) == 3 * 16 * 8 and steps.frames.dtype == np.uint8
    assert steps.done.sum() == 48 and steps.done[7] and not steps.done[6]
    rollout = world.roll_out(
        [Corridor() for _ in range(48)], world.RandomPolicy(3),
        seeds.episode_seeds(1, seeds.COLLECTING, 0, 48),
    )  # fmt: skip
    np.testing.assert_allclose(np.bincount(steps.episode, steps.reward), rollout.returns)
    frames = world.random_frames(Corridor(), 100, seed=1)
    assert np.array_equal(frames, steps.frames[:100] / 255)


def test_episodes_become_sequences() -> None:
    numbers = np.arange(7)
    episode = np.array([0, 1, 1, 1, 2, 2, 3])
    steps = world.Steps(numbers, numbers % 3, numbers / 2, numbers == 3, episode)
    found = world.as_sequences(steps, np.stack([numbers, -numbers], axis=1))
    assert found["z"].tolist() == [[[1, -1], [2, -2], [3, -3]], [[4, -4], [5, -5], [0, 0]]]
    assert found["action"].tolist() == [[1, 2, 0], [1, 2, 0]]
    assert found["reward"].tolist() == [[0.5, 1, 1.5], [2, 2.5, 0]]
    assert found["done"].tolist() == [[0, 0, 1], [0, 0, 0]]
    assert found["mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    with pytest.raises(DataError, match="3 values for 7 steps"):
        world.as_sequences(steps, numbers[:3])
    single = world.Steps(numbers, numbers, numbers, numbers > 0, numbers)
    with pytest.raises(DataError, match="every episode has one step only"):
        world.as_sequences(single, numbers)


def test_an_episode_stays_in_one_split(tmp_path: Path) -> None:
    world.collect(Corridor, 300, tmp_path / "data")
    data = datasets.load(tmp_path / "data")
    assert data.train.shape[1:] == (1, 5, 1) and "by episode" in data.splits
    assert len(data.train) + len(data.validation) + len(data.test) == 384
    assert len(data.validation) % 8 == 0 and len(data.test) % 8 == 0


def test_episodes_of_one_step(tmp_path: Path) -> None:
    world.collect(Moment, 40, tmp_path / "data")
    steps = world.read_steps(tmp_path / "data")
    assert steps.episode.tolist() == list(range(48)) and steps.done.all()


@pytest.mark.parametrize(
    ("frame", "reward", "message"),
    [
        (None, float("nan"), "gave a reward of nan at step 2 of the episode with seed 0"),
        (np.zeros((2, 5, 1)), 0.0, r"a frame of shape \[2, 5, 1\] .*: expected \[1, 5, 1\]"),
        (np.full((1, 5, 1), 255.0), 0.0, "values from 255 to 255 .*: expected 0 to 1"),
        (np.full((1, 5, 1), np.nan), 0.0, "values from nan to nan"),
    ],
)
def test_environments_that_give_what_they_should_not(
    frame: Array | None, reward: float, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=f"broken gave .*{message.removeprefix('gave ')}"):
        world.roll_out([Broken(frame, reward)], world.RandomPolicy(3), [0])
    with pytest.raises(DataError):
        world.collect(lambda: Broken(frame, reward), 100, tmp_path / "data")
    assert not list((tmp_path / "data").glob("episodes*"))


def test_folders_that_hold_something_else(tmp_path: Path) -> None:
    world.collect(Corridor, 100, tmp_path / "data")
    with pytest.raises(ConfigError, match="episodes with seed 0, asked for are such with 1"):
        world.collect(Corridor, 100, tmp_path / "data", seed=1)
    (tmp_path / "data" / "episodes-00000.npz").write_bytes(b"no zip")
    with pytest.raises(DamagedFileError, match="delete it, and collect again"):
        world.collect(Corridor, 100, tmp_path / "data")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(ConfigError, match=r"holds other files, such as letter\.txt"):
        world.collect(Corridor, 100, tmp_path / "mine")


def test_wrong_calls() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'cartpole'"):
        world.make("cartpol")
    with pytest.raises(ConfigError, match="1 environments for 2 seeds"):
        world.roll_out([Corridor()], world.RandomPolicy(3), [0, 1])
    with pytest.raises(DataError, match=r"chose action .*: corridor has actions from 0 to 2"):
        world.roll_out([Corridor()] * 9, world.RandomPolicy(9), range(9))
    pixels = world.RawPixels((1, 5, 1))
    world.check_fit(pixels, Corridor(), Remembers(np.zeros((10, 2))))
    with pytest.raises(ConfigError, match="the memory is of 5 numbers a code and 3 actions: exp"):
        world.check_fit(world.principal_components(np.eye(5)[:, None, :, None], 4), Corridor(),
                        Remembers(np.zeros((10, 2))))  # fmt: skip
    with pytest.raises(ConfigError, match=r"frames of shape \[1, 5, 1\], the model sees \[8, 8, 1"):
        world.check_fit(world.ModelFeatures(vaezoo.load("digits_vae")), Corridor())


@needs_cma
def test_the_search_finds_the_optimum_of_a_quadratic() -> None:
    optimum = np.array([1.0, -2.0, 0.5])

    def score(generation: int, x: Array) -> Array:
        return -((x - optimum) ** 2 * [1, 10, 100]).sum(axis=1)

    found = world.evolve(score, 3, generations=80, population=10, seed=0)
    np.testing.assert_allclose(found, optimum, atol=1e-3)
    few = [world.evolve(score, 3, generations=3, population=10, seed=s) for s in (0, 0, 1)]
    assert np.array_equal(few[0], few[1]) and not np.array_equal(few[0], few[2])
    one = world.evolve(lambda g, x: -((x - 3) ** 2).sum(axis=1), 1, generations=40, population=8)
    np.testing.assert_allclose(one, [3.0], atol=1e-2)
    with pytest.raises(DataError, match="1 that are not finite"):
        world.evolve(lambda g, x: np.where(np.arange(8) == 3, np.nan, 0.0), 2, generations=1,
                     population=8)  # fmt: skip


@needs_cma
def test_processes_score_as_one_does() -> None:
    def fit(workers: int) -> world.Fitted:
        return world.fit_controller(
            Corridor, world.RawPixels((1, 5, 1)), generations=2, population=5, episodes=3,
            workers=workers,
        )  # fmt: skip

    one, two = fit(1), fit(2)
    assert one.steps.tolist() == two.steps.tolist() == [5 * 3 * 8, 2 * 5 * 3 * 8]
    np.testing.assert_allclose(one.controller.weights, two.controller.weights)


@needs_cma
def test_the_best_controller_of_a_known_environment_is_found() -> None:
    def fit(seed: int) -> world.Fitted:
        return world.fit_controller(
            Corridor, world.RawPixels((1, 5, 1)), generations=25, population=16, episodes=5,
            seed=seed,
        )  # fmt: skip

    state = np.random.get_state()[1].copy()
    fitted = fit(0)
    assert np.array_equal(np.random.get_state()[1], state)  # of others' numbers none is drawn
    policy = world.Agent(world.RawPixels((1, 5, 1)), fitted.controller, 3)
    played = world.play(Corridor, policy, episodes=100, seed=1)
    best = [Corridor.best(seed) for seed in seeds.episode_seeds(1, seeds.PLAYING, 0, 100)]
    assert played.returns.tolist() == best
    assert fitted.steps[-1] == 25 * 16 * 5 * 8 and len(fitted.returns) == 25
    assert np.array_equal(fit(0).controller.weights, fitted.controller.weights)
