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


@pytest.fixture(scope="module")
def compiled() -> SequenceModel:
    return eager(memory())


# ── all models ────────────────────────────────────────────────────────────────


def padded(sequences: Sequences) -> Sequences:
    """The same with a step more, which holds anything."""
    long = {key: np.concatenate([array, array[:, :1]], 1) for key, array in sequences.items()}
    long["z"][:, -1], long["reward"][:, -1], long["action"][:, -1] = np.nan, np.inf, 99
    size = sequences["done"].shape
    return long | {"mask": np.concatenate([np.ones(size), np.zeros((size[0], 1))], axis=1)}


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_gets_a_gradient(name: str, episodes: Sequences) -> None:
    model = MODELS[name]()
    parts = {k: tf.constant(v) for k, v in model.check(of(model, episodes)).items()}
    with tf.GradientTape() as tape:
        trace = model.trace(parts, seed=0)
        loss = trace.over_examples(model.objective.loss(trace))
    for gradient in tape.gradient(loss, model.trainable_weights):
        assert gradient is not None and np.abs(gradient).max() > 0


def test_padding_counts_for_nothing(episodes: Sequences) -> None:
    models = [eager(memory()), eager(memory())]
    figures = [
        model.train_on_batch(sequences, return_dict=True)
        for model, sequences in zip(models, (episodes, padded(episodes)), strict=True)
    ]
    assert figures[0] == pytest.approx(figures[1], abs=1e-5)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_batches_and_padding_do_not_change_bounds(episodes: Sequences) -> None:
    model = eager(state_space())
    sequences = of(model, padded({key: array[:3, :2] for key, array in episodes.items()}))
    all_at_once, in_two = (
        model.evaluate(sequences, batch_size=size, verbose=0, return_dict=True) for size in (3, 2)
    )
    assert all_at_once == pytest.approx(in_two, abs=1e-5)
    bound = model.elbo(sequences)
    assert np.isnan(bound[:, 2:]).all() and np.isfinite(bound[:, :2]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_going_on_after_saving(name: str, episodes: Sequences, tmp_path: Path) -> None:
    one, other = eager(MODELS[name]()), eager(MODELS[name]())
    episodes = {key: array[:4, :3] for key, array in episodes.items()}
    one.fit(of(one, episodes), epochs=2, batch_size=2, verbose=0)
    other.fit(of(other, episodes), epochs=1, batch_size=2, verbose=0)
    other.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.get_config() == other.get_config()
    loaded.run_eagerly = True
    loaded.fit(of(loaded, episodes), epochs=1, batch_size=2, verbose=0)
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
def test_wrong_sequences(case: str, compiled: SequenceModel, episodes: Sequences) -> None:
    changes, error, message = WRONG[case]
    sequences = {k: v for k, v in (episodes | changes).items() if v is not None}
    if case == "one step":
        sequences = {k: v[:, :1] for k, v in sequences.items()}
        message = "fewer than 2 steps"
    with pytest.raises(error, match=message):
        compiled.fit(sequences, verbose=0)


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
        eager(state_space(likelihood="bernoulli")).fit(
            {"x": -np.ones((N, T, D)), "action": episodes["action"]}
        )


# ── the memory ────────────────────────────────────────────────────────────────


def test_the_mixture_integrates_to_one(rng: np.random.Generator) -> None:
    raw = rng.normal(size=(3, 3, 2)).astype(np.float32)
    density = normal_mixture(raw, 2 * raw[::-1], tf.exp(raw / 2))
    line = np.linspace(-20, 20, 401, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 1, 2)
    mass = np.exp(density.log_prob(grid).numpy().astype(float)).sum(axis=0) * 0.1**2
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
    model, episodes = eager(memory()), {key: array[:, :2] for key, array in episodes.items()}
    found = model.evaluate(episodes, verbose=0, return_dict=True)
    z = model.log_prob(episodes).sum() / (N * 2)  # nothing follows the last step
    actions = np.eye(A)[episodes["action"]]
    first = model.step(episodes["z"][:, 0], actions[:, 0], model.initial_state(N))
    second = model.step(episodes["z"][:, 1], actions[:, 1], first.next_state)
    rewards, logits = (
        np.stack([getattr(first, name), getattr(second, name)], axis=1)
        for name in ("reward", "done_logit")
    )
    parts = {
        "z_log_likelihood": z,
        "reward_log_likelihood": stats.norm.logpdf(episodes["reward"], rewards, 1).mean(),
        "done_log_likelihood": -np.log1p(np.exp(logits)).mean(),
    }
    for name, expected in parts.items():
        assert found[name] == pytest.approx(expected, abs=1e-5)
    assert -found["loss"] == pytest.approx(found["log_likelihood"], abs=1e-5)
    assert found["log_likelihood"] == pytest.approx(sum(parts.values()), abs=1e-5)


def test_dreams_are_the_same_in_both_runtimes(episodes: Sequences, tmp_path: Path) -> None:
    model = memory()

    def act(z: np.ndarray, state: np.ndarray) -> np.ndarray:
        return (z[:, 0] > state[:, 0]).astype(int)

    # episodes rarely end
    model.head.bias.assign(tf.concat([model.head.bias[:-1], [-4.0]], axis=0))
    export_memory(model, tmp_path / "export", preset="mine", weights_sha256="0" * 64)
    exported = ExportedMemory(tmp_path / "export")
    dreams = [dream(m, episodes["z"][:, 0], act, 20, seed=7) for m in (model, exported)]
    assert (exported.latent_dim, exported.num_actions, exported.size) == (D, A, 5)
    assert dreams[0].z.shape[1] > 10
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
