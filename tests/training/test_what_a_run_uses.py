"""Which examples train, select and measure, in which order, and whose weights are kept."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import small_recipe

from vaezoo.datasets.base import Dataset
from vaezoo.samplers import by_label
from vaezoo.samplers import fitting as sampler_fitting
from vaezoo.training import callbacks, fitting, folder, measuring, run
from vaezoo.training.building import build_model
from vaezoo.training.cluster import Cluster
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Data, Evaluation, Export, Optimizer

NETWORK = {"name": "mlp", "hidden": [4]}
PLACES = {"train": (0, 256), "validation": (300, 40), "test": (500, 50)}  # first number, how many


def numbered() -> Dataset:
    """Examples that are their own number, in thousandths; labels are its sevenths, modulo 3."""
    rows = {split: first + np.arange(num) for split, (first, num) in PLACES.items()}
    x = {s: np.tile(r[:, None] / 1000, (1, 6)).astype(np.float32) for s, r in rows.items()}
    labels = {split: numbers // 7 % 3 for split, numbers in rows.items()}
    return Dataset("numbered", **x, licence="", source="", splits="", labels=labels)


def numbers(batches: tf.data.Dataset) -> np.ndarray:
    """The numbers of all examples, in order, after a check of their labels if there are any."""
    found = []
    for batch in batches:
        x, labels = batch if isinstance(batch, tuple) else (batch, None)
        shown = np.rint(1000 * x.numpy()[:, 0]).astype(int)
        found.append(shown)
        if labels is not None:
            np.testing.assert_array_equal(labels, shown // 7 % 3)
    return np.concatenate(found)


@dataclass
class Fitted:
    """What `fit` of a run passes on to Keras."""

    model: keras.Model
    train: tf.data.Dataset
    validation_data: tf.data.Dataset
    callbacks: list[keras.callbacks.Callback]

    def epoch(self, number: int) -> np.ndarray:
        """The numbers of an epoch's training examples, in order."""
        for callback in self.callbacks:
            if isinstance(callback, keras.callbacks.LambdaCallback):
                callback.on_epoch_begin(number, {})
        return numbers(self.train)


def fitted(recipe: Recipe, out: Path) -> Fitted:
    """The arguments of `keras.Model.fit` in a run that stops there."""
    model = build_model(recipe, (6,))
    found: list[Fitted] = []

    def record(x: tf.data.Dataset, **arguments: Any) -> None:
        kept = {key: arguments[key] for key in ("validation_data", "callbacks")}
        found.append(Fitted(model, x, **kept))

    model.fit = record
    fitting.fit(model, recipe, numbered(), out, Cluster(), progress=False)
    return found[0]


def recipe_of(name: str, seed: int = 0, **changes: Any) -> Recipe:
    arguments = {"num_classes": 3} if name == "CVAE" else {}
    model = {"name": name, "latent_dim": 2, "network": NETWORK, **arguments}
    recipe = small_recipe(**{"data": Data("digits"), "model": model, "seed": seed} | changes)
    training = dataclasses.replace(recipe.training, batch_size=16)
    return dataclasses.replace(recipe, training=training)


@pytest.mark.parametrize("name", ["VAE", "CVAE"])
def test_each_split_has_its_place_in_the_training(name: str, tmp_path: Path) -> None:
    found = fitted(recipe_of(name), tmp_path)
    np.testing.assert_array_equal(sorted(found.epoch(0)), np.arange(256))
    np.testing.assert_array_equal(numbers(found.validation_data), 300 + np.arange(40))


def test_location_and_unit_are_those_of_the_training_split(tmp_path: Path) -> None:
    likelihood = fitted(recipe_of("TableVAE"), tmp_path).model.likelihood
    x = numbered().train
    np.testing.assert_allclose(likelihood.loc, x.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(likelihood.unit, x.std(axis=0), rtol=1e-4)


def test_the_order_depends_on_the_seed_and_the_epoch(tmp_path: Path) -> None:
    one, other = (fitted(recipe_of("VAE", seed), tmp_path / str(seed)) for seed in (0, 1))
    orders = [one.epoch(0), one.epoch(1), other.epoch(0), other.epoch(1)]
    assert len({bytes(order) for order in orders}) == 4
    np.testing.assert_array_equal(one.epoch(0), orders[0])


def test_batches_and_schedule_are_the_recipe_s(tmp_path: Path) -> None:
    """Of 256 examples in batches of 16: three epochs end after 48 steps, at a rate of 0."""
    optimizer = Optimizer(learning_rate=0.1, schedule="cosine")
    found = fitted(recipe_of("VAE", optimizer=optimizer), tmp_path)
    assert [len(x) for x in found.train] == [16] * 16
    rate = found.model.optimizer._learning_rate
    rates = [float(rate(step)) for step in (0, 24, 48)]
    np.testing.assert_allclose(rates, [0.1, 0.05, 0], atol=1e-7)


def test_of_equally_good_epochs_the_first_is_best(tmp_path: Path) -> None:
    checkpoints = callbacks.Checkpoints(tmp_path)
    checkpoints.rows = [{"val_elbo": value} for value in (-3.0, -1.0, -2.0, -1.0)]
    assert checkpoints.best_epoch() == 2


def test_int8_is_calibrated_on_the_training_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(folder.presets, "save", lambda *_, **__: None)
    monkeypatch.setattr(folder, "add_variants", lambda *arguments: seen.extend(arguments))
    recipe = recipe_of("CVAE", export=Export(["int8"]), evaluation=Evaluation(max_examples=10))
    folder.save(build_model(recipe, (6,)), recipe, numbered(), tmp_path, None)
    _, names, train, test = seen
    assert names == ["int8"]
    for (x, labels), first, step in ((train, 0, 25.6), (test, 500, 5)):
        shown = np.rint(1000 * x[:, 0]).astype(int)
        assert shown.tolist() == [first + int(step * place) for place in range(10)]
        np.testing.assert_array_equal(labels, shown // 7 % 3)


def test_dynamic_binarisation_draws_the_training_split_again(tmp_path: Path) -> None:
    recipe = recipe_of("VAE", data=Data("digits", binarise="dynamic"))
    found = fitted(recipe, tmp_path)
    one, other = (np.concatenate([x.numpy() for x in found.train]) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    found.epoch(1)
    other = np.concatenate([x.numpy() for x in found.train])
    assert set(np.unique(one)) == set(np.unique(other)) == {0, 1}
    assert not np.array_equal(one.mean(axis=1), other.mean(axis=1))
    # loading the data has drawn the validation split
    np.testing.assert_array_equal(numbers(found.validation_data), 300 + np.arange(40))


def test_averaged_weights_are_the_best_ones_and_training_goes_on_without(tmp_path: Path) -> None:
    optimizer = Optimizer(arguments={"use_ema": True})
    found = fitted(recipe_of("VAE", optimizer=optimizer), tmp_path)
    model = found.model
    model.optimizer.build(model.trainable_variables)
    for weight, average in zip(
        model.trainable_variables, model.optimizer._model_variables_moving_average, strict=True
    ):
        weight.assign(np.full(weight.shape, 0.5))
        average.assign(np.full(weight.shape, 0.25))
    for callback in found.callbacks:
        callback.set_model(model)
        if isinstance(callback, callbacks.Checkpoints):
            callback.on_epoch_begin(0)
            callback.on_epoch_end(0, {"val_elbo": -1.0})
    kept = {}
    for name in (callbacks.BEST, callbacks.LAST.format(1)):
        model.load_weights(tmp_path / name)
        kept[name] = {float(v) for weight in model.trainable_variables for v in weight.numpy().flat}
    assert kept == {callbacks.BEST: {0.25}, callbacks.LAST.format(1): {0.5}}


@pytest.mark.parametrize("name", ["VAE", "CVAE"])
def test_all_figures_are_of_the_test_split(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = build_model(recipe_of(name), (6,)), numbered()
    settings = Evaluation(num_samples=7, max_examples=10, max_scored=3, seed=5)
    seen: dict[str, Any] = {}

    def note(what: str, result: Any) -> Any:
        def call(_: Any, x: Any, condition: Any = None, *others: Any, **arguments: Any) -> Any:
            seen[what] = (x, condition, arguments)
            return result

        return call

    monkeypatch.setattr(measuring, "evaluate", note("likelihoods", {}))
    monkeypatch.setattr(measuring, "sample_posterior", note("latents", "drawn"))
    monkeypatch.setattr(measuring.report, "measure", note("export", {}))
    measuring.measure(model, None, data, settings, progress=False)
    for what in ("likelihoods", "latents"):
        x, condition, _ = seen[what]
        shown = np.rint(1000 * x[:, 0]).astype(int)
        assert shown.tolist() == list(range(500, 550, 5))
        assert (condition is None) is (name == "VAE")
        if condition is not None:
            np.testing.assert_array_equal(condition, shown // 7 % 3)
    expected = {"num_samples": 7, "max_scored": 3, "seed": 5, "progress": False}
    assert seen["likelihoods"][2] == expected
    assert seen["latents"][2] == {"seed": 5}
    assert seen["export"] == (data, "drawn", {"num": 10, "seed": 5})


@pytest.mark.parametrize("name", ["VAE", "CVAE"])
def test_samplers_are_fitted_to_the_training_split(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(model: keras.Model, x: np.ndarray, condition: Any, **_: Any) -> np.ndarray:
        shown = np.rint(1000 * x[:, 0]).astype(int)
        assert condition is None or (condition == shown // 7 % 3).all()
        return shown

    monkeypatch.setattr(sampler_fitting, "sample_posterior", draw)
    monkeypatch.setattr(sampler_fitting, "fit_sampler", lambda name, z, seed: (z, seed))
    model = build_model(recipe_of(name), (6,))
    monkeypatch.setattr(by_label, "ByLabel", list)
    fitted = sampler_fitting.fit_to_model("mixture", model, numbered(), seed=4)
    fitted = [fitted] if name == "VAE" else fitted
    found = [(z.tolist(), seed) for z, seed in fitted]
    numbers = np.arange(256)
    wanted = [numbers] if name == "VAE" else [numbers[numbers // 7 % 3 == k] for k in range(3)]
    assert found == [(each.tolist(), 4) for each in wanted]


class Stop(Exception):
    """Ends a run where a test has seen enough."""


def test_the_recipe_s_seed_decides_the_initial_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def train(model: keras.Model, *_: Any, **__: Any) -> None:
        seen.append(np.concatenate([weight.ravel() for weight in model.get_weights()]))
        raise Stop

    monkeypatch.setattr(run, "fit", train)
    for place, seed in enumerate((3, 3, 4)):
        with pytest.raises(Stop):
            run.train(small_recipe(seed=seed), tmp_path / str(place), progress=False)
    np.testing.assert_array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])


def test_a_run_saves_and_draws_with_the_best_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best epoch is not the last one: the model comes out of training with other weights."""
    seen: dict[str, float] = {}

    def note(model: keras.Model, what: str) -> None:
        (seen[what],) = {float(value) for weight in model.get_weights() for value in weight.flat}

    def train(model: keras.Model, recipe: Recipe, data: Dataset, out: Path, *_: Any, **__: Any):
        for name, value in ((callbacks.BEST, 0.25), (callbacks.LAST.format(3), 0.5)):
            model.set_weights([np.full_like(weight, value) for weight in model.get_weights()])
            callbacks.write_weights(model, out / name)
        return 0.0

    def draw(model: keras.Model, *_: Any, **__: Any) -> np.ndarray:
        note(model, "picture")
        return np.zeros((4, 4, 1), np.uint8)

    def save(model: keras.Model, *_: Any) -> None:
        note(model, "preset")
        raise Stop

    def fit_sampler(name: str, model: keras.Model, data: Dataset, *, seed: int) -> None:
        note(model, f"{name}, seed {seed}")

    steps = {"fit": train, "fit_to_model": fit_sampler, "picture": draw, "save": save}
    for name, step in steps.items():
        monkeypatch.setattr(run, name, step)
    recipe = small_recipe(seed=3, evaluation=Evaluation(sampler="mixture"))
    with pytest.raises(Stop):
        run.train(recipe, tmp_path / "r", progress=False)
    assert seen == {"mixture, seed 3": 0.25, "picture": 0.25, "preset": 0.25}
