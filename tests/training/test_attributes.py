"""Attributes that a model learns from: their term of the loss, their way from data to export."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from own_data import folder, plain

import vaezoo
from vaezoo import datasets, evaluation
from vaezoo._trace import Latent, Trace
from vaezoo.cli.group import group
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.models import VAE, AttributeVAE
from vaezoo.objectives import AttributeRegularised, DecayingWeight
from vaezoo.training import load_recipe
from vaezoo.training.building import of_labels
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Data

SMALL = {"network": {"name": "mlp", "hidden": [8]}, "seed": 0}
K, B, D, A = 2, 7, 3, 2


def trace(
    rng: np.random.Generator, target: np.ndarray | None, weights: np.ndarray | None = None
) -> Trace:
    z = tf.constant(rng.standard_normal((K, B, D)), tf.float32)
    normal = tfd.MultivariateNormalDiag(tf.zeros((B, D)), tf.ones((B, D)))
    return Trace(
        tf.zeros((B, 1)),
        normal,
        (Latent(normal, normal, z),),
        tf.zeros((K, B)),
        target=None if target is None else tf.constant(target, tf.float32),
        example_weights=None if weights is None else tf.constant(weights, tf.float32),
    )


def naive(z: np.ndarray, y: np.ndarray, weights: np.ndarray, delta: float) -> list[float]:
    """L_a by loops over attributes, samples and pairs."""
    losses = []
    for a in range(y.shape[1]):
        total = count = 0.0
        for k in range(len(z)):
            for i in range(len(y)):
                for j in range(len(y)):
                    if np.isnan(y[i, a]) or np.isnan(y[j, a]):
                        continue
                    distance = np.tanh(delta * (z[k, i, a] - z[k, j, a]))
                    total += weights[i] * weights[j] * abs(distance - np.sign(y[i, a] - y[j, a]))
                    count += weights[i] * weights[j]
        losses.append(total / count)
    return losses


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_equals_loops_over_pairs(
    rng: np.random.Generator, unknown: bool, weighted: bool
) -> None:
    y = rng.integers(0, 4, (B, A)).astype(float)  # some are equal
    if unknown:
        y[[1, 4], [0, 1]] = np.nan
    weights = np.array([1.5, 0.5, 1, 1, 1, 1, 0]) if weighted else np.ones(B)
    found = trace(rng, y, weights if weighted else None)
    objective = AttributeRegularised(A, gamma=3.0, delta=0.7)
    expected = naive(found.latent().sample.numpy(), y, weights, 0.7)
    np.testing.assert_allclose(objective.losses_of(found, found.target), expected, rtol=1e-5)
    own, together = objective.loss_parts(found)
    np.testing.assert_allclose(together["model"], 3 * sum(expected), rtol=1e-5)
    np.testing.assert_allclose(own["model"], -found.elbo(), rtol=1e-6)


def test_limits_of_the_loss(rng: np.random.Generator) -> None:
    found = trace(rng, None)
    z = found.latent().sample.numpy()
    order = AttributeRegularised(1, delta=1e6)
    same = dataclasses.replace(found.latent(), sample=tf.constant(z[:1]))
    one = dataclasses.replace(found, latents=(same,), log_likelihood=tf.zeros((1, B)))
    assert float(order.losses_of(one, z[0, :, :1])[0]) == 0  # codes in the attribute's order
    np.testing.assert_allclose(order.losses_of(one, -z[0, :, :1]), [2 * (B - 1) / B])
    np.testing.assert_allclose(  # whatever its scale
        order.losses_of(one, np.exp(5 * z[0, :, :1])), order.losses_of(one, z[0, :, :1])
    )
    assert float(order.losses_of(one, np.full((B, 1), np.nan, np.float32))[0]) == 0


def test_an_unknown_attribute_leaves_the_gradient_finite(rng: np.random.Generator) -> None:
    y = np.array([[np.nan, 1.0]] * 3 + [[2.0, np.nan]] * 4)
    found = trace(rng, y)
    z = tf.Variable(found.latent().sample)
    with tf.GradientTape() as tape:
        latent = dataclasses.replace(found.latent(), sample=z)
        changed = dataclasses.replace(found, latents=(latent,))
        loss = tf.reduce_sum(AttributeRegularised(A).losses_of(changed, changed.target))
    gradient = tape.gradient(loss, z).numpy()
    assert np.isfinite(gradient).all()


def test_a_wrapped_objective_learns_from_attributes_too(rng: np.random.Generator) -> None:
    inner = {"name": "attribute_regularised", "num_attributes": A, "gamma": 2.0}
    outer = DecayingWeight(inner, first_weight=4.0)
    assert outer.target.dim == A
    found = trace(rng, np.zeros((B, A)))
    part = AttributeRegularised(A, gamma=2.0).aggregate_losses(found)["model"]
    np.testing.assert_allclose(outer.loss_parts(found)[1]["model"], 4 * part, rtol=1e-6)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Six numbers that a brightness and a balance decide, and these two, some unknown."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal((512, 2))
    x = y @ [[1, 1, 1, 1, 1, 1], [1, 1, 1, -1, -1, -1]] + 0.3 * rng.standard_normal((512, 6))
    attributes = y.copy()
    attributes[::10, 0] = np.nan
    return x.astype(np.float32), attributes.astype(np.float32)


@pytest.fixture(scope="module")
def model() -> AttributeVAE:
    keras.utils.set_random_seed(0)
    names = ["brightness", "balance"]
    parts = {"likelihood": "normal", "num_attributes": 2, "attribute_names": names}
    return AttributeVAE((6,), 3, **parts, **SMALL)


def test_each_attribute_gets_its_dimension(
    model: AttributeVAE, data: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = data
    model.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    history = model.fit(x, y, batch_size=64, epochs=12, validation_data=(x, y), verbose=0).history
    assert history["attribute_loss"][-1] < 0.7 * history["attribute_loss"][0]
    assert np.isfinite(history["val_attribute_loss"]).all()
    z, known = model.encode_mean(x), ~np.isnan(y[:, 0])
    correlations = np.corrcoef(np.c_[z, np.nan_to_num(y)][known].T)[:3, 3:]
    assert np.diag(correlations).min() > 0.8 > 0.5 > np.abs(correlations[[1, 0], [0, 1]]).max()
    # used without attributes: it is a model of p(x)
    assert model.condition is None and model.log_likelihood(x[:2], num_samples=2).shape == (2,)


def test_what_does_not_fit(model: AttributeVAE, data: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = data
    if not model.compiled:
        model.compile("adam")
    with pytest.raises(ConfigError, match=re.escape("pass them as y, fit(x, attributes)")):
        model.objective.report(model.trace(x[:4], seed=0))
    with pytest.raises(DataError, match=r"attributes have shape \[512, 1\]: expected \[N, 2\]"):
        model.fit(x, y[:, :1], verbose=0)
    with pytest.raises(DataError, match="in 1 of 512 rows"):
        model.fit(x, np.where(np.arange(1024).reshape(512, 2) == 6, np.inf, y), verbose=0)
    with pytest.raises(ConfigError, match="num_attributes=4 for a latent_dim of 3"):
        AttributeVAE((6,), 3, num_attributes=4)
    with pytest.raises(ConfigError, match="2 different names for 3 attributes"):
        AttributeVAE((6,), 3, num_attributes=3, attribute_names=["a", "b"])
    with pytest.raises(ConfigError, match="learns from attributes in fit"):
        VAE((6,), 3, condition={"name": "vector", "dim": 2}, objective="attribute_regularised")


def test_the_recipe_gets_the_attributes_of_the_data(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((60, 4)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x, size=x.sum(1), tilt=x[:, 0] - x[:, 1])
    settings = Data(str(tmp_path / "x.npz"), attributes=["tilt", "size"])
    own = datasets.load(**dataclasses.asdict(settings))
    recipe = of_labels(Recipe("mine", settings, {"name": "AttributeVAE"}), own)
    assert (recipe.model["num_attributes"], recipe.model["attribute_names"]) == (
        2,
        ["tilt", "size"],
    )
    model = AttributeVAE((4,), 2, num_attributes=2, attribute_names=["tilt", "size"], **SMALL)
    y = evaluation.given(model, own, "train")
    np.testing.assert_allclose(y[:, 1], own.train[np.arange(len(y))].sum(1), rtol=1e-6)
    assert evaluation.conditions(model, own, "train") is None
    other = AttributeVAE((4,), 2, num_attributes=2, attribute_names=["size", "tilt"], **SMALL)
    with pytest.raises(DataError, match=r"2 attributes \(tilt, size\).*learns from 2: size, tilt"):
        evaluation.given(other, own, "train")
    with pytest.raises(DataError, match=r"name columns of numbers by --set 'data.attributes"):
        of_labels(recipe, datasets.load(settings.name))
    digits = datasets.load("digits")
    with pytest.raises(DataError, match="digits has no attributes, which AttributeVAE needs to"):
        of_labels(Recipe("mine", Data("digits"), {"name": "AttributeVAE"}), digits)


@pytest.mark.parametrize("name", ["mnist_attributes", "dsprites_attributes"])
def test_recipes_name_attributes_that_their_data_have(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.model["name"] == "AttributeVAE"
    assert set(recipe.data.attributes) <= set(datasets.attribute_names(recipe.data.name))


@pytest.mark.slow
def test_from_a_table_of_attributes_to_the_export(tmp_path: Path) -> None:
    pictures = folder(tmp_path / "mine", {f"{n}.png": plain(n % 250) for n in range(300)})
    rows = "".join(f"{n}.png,{n % 7},{-n}\n" for n in range(300))
    (pictures / "metadata.csv").write_text(f"file,size,age\n{rows}")
    settings = (
        'data.attributes=["size", "age"]', "data.image_size=6", "training.epochs=1",
        "evaluation.num_samples=2", "training.batch_size=64", "training.jit_compile=false",
        "model.latent_dim=4", "model.network={name='mlp', hidden=[4]}",
    )  # fmt: skip
    options = [part for setting in settings for part in ("--set", setting)]
    out = tmp_path / "run"
    arguments = ["train", "--data", str(pictures), "--model", "AttributeVAE", "--out", str(out)]
    result = CliRunner().invoke(group, [*arguments, *options])
    assert result.exit_code == 0, result.output
    assert load_recipe(out / "recipe.toml").model["attribute_names"] == ["size", "age"]
    served = vaezoo.load(out)
    assert served.manifest.condition is None and served.manifest.model == "AttributeVAE"
    assert served.manifest.preparation.attributes == ("size", "age")
    scores = json.loads((out / "metrics.json").read_text())["attributes"]
    assert scores["names"] == ["size", "age"] and 0 <= scores["spearman"] <= 1
    card = (out / "README.md").read_text()
    assert "| size | " in card and "single latent dimensions follow the attributes" in card
    assert served.reconstruct(np.zeros((2, 6, 6, 1), np.float32)).shape == (2, 6, 6, 1)
