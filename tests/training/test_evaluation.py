"""Figures that hang on the kind of model."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import small_recipe

import vaezoo
from vaezoo import datasets
from vaezoo.evaluation import evaluate, examples, per_example
from vaezoo.models import CVAE, M2, VAE, VQVAE, DiscretisedLogisticVAE
from vaezoo.training import run
from vaezoo.training.recipe_tables import Data, Evaluation, Training

NETWORK = {"name": "mlp", "hidden": [8]}


@pytest.fixture(scope="module")
def model() -> VAE:
    """One for all tests that read it, so that its functions are traced once."""
    keras.utils.set_random_seed(0)
    return VAE((7, 5, 1), latent_dim=2, network=NETWORK, seed=0)


def test_bits_per_dimension_of_levels(rng: np.random.Generator) -> None:
    x = (rng.integers(0, 256, (20, 6)) / 255).astype(np.float32)
    model = DiscretisedLogisticVAE((6,), latent_dim=2, network=NETWORK, seed=0)
    figures = evaluate(model, x, num_samples=10)
    for key, sign in (("mean", -1), ("standard_error", 1)):
        expected = sign * figures["log_likelihood"][key] / (6 * math.log(2))
        assert figures["bits_per_dimension"][key] == pytest.approx(expected)
    other = VAE((6,), latent_dim=2, network=NETWORK, likelihood="normal", seed=0)
    assert "bits_per_dimension" not in evaluate(other, x, num_samples=10)


def test_part_of_a_split_is_spread_over_it() -> None:
    data = datasets.load("digits")
    model = VAE((8, 8, 1), 2)
    x, condition = examples(model, data, "test", 4)
    np.testing.assert_array_equal(x, datasets.as_float(data.test)[[0, 75, 150, 225]])
    assert condition is None
    assert len(examples(model, data, "test", 1000)[0]) == len(data.test) == 300


@pytest.mark.parametrize("model", [VAE, CVAE])
def test_squared_errors_are_of_mean_reconstructions_per_value(
    model: type[VAE], binary: np.ndarray
) -> None:
    arguments = {"num_classes": 2} if model is CVAE else {}
    made = model((7, 5, 1), latent_dim=2, network=NETWORK, seed=0, **arguments)
    labels = np.arange(256) % 2 if model is CVAE else None
    copies = made(binary) if labels is None else made((binary, labels))
    expected = ((np.asarray(copies) - binary) ** 2).mean(axis=(1, 2, 3))
    values = per_example(made, binary, labels, num_samples=1)["mean_squared_error"]
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    found = evaluate(made, binary, labels, num_samples=1)["mean_squared_error"]
    assert found["mean"] == pytest.approx(expected.mean(), rel=1e-5)
    assert found["standard_error"] == pytest.approx(expected.std(ddof=1) / 16, rel=1e-4)


@pytest.mark.parametrize("size", [256, 257, 300])
def test_no_example_is_left_out_whatever_their_number(
    model: VAE, size: int, binary: np.ndarray
) -> None:
    """Batches are of 256, and of 64 for importance samples; the last one may be smaller."""
    x = np.resize(binary, (size, 7, 5, 1))
    values = per_example(model, x, num_samples=3)
    assert {len(v) for v in values.values()} == {size}
    figures = evaluate(model, x, num_samples=3)
    for key in ("elbo", "mean_squared_error"):
        assert figures[key]["mean"] == pytest.approx(values[key].mean(), rel=1e-5)
    parts = figures["reconstruction"]["mean"] - figures["kl"]["mean"]
    assert figures["elbo"]["mean"] == pytest.approx(parts, abs=1e-6)


def test_more_samples_are_other_samples(model: VAE, binary: np.ndarray) -> None:
    """Samples come in chunks of 128 here: twice the same ones would leave every figure as it is."""
    few, many = (model.importance_weights(binary[:64], num_samples=k) for k in (128, 256))
    for figure in ("elbo", "log_likelihood"):
        assert abs(getattr(few, figure)() - getattr(many, figure)()).min() > 1e-6


def test_discrete_codes_take_one_sample(binary: np.ndarray) -> None:
    model = VQVAE((7, 5, 1), channels=2, codebook_size=4, seed=0)
    found = evaluate(model, binary[:8], num_samples=100)
    assert found["log_likelihood"]["num_samples"] == 1
    assert found["log_likelihood"]["mean"] == found["elbo"]["mean"]


@pytest.mark.parametrize(
    ("model", "arguments", "given"),
    [(VAE, {}, False), (CVAE, {"num_classes": 2}, True), (M2, {"num_classes": 2}, False)],
)
def test_likelihoods_given_a_condition_say_so(
    model: type[VAE], arguments: dict, given: bool, binary: np.ndarray
) -> None:
    made = model((7, 5, 1), latent_dim=2, network=NETWORK, seed=0, **arguments)
    labels = np.arange(8) % 2 if arguments else None
    assert evaluate(made, binary[:8], labels, num_samples=2)["conditional"] is given


def test_accuracy_counts_the_labels_that_are_known(binary: np.ndarray) -> None:
    model = M2((7, 5, 1), num_classes=3, latent_dim=2, network=NETWORK, hidden=[], seed=0)
    (kernel, bias) = model.classifier.weights
    top = np.zeros((7, 5, 1))
    top[:3] = 1
    kernel.assign(np.stack([top.ravel(), 1 - top.ravel(), np.zeros(35)], axis=-1))
    bias.assign([0.0, 0.0, -100.0])
    labels = (binary[:40, :3].sum((1, 2, 3)) < binary[:40, 3:].sum((1, 2, 3))).astype(int)
    assert evaluate(model, binary[:40], labels, num_samples=2)["accuracy"]["mean"] == 1
    labels[:10], labels[10:15] = -1, 2
    found = evaluate(model, binary[:40], labels, num_samples=2)["accuracy"]
    assert found["mean"] == pytest.approx(25 / 30)
    shares = tf.one_hot(labels, 3).numpy()
    for unknown in (None, np.full(40, -1), shares):
        assert "accuracy" not in evaluate(model, binary[:40], unknown, num_samples=2)


def test_some_examples_with_all_samples_stand_for_the_rest(model: VAE, binary: np.ndarray) -> None:
    every = evaluate(model, binary, num_samples=400)["log_likelihood"]
    some = evaluate(model, binary, num_samples=400, max_scored=64)["log_likelihood"]
    assert (every["num_examples"], some["num_examples"]) == (256, 64)
    few, many = (model.importance_weights(binary, num_samples=k).log_likelihood() for k in (4, 400))
    error = (many - few).std() * math.sqrt(1 / 64 - 1 / 256)  # of a mean gain of 64 out of 256
    assert some["mean"] == pytest.approx(every["mean"], abs=4 * error)
    stated = math.hypot(few.std(ddof=1) / 16, (many - few).std(ddof=1) / 8)
    assert some["standard_error"] == pytest.approx(stated, rel=0.25)


def test_the_parts_of_the_kl_sum_to_it(model: VAE, binary: np.ndarray) -> None:
    found = evaluate(model, binary, num_samples=5)
    marginal = found["total_correlation"]["mean"] + found["dimension_wise_kl"]["mean"]
    assert found["marginal_kl"]["mean"] == pytest.approx(marginal, abs=1e-4)
    parts = found["mutual_information"]["mean"] + found["marginal_kl"]["mean"]
    errors = math.hypot(*(found[k]["standard_error"] for k in ("mutual_information", "kl")))
    assert parts == pytest.approx(found["kl"]["mean"], abs=6 * errors)
    learned = VAE((7, 5, 1), latent_dim=2, network=NETWORK, prior="vamp", seed=0)
    assert "dimension_wise_kl" not in evaluate(learned, binary[:60], num_samples=5)
    full = VAE((7, 5, 1), latent_dim=2, network=NETWORK, posterior="full_covariance", seed=0)
    assert "marginal_kl" not in evaluate(full, binary[:60], num_samples=5)


@pytest.mark.exhaustive
def test_few_labels_teach_m2_the_others(tmp_path: Path) -> None:
    """A hundred labels among 1,297 digits; independent guesses would be right in a tenth."""
    recipe = small_recipe(
        data=Data("digits", binarise="dynamic", num_labels=100),
        model={"name": "M2", "alpha": 10.0},
        training=Training(epochs=60, batch_size=64),
        evaluation=Evaluation(num_samples=10),
    )
    metrics = run.train(recipe, tmp_path / "r", progress=False)
    assert metrics["accuracy"]["mean"] > 0.6
    runtime = vaezoo.load(tmp_path / "r")
    data = datasets.load("digits", binarise="static")
    guessed = runtime.classify(datasets.as_float(data.test)).argmax(axis=1)
    assert (guessed == data.labels["test"]).mean() > 0.6
