"""Runs: what they leave, how they resume, how they end."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest
from pictures import size_of
from training_helpers import small_recipe

import vaezoo
from vaezoo import datasets, images
from vaezoo.errors import ConfigError, DataError, TrainingDivergedError, UnknownNameError
from vaezoo.models import PCA, VAE
from vaezoo.samplers import fit_to_model
from vaezoo.training import callbacks, fitting, folder, optimizers, publishing, run
from vaezoo.training.building import build_model
from vaezoo.training.picture import picture
from vaezoo.training.recipe import Recipe, from_dict, load_recipe, to_dict
from vaezoo.training.recipe_tables import Data, Evaluation, Optimizer, Reference, Training

KILLED = """
import sys
from vaezoo.training import callbacks, recipe, run
import os, signal, tomllib
write_weights = callbacks.write_weights
def killer(model, path):
    # in the second epoch, after log and best weights, before the commit
    if path.name == callbacks.LAST.format(2):
        os.kill(os.getpid(), signal.SIGKILL)
    write_weights(model, path)
callbacks.write_weights = killer
run.train(recipe.load_recipe(sys.argv[1]), sys.argv[2], progress=False)
"""

GRAPH = Training(epochs=3, jit_compile=False)  # XLA compiles for longer than these epochs take


def weights_of(path: Path) -> list[np.ndarray]:
    model = build_model(small_recipe(), (8, 8, 1))
    model.compile(optimizers.make_optimizer(small_recipe(), 20))
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]


def log_of(run_folder: Path) -> list[dict[str, str]]:
    with open(run_folder / callbacks.LOG, newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_everything(trained: Path) -> None:
    recipe = from_dict(tomllib.loads((trained / folder.RECIPE).read_text()))
    assert recipe == small_recipe()
    rows = log_of(trained)
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert {"loss", "elbo", "val_elbo", "seconds"} <= rows[0].keys()
    metrics = json.loads((trained / folder.METRICS).read_text())
    assert metrics["num_examples"] == 300
    assert metrics["log_likelihood"]["mean"] >= metrics["elbo"]["mean"]
    parts = metrics["reconstruction"]["mean"] - metrics["kl"]["mean"]
    assert metrics["elbo"]["mean"] == pytest.approx(parts, abs=1e-6)
    assert sum(metrics["kl_per_dimension"]) == pytest.approx(metrics["kl"]["mean"], rel=1e-4)
    assert size_of(trained / folder.PICTURE)[0] == 8 * 34 + 2
    card = (trained / folder.CARD).read_text()
    assert f"{metrics['elbo']['mean']:.2f} ± {metrics['elbo']['standard_error']:.2f}" in card
    assert not list(trained.rglob(".*"))  # no temporary file


def test_the_preset_and_its_export_agree(trained: Path) -> None:
    vae, model = VAE.from_preset(trained), vaezoo.load(trained)
    np.testing.assert_allclose(vae.generate(5, seed=3), model.generate(5, seed=3), atol=1e-5)
    x = model.generate(5, seed=4)
    np.testing.assert_allclose(vae(x), model.reconstruct(x), atol=1e-5)
    np.testing.assert_allclose(vae.encode_mean(x), model.encode_mean(x), atol=1e-5)


@pytest.mark.parametrize(("model", "best"), [("VAE", 2), ("Autoencoder", 1), ("VAEGAN", 3)])
def test_which_epoch_is_best(model: str, best: int, tmp_path: Path) -> None:
    made = build_model(small_recipe(model={"name": model, "latent_dim": 2}), (8, 8, 1))
    checkpoints = callbacks.Checkpoints(tmp_path, *callbacks.monitored(made))
    checkpoints.rows = [
        {"epoch": 1, "val_elbo": -3.0, "val_loss": 1.0},
        {"epoch": 2, "val_elbo": -1.0, "val_loss": 2.0},
        {"epoch": 3, "val_elbo": -2.0, "val_loss": 3.0},
    ]
    assert checkpoints.best_epoch() == best


def test_the_preset_holds_the_best_epoch(trained: Path) -> None:
    best = weights_of(trained / callbacks.BEST)
    preset = VAE.from_preset(trained).get_weights()
    for a, b in zip(best, preset, strict=False):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_kill_and_resume_end_with_the_same_weights(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(trained / folder.RECIPE), str(out)], capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in out.glob("last.*")] == ["last.0001.weights.h5"]
    assert not (out / folder.METRICS).exists()
    (out / ".0123abcd.last.0002.weights.h5").touch()  # as a kill in mid-write leaves it
    run.train(small_recipe(), out, progress=False)
    for name in (callbacks.LAST.format(3), callbacks.BEST):
        for a, b in zip(weights_of(trained / name), weights_of(out / name), strict=True):
            np.testing.assert_array_equal(a, b)
    for file in ("model.weights.h5", "config.json", "picture.png"):
        assert (trained / file).read_bytes() == (out / file).read_bytes(), file
    assert not list(out.glob(".*"))
    logs = [log_of(path) for path in (trained, out)]
    for rows in zip(*logs, strict=True):
        a, b = ({k: v for k, v in row.items() if k != "seconds"} for row in rows)
        assert a == b


@pytest.mark.slow
def test_interrupt_ends_in_one_line_and_keeps_the_epochs(tmp_path: Path) -> None:
    out = tmp_path / "interrupted"
    # Started in the background, a process may have been told to ignore Ctrl-C.
    command = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from vaezoo.cli import main; main()"
    )
    arguments = ["train", "digits", "--out", str(out), "--set", "training.epochs=100000"]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", command, *arguments], **pipes) as process:
        try:
            while not list(out.glob("last.*")) and process.poll() is None:
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    last = errors.decode().strip().splitlines()[-1]
    assert last.startswith("Error: interrupted: the same command resumes")
    assert len(list(out.glob("last.*"))) == 1 and not list(out.glob(".*"))


def test_nan_stops_names_the_epoch_and_keeps_the_last_good_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 2:
                self.model.decoder.trainable_weights[0].assign(
                    np.nan * self.model.decoder.trainable_weights[0]
                )

    original = callbacks.StopOnNaN
    monkeypatch.setattr(fitting, "StopOnNaN", type("Both", (Poison, original), {}))
    with pytest.raises(TrainingDivergedError, match=r"in epoch 3: the weights of epoch 2"):
        run.train(small_recipe(training=GRAPH), tmp_path / "r", progress=False)
    (last,) = (tmp_path / "r").glob("last.*")
    assert last.name == "last.0002.weights.h5"
    assert all(np.isfinite(w).all() for w in weights_of(last))


def test_another_recipe_does_not_take_over_a_folder(trained: Path) -> None:
    with pytest.raises(ConfigError, match="holds a run of another recipe"):
        run.train(small_recipe(seed=1), trained, progress=False)


def test_a_finished_run_is_measured_anew_without_training(trained: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(trained, tmp_path / "again"))
    recipe = small_recipe(
        evaluation=Evaluation(num_samples=7),
        references=(Reference("VAE, MLP 2×300", "-84.45 ± 0.12", "Somebody 2020, https://a.b/c"),),
    )
    metrics = run.train(recipe, out, progress=False)
    assert metrics["log_likelihood"]["num_samples"] == 7
    assert (out / "log.csv").read_bytes() == (trained / "log.csv").read_bytes()
    before, after = (json.loads((p / "metadata.json").read_text()) for p in (trained, out))
    assert before["files"] == after["files"]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "-84.45 ± 0.12, VAE, MLP 2×300 (Somebody 2020, https://a.b/c)" in card
    assert load_recipe(out / "recipe.toml") == recipe


def test_a_card_names_what_finds_the_model(trained: Path, tmp_path: Path) -> None:
    """A run is found by its folder, a published preset by its name."""
    card = (trained / folder.CARD).read_text()
    assert f'vaezoo.load("{trained.as_posix()}")' in card
    assert f"vaezoo train {trained.as_posix()}/recipe.toml --out {trained.as_posix()}\n" in card
    publishing.publish(trained, "small", tmp_path)
    card = (tmp_path / "saved_models" / "small" / folder.CARD).read_text()
    assert 'vaezoo.load("digits_vae")' in card and "--out runs/digits_vae\n" in card


@pytest.mark.parametrize(
    ("wanted", "num_examples", "num_replicas", "expected"),
    [(128, 38, 1, 3), (128, 5, 1, 1), (128, 5, 2, 2), (64, 1297, 1, 64), (128, 1280, 1, 128)],
)
def test_few_data_are_cut_into_ten_steps(
    wanted: int, num_examples: int, num_replicas: int, expected: int
) -> None:
    assert fitting._batch_size(wanted, num_examples, num_replicas) == expected


def test_publish_copies_what_others_need(trained: Path, tmp_path: Path) -> None:
    publishing.publish(trained, "small", tmp_path)
    published = {p.name for p in (tmp_path / "saved_models" / "small").iterdir()}
    assert published == {
        "config.json", "metadata.json", "model.weights.h5", "metrics.json", "recipe.toml",
        "picture.png", "README.md",
    }  # fmt: skip
    images = vaezoo.load(tmp_path / "export" / "small").generate(2, seed=0)
    np.testing.assert_array_equal(images, vaezoo.load(trained).generate(2, seed=0))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": {"name": "BetVAE"}}, UnknownNameError, "did you mean 'BetaVAE'"),
        ({"model": {"name": "VAE", "latent": 3}}, ConfigError, "did you mean 'latent_dim'"),
        ({"model": {"name": "VAE", "likelihood": "poison"}}, UnknownNameError, "likelihood"),
        ({"evaluation": Evaluation(sampler="mixtur")}, UnknownNameError, "did you mean 'mixture'"),
        ({"data": Data("digitz")}, UnknownNameError, "did you mean 'digits'"),
        ({"optimizer": Optimizer("adm")}, UnknownNameError, "did you mean 'adam'"),
        ({"optimizer": Optimizer(arguments={"x": 1})}, ConfigError, "optimizer 'adam'"),
        ({"optimizer": Optimizer(schedule="cosin")}, UnknownNameError, "did you mean 'cosine'"),
    ],
)
def test_recipes_that_cannot_run(
    changes: dict, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        run.train(small_recipe(**changes), tmp_path / "r", progress=False)
    assert not (tmp_path / "r" / callbacks.BEST).exists()


def test_data_out_of_the_likelihood_s_range(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((50, 4), -1.0))
    recipe = small_recipe(data=Data(str(tmp_path / "x.npy")))
    with pytest.raises(DataError, match="from -1 to -1: the Bernoulli likelihood needs 0 to 1"):
        run.train(recipe, tmp_path / "r", progress=False)
    assert not (tmp_path / "r").exists()


def test_the_picture_s_samples_come_from_the_sampler_of_the_recipe(tmp_path: Path) -> None:
    sampler = {"name": "mixture", "num_components": 3}
    recipe = Recipe(
        "components",
        Data("digits"),
        {"name": "PCA", "latent_dim": 8},
        training=Training(epochs=1, jit_compile=False),
        evaluation=Evaluation(sampler=sampler),
    )
    run.train(recipe, tmp_path, progress=False)
    assert load_recipe(tmp_path / folder.RECIPE) == recipe
    assert "z from a sampler fitted to the latents" in (tmp_path / folder.CARD).read_text()
    data = datasets.load("digits")
    model = PCA.from_preset(tmp_path)
    fitted = fit_to_model(sampler, model, data)
    expected = picture(model, datasets.as_float(data.test), None, fitted)
    images.save_png(tmp_path / "expected.png", expected)
    assert (tmp_path / folder.PICTURE).read_bytes() == (tmp_path / "expected.png").read_bytes()


@pytest.mark.slow
def test_own_vectors_with_fewer_examples_than_a_batch(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(5, 3, (30, 4))
    np.save(tmp_path / "x.npy", x)
    recipe = small_recipe(
        data=Data(str(tmp_path / "x.npy")),
        model={"name": "IWAE", "likelihood": "normal", "latent_dim": 2},
        training=Training(epochs=2, jit_compile=False),
        optimizer=Optimizer(warmup_epochs=1, schedule="cosine"),
    )
    metrics = run.train(recipe, tmp_path / "r", progress=False)
    assert metrics["num_examples"] == 3
    assert vaezoo.load(tmp_path / "r").generate(2).shape == (2, 4)


def test_schedules() -> None:
    rates = {}
    for schedule in ("constant", "cosine"):
        for warmup in (0.0, 1.0):
            optimizer = Optimizer(schedule=schedule, warmup_epochs=warmup, learning_rate=0.1)
            rate = optimizers._learning_rate(small_recipe(optimizer=optimizer), steps_per_epoch=10)
            rates[schedule, warmup] = [
                float(rate(step)) if callable(rate) else rate for step in (0, 5, 10, 20, 30)
            ]
    np.testing.assert_allclose(rates["constant", 0.0], [0.1] * 5)
    np.testing.assert_allclose(rates["constant", 1.0], [0, 0.05, 0.1, 0.1, 0.1], atol=1e-7)
    half = 0.05 * (1 + np.cos(np.pi * np.array([0, 5, 10, 20, 30]) / 30))
    np.testing.assert_allclose(rates["cosine", 0.0], half, atol=1e-7)
    np.testing.assert_allclose(rates["cosine", 1.0], [0, 0.05, 0.1, 0.05, 0], atol=1e-7)


def test_the_recipe_file_says_all(trained: Path) -> None:
    assert tomllib.loads((trained / folder.RECIPE).read_text()) == to_dict(small_recipe())
