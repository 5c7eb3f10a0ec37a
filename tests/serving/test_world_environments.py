"""Environments of gymnasium by name, where they are installed; the commands; agents in folders."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from toy_worlds import Corridor

import vaezoo
from vaezoo import world
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError, DamagedFileError, MissingExtraError, UnknownNameError
from vaezoo.protocols import Array
from vaezoo.world import environments
from vaezoo.world.cartpole import draw_cart_and_pole
from vaezoo.zoo import index as zoo_index

ROOT = Path(__file__).parents[2]
AGENTS = sorted(path.parents[1].name for path in ROOT.glob("export/*/agent/agent.json"))
GAME, POLE = "minatar_breakout", "cartpole"


def need(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: the extra control, or beside it")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def wrote(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def episode(environment: world.Environment, seed: int) -> tuple[Array, list[float]]:
    """Its frames and rewards, by a policy that does not look."""
    actions = np.random.default_rng(seed).integers(environment.num_actions, size=60)
    frames, rewards = [environment.reset(seed)], []
    for action in actions.tolist():
        frame, reward, done = environment.step(action)
        frames.append(frame)
        rewards.append(reward)
        if done:
            break
    return np.stack(frames), rewards


@pytest.mark.parametrize("name", environments.ENVIRONMENTS)
def test_one_seed_is_one_episode(name: str) -> None:
    need("gymnasium", name.split("_")[0] if "_" in name else "gymnasium")
    one, other = world.make(name), world.make(name)
    frames, rewards = episode(one, 7)
    assert frames.dtype == np.float32 and frames.shape[1:] == one.frame_shape
    assert frames.min() >= 0 and frames.max() <= 1
    if environments.is_binary(name):
        assert set(np.unique(frames)) == {0, 1}
    for seed in range(3):  # whatever was played before changes nothing
        episode(other, seed)
    again, rewards_again = episode(other, 7)
    assert np.array_equal(frames, again) and rewards == rewards_again
    assert any(not np.array_equal(frames[0], one.reset(seed)) for seed in range(8, 40)) or any(
        not np.array_equal(frames, episode(one, seed)[0]) for seed in range(8, 12)
    )


def test_sticky_actions_do_not_outlive_an_episode() -> None:
    need("gymnasium", "minatar")
    environment = world.make(GAME)
    firsts = []
    for last in (1, 2):  # the last action of the episode before: left, then right
        environment.reset(0)
        environment.step(last)
        firsts.append([])
        for seed in range(60):  # in a tenth of them the first action is not what was chosen
            environment.reset(0)
            environment.step(last)
            environment.reset(seed)
            firsts[-1].append(environment.step(0)[0])
    assert np.array_equal(firsts[0], firsts[1])


def test_the_small_picture_is_that_of_gymnasium() -> None:
    need("gymnasium", "pygame")
    from gymnasium.envs.classic_control.cartpole import CartPoleEnv

    env = CartPoleEnv(render_mode="rgb_array")
    env.reset(seed=0)
    for angle in (-0.2, -0.05, 0.0, 0.1, 0.2):
        state = np.array([0.0, 0.0, angle, 0.0])
        env.state = state
        picture = np.asarray(env.render()).mean(axis=2)
        picture[300:302] = 255  # the track
        # As in gymnasium: 125 pixels a metre; the small one shows 1 m × 1.25 m above the bottom of
        # the cart, which is 85 pixels above the bottom.
        part = 1 - picture[400 - 85 - 156 : 400 - 85, 300 - 62 : 300 + 63] / 255
        small = np.asarray(
            Image.fromarray((part > 0.2).astype(np.float32)).resize((16, 20), Image.Resampling.BOX)
        )
        drawn = draw_cart_and_pole(state)[..., 0]
        assert np.corrcoef(small.ravel(), drawn.ravel())[0, 1] > 0.97, angle


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"'cartpole' needs gymnasium.*vaezoo\[control\]"):
        world.make("cartpole")
    with pytest.raises(MissingExtraError, match=r"needs cma.*vaezoo\[control\]"):
        world.evolve(lambda number, x: x[:, 0], 2, generations=1)
    known = {"gymnasium"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in known or None)
    with pytest.raises(MissingExtraError, match=r"'minatar_breakout' needs minatar, .*\[minatar\]"):
        world.make(GAME)


def digits_room() -> Corridor:
    """Cells that look like digits, for the shipped model to see."""
    pictures = vaezoo.load("digits_vae").generate(Corridor.CELLS, seed=0)

    class Room(Corridor):
        name, frame_shape = "room", (8, 8, 1)

        def _frame(self) -> Array:
            return pictures[self._place]

    return Room()


def test_an_agent_comes_back_from_its_folder(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "ENVIRONMENTS", {"room": lambda name: digits_room()})
    features = world.ModelFeatures(vaezoo.load("digits_vae"))
    controller = world.LinearController(rng.normal(size=(3, 8)), rng.normal(size=3))
    world.save_agent(tmp_path / "agent", features, controller, "room", limit=6)
    saved = world.load_agent(tmp_path / "agent")
    assert (saved.environment, saved.limit) == ("room", 6)
    expected = world.play("room", world.Agent(features, controller, 3), episodes=5, limit=6)
    found = world.play("room", saved.agent, episodes=5, limit=6)
    assert found.returns.tolist() == expected.returns.tolist()
    text = wrote("world", "play", tmp_path / "agent", "--episodes", 5, "-o", tmp_path / "play.gif")
    assert text.startswith(f"room: return {expected.returns.mean():.2f} ± ")
    with Image.open(tmp_path / "play.gif") as gif:
        assert gif.n_frames <= 6 and gif.width > 1.7 * gif.height  # beside its reconstruction
        assert 120 < gif.height <= 160  # large enough to be seen
    (tmp_path / "agent" / "controller.npz").write_bytes(b"other")
    with pytest.raises(DamagedFileError, match="not the file that was exported"):
        world.load_agent(tmp_path / "agent")
    with pytest.raises(UnknownNameError, match=r"has no agent: there is no .*agent\.json"):
        world.load_agent(tmp_path)
    with pytest.raises(ConfigError, match=r"frames of shape \[1, 5, 1\], the model sees \[8, 8, 1"):
        world.fit_controller(Corridor, features, generations=1, population=4)


def test_an_agent_of_an_export(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees with the export around it, by the export's or the run's name, and not with a copy."""
    monkeypatch.setattr(environments, "ENVIRONMENTS", {"room": lambda name: digits_room()})
    export = tmp_path / "run" / "export"
    shutil.copytree(vaezoo.load("digits_vae").folder, export)
    features = world.ModelFeatures(vaezoo.load(export))
    controller = world.LinearController(rng.normal(size=(3, 8)), rng.normal(size=3))
    world.save_agent(export / "agent", features, controller, "room", limit=6)
    assert sorted(path.name for path in (export / "agent").iterdir()) == [
        "agent.json",
        "controller.npz",
    ]
    agent = world.Agent(features, controller, 3)
    expected = world.play("room", agent, episodes=5, limit=6).returns.tolist()
    monkeypatch.chdir(export / "agent")
    for name in (tmp_path / "run", export, export / "agent", "."):
        saved = world.load_agent(name)
        assert saved.model is not None and saved.model.folder == export
        assert world.play("room", saved.agent, episodes=5, limit=6).returns.tolist() == expected
    index = zoo_index.build(_zoo_of(tmp_path, export))["digits_vae"]
    assert {"agent/agent.json", "agent/controller.npz"} <= set(index.parts["export"])
    facts = world.AgentFacts.read(export / "agent")
    assert (facts.environment, facts.limit, facts.earned) == ("room", 6, None)
    world.save_agent(
        export / "agent", features, controller, "room", limit=6, returns=np.array([1.0, 2, 3, 4])
    )
    earned = world.AgentFacts.read(export / "agent").earned
    assert earned == world.Earned(2.5, pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2), 4)
    entry = json.loads((export / "agent" / "agent.json").read_text())
    for wrong in ({"mean": "x"}, [1], {**entry["earned"], "num_episodes": 0}):
        (export / "agent" / "agent.json").write_text(json.dumps({**entry, "earned": wrong}))
        with pytest.raises(DamagedFileError, match="describes no agent"):
            world.load_agent(export)


def _zoo_of(folder: Path, export: Path) -> Path:
    shutil.copytree(export, folder / "zoo" / "export" / "digits_vae")
    return folder / "zoo"


def test_collect_train_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("gymnasium", "cma")
    monkeypatch.chdir(tmp_path)
    text = wrote("world", "collect", POLE, "-n", 300)
    assert "frames of 20 × 16 × 2 in" in text and f"vaezoo train --data data/{POLE}" in text
    fit = ["world", "train", POLE, "--generations", 2, "--population", 4, "--episodes", 2]
    for features in ("pixels", "pca"):
        wrote(*fit, "--features", features, "--size", 6, "--limit", 50, "--out", features)
        text = wrote("world", "play", features, "--episodes", 3, "-o", "play.gif")
        assert text.startswith(f"{POLE}: return ")
    assert (
        wrote("world", "play", "pca", "--seed", 1).split(",")[0]
        == (wrote("world", "play", "pca", "--seed", 1).split(",")[0])
    )
    wrote("world", "collect", POLE, "-n", 100, "--policy", "pca", "--out", "better")
    for arguments, message in (
        (["collect", "cartpol"], "did you mean 'cartpole'"),
        (["collect", POLE, "--seed", 1], "holds episodes with seed 0, asked for are such with 1"),
        (["train", POLE, "--model", "digits_vae"], "the model sees [8, 8, 1]"),
        (["train", POLE, "--model", "digits_vae", "--features", "pca"], "give one of them"),
        (["play", "nobody"], "unknown preset 'nobody'"),
        (["play", "digits_vae"], "digits_vae has no agent"),
        (["train", POLE, "--model", "digits_vae", "--dream"], "give --memory"),
        (["train", POLE, "--temperature", 2], "give --dream, too"),
        (["play", "pca", "-o", "play.mp4"], "expected a name that ends in .gif"),
    ):
        result = run("world", *arguments)
        assert result.exit_code == 1 and result.stderr.count("\n") == 1, result.output
        assert message in result.stderr


@pytest.mark.parametrize("name", AGENTS)
def test_agents_of_presets_play(name: str) -> None:
    """A short episode, without TensorFlow, in which they earn more than actions at random."""
    saved = world.load_agent(ROOT / "export" / name)
    need("gymnasium", *saved.environment.split("_")[:1] * ("_" in saved.environment))
    played = world.play(saved.environment, saved.agent, episodes=4, seed=3, limit=40)
    by_chance = world.RandomPolicy(saved.agent.num_actions)
    other = world.play(saved.environment, by_chance, episodes=4, seed=3, limit=40)
    assert played.returns.mean() > other.returns.mean()
    card = (ROOT / "saved_models" / name / "README.md").read_text(encoding="utf-8")
    earned = world.AgentFacts.read(saved.folder).earned
    assert earned is not None and f"vaezoo world play {name} -o play.gif" in card
    assert f"mean return is {earned.mean:.2f} ± {earned.standard_error:.2f}" in card
