"""Models of sequences: what all share, and the memory with its density, export and dreams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from vaezoo.distributions import normal_mixture
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.export import export_memory
from vaezoo.metrics.transitions import Transitions, last_frame, linear
from vaezoo.sequences import MixtureDensityMemory, RecurrentStateSpaceVAE, SequenceModel
from vaezoo.world import ExportedMemory, dream

N, T, D, A = 6, 4, 2, 3
Sequences = dict[str, np.ndarray]


@pytest.fixture
def episodes(rng: np.random.Generator) -> Sequences:
    return {
        "z": rng.normal(size=(N, T, D)),
        "action": rng.integers(0, A, (N, T)),
        "reward": rng.normal(size=(N, T)),
        "done": np.zeros((N, T)),
    }


def memory(**changes: Any) -> MixtureDensityMemory:
    keras.utils.set_random_seed(0)
    arguments = {"state_dim": 5, "num_components": 2, "seed": 3} | changes
    return MixtureDensityMemory(D, A, **arguments)


def state_space(**changes: Any) -> RecurrentStateSpaceVAE:
    keras.utils.set_random_seed(0)
    sizes = {"state_dim": 5, "feature_dim": 3, "hidden": [4], "seed": 3}
    network = {"name": "mlp", "hidden": [4]}
    likelihood = {"name": "normal", "scale": 0.5}
    arguments = {**sizes, "network": network, "likelihood": likelihood, **changes}
    return RecurrentStateSpaceVAE((D,), A, 2, **arguments)


MODELS = {"memory": memory, "state_space": state_space}


def of(model: SequenceModel, sequences: Sequences) -> Sequences:
    """The same sequences, as the model calls them."""
    names = {"z": model.observed}
    return {names.get(name, name): array for name, array in sequences.items()}


def eager(model: SequenceModel) -> SequenceModel:
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), run_eagerly=True)
    return model


# ── all models ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_gets_a_gradient_and_padding_none(name: str, episodes: Sequences) -> None:
    model = MODELS[name]()
    short = {key: array[:, :3] for key, array in episodes.items()}
    ends = {key: np.concatenate([array, array[:, :1]], 1) for key, array in short.items()}
    ends["mask"] = np.tile([1.0, 1, 1, 0], (N, 1))
    for key in ("z", "reward"):
        ends[key][:, 3] = np.nan  # padding may hold anything
    found = []
    for sequences in (short, ends):
        parts = {k: tf.constant(v) for k, v in model.check(of(model, sequences)).items()}
        with tf.GradientTape() as tape:
            trace = model.trace(parts, seed=tf.constant([0, 1]))
            loss = trace.over_examples(-trace.mean(trace.log_likelihood))
        found.append((loss, tape.gradient(loss, model.trainable_weights), trace))
    if name == "memory":  # without noise, which has the shape of the batch
        for one, other in zip(found[0][1], found[1][1], strict=True):
            assert one is not None and np.abs(one).max() > 0
            np.testing.assert_allclose(one, other, atol=1e-6)
    else:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.objective.loss(found[0][2]))
        assert found[0][2].kl().shape == (N * 3,) and np.isfinite(loss)


@pytest.mark.parametrize("name", MODELS)
def test_padding_and_batches_do_not_change_figures(name: str, episodes: Sequences) -> None:
    model = eager(MODELS[name]())
    long = {key: np.concatenate([array, array], axis=1) for key, array in episodes.items()}
    long["mask"] = np.tile(np.repeat([1.0, 0.0], T), (N, 1))
    long["done"][:, T - 1] = 1
    episodes["done"][:, T - 1] = 1
    if name == "memory":
        plain = model.evaluate(of(model, episodes), verbose=0, return_dict=True)
        padded = model.evaluate(of(model, long), verbose=0, return_dict=True)
        assert plain == pytest.approx(padded, abs=1e-5)
    several = [
        model.evaluate(of(model, long), batch_size=size, verbose=0, return_dict=True)
        for size in (2, 5)
    ]
    assert several[0] == pytest.approx(several[1], abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_going_on_after_saving(name: str, episodes: Sequences, tmp_path: Path) -> None:
    one, other = eager(MODELS[name]()), eager(MODELS[name]())
    one.fit(of(one, episodes), epochs=2, batch_size=3, verbose=0)
    other.fit(of(other, episodes), epochs=1, batch_size=3, verbose=0)
    other.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.get_config() == other.get_config()
    loaded.run_eagerly = True
    loaded.fit(of(loaded, episodes), epochs=1, batch_size=3, verbose=0)
    for here, there in zip(one.weights, loaded.weights, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-6)


def test_configs_with_other_values() -> None:
    reward = {"name": "normal", "scale": "shared"}
    for model in (memory(reward=reward, dtype="mixed_bfloat16"), state_space(posterior="residual")):
        copy = type(model).from_config(model.get_config())
        assert copy.get_config() == model.get_config()
        assert [w.shape for w in copy.weights] == [w.shape for w in model.weights]


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no action": ({"action": None}, DataError, "no 'action'"),
    "no reward": ({"reward": None}, DataError, "no 'reward'"),
    "another name": ({"rewards": np.zeros((N, T))}, UnknownNameError, "did you mean 'reward'"),
    "another size": ({"z": np.zeros((N, T, D + 1))}, DataError, r"z has shape \[6, 4, 3\]"),
    "one step": ({"z": np.zeros((N, 1, D))}, DataError, "expected"),
    "NaN": ({"reward": np.full((N, T), np.nan)}, DataError, "reward has NaN"),
    "an action too many": ({"action": np.full((N, T), A)}, DataError, "from 0 to 2"),
    "length 1": ({"mask": np.eye(1, T).repeat(N, 0)}, DataError, "fewer than 2 steps, first 0"),
    "a gap": ({"mask": np.tile([1, 0, 1, 1], (N, 1))}, DataError, "a 1 after a 0"),
    "after the end": ({"done": np.eye(1, T).repeat(N, 0)}, DataError, "go on after done"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_sequences(case: str, episodes: Sequences) -> None:
    changes, error, message = WRONG[case]
    sequences = {k: v for k, v in (episodes | changes).items() if v is not None}
    if case == "one step":
        sequences = {k: v[:, :1] for k, v in sequences.items()}
        message = "fewer than 2 steps"
    model = eager(memory())
    with pytest.raises(error, match=message):
        model.fit(sequences, verbose=0)


def test_wrong_calls(episodes: Sequences) -> None:
    with pytest.raises(ConfigError, match="not compiled"):
        memory().fit(episodes)
    with pytest.raises(DataError, match="expected a dictionary"):
        eager(memory()).fit(episodes["z"])
    with pytest.raises(ConfigError, match="validation_split= has no meaning"):
        eager(memory()).fit(episodes, validation_split=0.5)
    with pytest.raises(ConfigError, match="num_components"):
        memory(num_components=0)
    with pytest.raises(UnknownNameError, match="objective"):
        state_space(objective="importance_weighted")
    with pytest.raises(DataError, match="values from -1 to -1: a RecurrentStateSpaceVAE"):
        model = eager(state_space(likelihood="bernoulli"))
        model.fit({"x": -np.ones((N, T, D)), "action": episodes["action"]})


# ── the memory ────────────────────────────────────────────────────────────────


def test_the_mixture_integrates_to_one(rng: np.random.Generator) -> None:
    raw = rng.normal(size=(3, 3, 2)).astype(np.float32)
    density = normal_mixture(raw, 2 * raw[::-1], tf.exp(raw / 2))
    line = np.linspace(-20, 20, 801, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 1, 2)
    mass = np.exp(density.log_prob(grid).numpy()).sum(axis=0) * (line[1] - line[0]) ** 2
    np.testing.assert_allclose(mass, 1, atol=1e-4)


def test_log_prob_is_that_of_the_steps(episodes: Sequences) -> None:
    model, z = memory(), episodes["z"].astype(np.float32)
    actions, state = np.eye(A, dtype=np.float32)[episodes["action"]], memory().initial_state(N)
    found = model.log_prob(episodes)
    for t in range(T - 1):
        p = model.step(z[:, t], actions[:, t], state)
        each = stats.norm.pdf(z[:, t + 1, None], p.means, p.scales) * np.exp(p.log_weights)
        np.testing.assert_allclose(found[:, t], np.log(each.sum(1)).sum(1), atol=1e-4)
        state = p.next_state


def test_figures_are_sums_of_what_a_step_predicts(episodes: Sequences) -> None:
    model = eager(memory())
    figures = model.evaluate(episodes, verbose=0, return_dict=True)
    z = model.log_prob(episodes).sum() / (N * T)
    assert figures["z_log_likelihood"] == pytest.approx(z, abs=1e-5)
    first = model.step(episodes["z"][:, 0], np.eye(A)[episodes["action"][:, 0]], np.zeros((N, 5)))
    parts = {key: array[:, :2] for key, array in episodes.items()}
    state = model.step(
        parts["z"][:, 1], np.eye(A)[parts["action"][:, 1]], first.next_state
    )  # of the last step
    rewards = np.stack([first.reward, state.reward], axis=1)
    expected = stats.norm.logpdf(parts["reward"], rewards, 1).mean()
    found = model.evaluate(parts, verbose=0, return_dict=True)
    assert found["reward_log_likelihood"] == pytest.approx(expected, abs=1e-5)
    total = sum(found[name] for name in model.reports)
    assert found["log_likelihood"] == pytest.approx(total, abs=1e-5) == -found["loss"]


def test_dreams_are_the_same_in_both_runtimes(episodes: Sequences, tmp_path: Path) -> None:
    model = memory()
    export_memory(model, tmp_path / "export", preset="mine", weights_sha256="0" * 64)
    exported = ExportedMemory(tmp_path / "export")
    assert (exported.latent_dim, exported.num_actions, exported.size) == (D, A, 5)

    def act(z: np.ndarray, state: np.ndarray) -> np.ndarray:
        return (z[:, 0] > state[:, 0]).astype(int)

    dreams = [dream(m, episodes["z"][:, 0], act, 20, seed=7) for m in (model, exported)]
    assert dreams[0].z.shape[1] > 4
    for name in ("z", "reward", "state", "done", "mask"):
        one, other = (getattr(each, name) for each in dreams)
        np.testing.assert_allclose(one, other, atol=1e-5)
    with pytest.raises(DataError, match="z has 2 rows, action has 1 rows"):
        exported.step(np.zeros((2, D)), np.eye(A)[:1], exported.initial_state(2))
    with pytest.raises(DataError, match=r"state has shape \[1, 4\]"):
        exported.next_state(np.zeros((1, D)), np.eye(A)[:1], np.zeros((1, 4)))
    changed = tmp_path / "export" / "step.onnx"
    changed.write_bytes(changed.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match="not the file that was exported"):
        ExportedMemory(tmp_path / "export").step(
            np.zeros((1, D)), np.eye(A)[:1], exported.initial_state(1)
        )


@pytest.mark.slow
def test_the_memory_learns_what_a_linear_predictor_cannot(rng: np.random.Generator) -> None:
    """A walk whose direction only the action's sign decides, times the sign of the last z."""
    z, action = np.zeros((256, 12, 1)), rng.integers(0, 2, (256, 12))
    for t in range(11):
        turn = np.where(action[:, t] == 1, 1, -1) * np.abs(z[:, t, 0])
        z[:, t + 1, 0] = 0.5 * turn + rng.normal(size=256)
    rest = {"reward": np.zeros(z.shape[:2]), "done": np.zeros(z.shape[:2])}
    train = {"z": z[:200], "action": action[:200], **{k: v[:200] for k, v in rest.items()}}
    test = {"z": z[200:], "action": action[200:], **{k: v[200:] for k, v in rest.items()}}
    keras.utils.set_random_seed(0)
    model = MixtureDensityMemory(1, 2, state_dim=16, num_components=2, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(train, epochs=60, batch_size=50, verbose=0)
    rows = [Transitions.of(part["z"], np.eye(2)[part["action"]]) for part in (train, test)]
    floor, straight = (predict(*rows).mean() for predict in (last_frame, linear))
    best = stats.norm.logpdf(rng.normal(size=100_000)).mean()
    assert floor < straight - 0.05 < model.log_prob(test).mean() - 0.05 < best + 0.1
