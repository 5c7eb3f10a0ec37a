"""Recipes that are chosen for data, how their trainings end, and what is said about them."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_helpers import fresh_process

from vaezoo.errors import ConfigError, DamagedFileError, DataError
from vaezoo.training import choose, cooldown, run, symptoms
from vaezoo.training.auto import as_recipe
from vaezoo.training.cooldown import Ending, decide
from vaezoo.training.recipe import Recipe, from_dict, load_recipe, to_dict
from vaezoo.training.recipe_tables import Training


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 rows of six columns in different units, of two traits."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6)) + 0.3 * rng.normal(size=(300, 6))
    path = tmp_path_factory.mktemp("data") / "table.npy"
    np.save(path, x * np.logspace(-3, 6, 6))
    return path


def chosen(tmp_path: Path, x: np.ndarray, **options: object) -> Recipe:
    np.save(tmp_path / "x.npy", x)
    return choose(tmp_path / "x.npy", **options)[0]


def test_each_kind_has_its_likelihood_and_network(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cases = [
        (rng.random((50, 9)) < 0.5, "bernoulli", "mlp"),
        (rng.poisson(1.0, (50, 9)).astype(np.float32), "negative_binomial", "mlp"),
        (rng.normal(size=(50, 9)) * np.logspace(0, 4, 9), "normal", "mlp"),
        (rng.normal(size=(50, 9)), "normal", "mlp"),
        (rng.integers(0, 256, (50, 8, 8, 1)).astype(np.uint8), "normal", "mlp"),
        (rng.integers(0, 256, (50, 32, 32, 3)).astype(np.uint8), "normal", "conv"),
    ]
    for x, likelihood, network in cases:
        model = chosen(tmp_path, x).model
        assert (model["likelihood"]["name"], model["network"]["name"]) == (likelihood, network)
        assert model["network"]["shortcut"]
    for place, standardise in ((2, "per_dimension"), (3, "shared"), (4, "shared")):
        own = chosen(tmp_path, cases[place][0]).model["likelihood"]
        assert own["standardise"] == standardise


def test_latents_hold_most_of_the_variance(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 40)) + 0.01 * rng.normal(size=(500, 40))
    assert chosen(tmp_path, x).model["latent_dim"] == 4
    noise = rng.normal(size=(500, 4, 10))
    assert chosen(tmp_path, noise).model["latent_dim"] == 16  # half of the values at most
    assert chosen(tmp_path, noise[:30]).model["latent_dim"] == 2


def test_latents_of_tables_are_not_for_noise(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 40))
    for noise, expected in ((0.01, 4), (2.5, 4), (1e3, 1)):
        x = signal + noise * rng.normal(size=(500, 40))
        assert chosen(tmp_path, x).model["latent_dim"] == expected


def test_what_the_user_gives_is_not_chosen(table: Path) -> None:
    overrides = ["model.likelihood=laplace", "model.network.hidden=[7]", "training.patience=3"]
    recipe, choices, _ = choose(table, minutes=3, overrides=overrides)
    keys = {choice.key for choice in choices}
    assert recipe.model["likelihood"] == "laplace" and "model.likelihood" not in keys
    assert recipe.model["network"] == {"name": "mlp", "hidden": [7], "shortcut": True}
    assert recipe.training.patience == 3 and recipe.training.minutes == 3.0
    assert all(choice.reason and choice.key in choice.text for choice in choices)
    assert from_dict(to_dict(recipe)) == recipe  # an ordinary recipe


def test_it_needs_no_tensorflow(table: Path) -> None:
    code = f"import sys; from vaezoo.training import choose; choose({str(table)!r})"
    assert "yes" in fresh_process(f"{code}; print('no' if 'tensorflow' in sys.modules else 'yes')")


def test_unusable_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="channels first"):
        chosen(tmp_path, np.zeros((20, 3, 16, 16), np.uint8))


# ── how it ends ───────────────────────────────────────────────────────────────


def test_patience_minutes_and_epochs_end_it() -> None:
    rising, falling = [1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]
    second = [1.0] * 4
    limits = Training(epochs=50, patience=3, minutes=1.0)
    assert decide(rising, second, limits) is None
    assert decide(falling, second, limits) == Ending(4, 5, "patience")
    assert decide(rising, second, Training(epochs=5)) == Ending(4, 5, "epochs")
    # Ten seconds an epoch: after four, two more fit into a minute, whatever the first one took.
    ten = [10.0] * 4
    assert decide(rising, ten, limits) is None
    assert decide([*rising, 5.0], [99.0, *ten], limits) == Ending(5, 6, "minutes")
    assert decide([1.0], [1000.0], limits) is None  # it compiled


def test_an_ending_always_leaves_room_for_the_cooldown() -> None:
    for epochs in range(2, 60):
        values: list[float] = []
        ending = None
        while ending is None:
            values.append(float(len(values)))
            ending = decide(values, [1.0] * len(values), Training(epochs=epochs))
        assert ending.epochs == epochs and 0 < epochs - ending.after <= epochs / 4 + 1
        shares = [ending.share(epoch) for epoch in range(epochs)]
        assert shares[: ending.after] == [1.0] * ending.after and 0 < shares[-1] < 1


def test_limits_need_the_cooldown() -> None:
    with pytest.raises(ConfigError, match="minutes needs optimizer"):
        load_recipe("digits", ["training.minutes=1", "optimizer.schedule=cosine"])
    with pytest.raises(ConfigError, match="warmup_epochs"):
        load_recipe("own", ["optimizer.schedule=cooldown", "optimizer.warmup_epochs=1"])


def test_a_damaged_ending(tmp_path: Path) -> None:
    (tmp_path / cooldown.ENDING).write_text('{"after": -1}')
    with pytest.raises(DamagedFileError, match="does not say how the training ends"):
        cooldown.read(tmp_path)


# ── what is said ──────────────────────────────────────────────────────────────


def rows_of(elbos: list[float], kl: float = 5.0) -> list[dict[str, float]]:
    return [{"epoch": n + 1.0, "val_elbo": e, "val_kl": kl} for n, e in enumerate(elbos)]


def test_symptoms_in_a_log() -> None:
    healthy = rows_of([1.0, 2.0, 3.0, 3.5, 3.4, 3.6])
    assert symptoms.of_rows(healthy) == []
    (collapse,) = symptoms.of_rows(rows_of([1.0, 2.0, 3.0, 3.5, 3.6], kl=0.01))
    assert "posterior collapse: z holds 0.01 nats" in collapse
    (worse,) = symptoms.of_rows(rows_of([1.0, 9.0, 3.0, 0.5, 0.1]))
    assert "at its lowest, 0.1, after 9 in epoch 2" in worse


def test_a_loss_that_was_still_falling() -> None:
    rising = rows_of([float(n) for n in range(10)])
    training = Training(epochs=50, minutes=20.0)
    (text,) = symptoms.of_ending(rising, Ending(8, 10, "minutes"), training)
    assert "rising, by 2 nats" in text and "--minutes 30 promises more" in text
    assert symptoms.of_ending(rising, Ending(8, 10, "patience"), training) == []
    flat = rows_of([0.0, 9.0, 10.0, 10.0, 10.1, 10.1, 10.1, 10.1, 10.1, 10.1])
    assert symptoms.of_ending(flat, Ending(8, 10, "minutes"), training) == []


def test_worse_than_a_baseline() -> None:
    figure = {"mean": 2.0, "standard_error": None}
    better = {"mean": 1.0, "standard_error": None}
    metrics = {
        "mean_squared_error": figure,
        "log_likelihood": better,
        "baselines": {
            "pca": {"latent_dim": 7, "mean_squared_error": better},
            "probabilistic_pca": {"log_likelihood": figure},
            "independent": {"log_likelihood": better},
        },
    }
    error, likelihood = symptoms.of_baselines(metrics)
    assert "2 is above the 1 of PCA with 7 components" in error
    assert "1.00 is below the 2.00 of probabilistic PCA" in likelihood
    assert symptoms.of_baselines(metrics, of_counts=True) == [likelihood]


def test_a_recipe_by_name() -> None:
    assert as_recipe("auto", "digits") == choose("digits")[0]
    assert as_recipe("digits") == load_recipe("digits")
    assert as_recipe("mnist_vae", "digits").data.name == "digits"
    with pytest.raises(ConfigError, match=r'train\("auto", out, data=…\)'):
        as_recipe("auto")
    with pytest.raises(ConfigError, match="a recipe with data of its own, 'digits'"):
        as_recipe(load_recipe("digits"), "mnist")


# ── one run ───────────────────────────────────────────────────────────────────

QUICK = ["training.epochs=6", "model.network.hidden=[8]", "evaluation.num_samples=20"]
KILLED = """
import os, signal, sys
from vaezoo.training import callbacks, recipe, run
write_weights = callbacks.write_weights
def killer(model, path):
    # in the fifth epoch, after the decision, before the commit
    if path.name == callbacks.LAST.format(5):
        os.kill(os.getpid(), signal.SIGKILL)
    write_weights(model, path)
callbacks.write_weights = killer
run.train(recipe.load_recipe(sys.argv[1]), sys.argv[2], progress=False)
"""


@pytest.mark.slow
def test_a_run_beats_its_baselines_and_resumes(table: Path, tmp_path: Path) -> None:
    recipe, _, _ = choose(table, overrides=QUICK)
    out = tmp_path / "run"
    metrics = run.train(recipe, out, progress=False)
    known = metrics["baselines"]
    assert known["of"].startswith("density")
    for name in ("probabilistic_pca", "independent"):
        assert metrics["log_likelihood"]["mean"] > known[name]["log_likelihood"]["mean"]
    own = metrics["scaled_squared_error"]["mean"]
    assert own < 1.3 * known["pca"]["scaled_squared_error"]["mean"] < 0.2
    assert cooldown.read(out) == Ending(4, 6, "epochs") or cooldown.read(out).epochs == 6
    assert "PCA" in (out / "README.md").read_text()
    assert json.loads((out / "metrics.json").read_text())["warnings"] == metrics["warnings"]

    again = tmp_path / "again"
    command = [sys.executable, "-c", KILLED, str(out / "recipe.toml"), str(again)]
    assert subprocess.run(command, check=False, timeout=600).returncode == -signal.SIGKILL
    run.train(recipe, again, progress=False)
    first, second = (np.genfromtxt(p / "log.csv", delimiter=",", names=True) for p in (out, again))
    np.testing.assert_array_equal(first["val_elbo"], second["val_elbo"])
    assert dataclasses.asdict(cooldown.read(again)) == dataclasses.asdict(cooldown.read(out))
