"""What CONTRIBUTING.md promises: a part of your own is a class and a line in a registry.

Here the class is in this file, and the line is a monkeypatch. Nothing else changes, and it trains,
evaluates, saves, exports and serves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.datasets import DATASETS, Dataset
from vaezoo.distributions import Binary, tfd
from vaezoo.export import parity
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.models import MODELS, VAE, LatentVariableModel
from vaezoo.objectives import ELBO
from vaezoo.priors import PRIORS, Prior
from vaezoo.priors.base import NO_CONTEXT, Context
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Data, Evaluation, Training
from vaezoo.training.run import train


@keras.saving.register_keras_serializable("tests")
class Probit(Likelihood):
    """Binary values whose mean is Phi(outputs)."""

    value_range = (0.0, 1.0)
    support = (0.0, 1.0)
    is_discrete = True

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean = 0.5 * (1 + tf.math.erf(tf.cast(outputs, tf.float32) / math.sqrt(2)))
        return {"mean": tf.clip_by_value(mean, 1e-4, 1 - 1e-4)}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        mean = self.parameters(outputs)["mean"]
        logits = tf.math.log(mean) - tf.math.log(1 - mean)
        return tfd.Independent(Binary(logits=logits, dtype=tf.float32), len(self.data_shape))


@keras.saving.register_keras_serializable("tests")
class ShiftedNormal(Prior):
    """p(z) = N(z; shift, I)."""

    def __init__(self, latent_dim: int, shift: float = 3.0, **prior_args: Any) -> None:
        super().__init__(latent_dim, **prior_args)
        self.shift = shift

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        mean = tf.fill([self.latent_dim], self.shift)
        return tfd.Independent(tfd.Normal(mean, tf.ones(self.latent_dim)), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return noise + self.shift


@keras.saving.register_keras_serializable("tests")
class WarmVAE(VAE):
    """A VAE with a light KL term and a residual network."""

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int = 4, *, beta: float = 0.25, **parts: Any
    ) -> None:
        super().__init__(data_shape, latent_dim, objective=ELBO(beta=beta), **parts)


def stripes() -> Dataset:
    """Bright rows or columns of 6×6 pixels."""
    rng = np.random.default_rng(0)
    columns = rng.random((200, 1, 6, 1)) < 0.4
    x = np.repeat(columns, 6, axis=1)
    labels = rng.integers(0, 2, 200)
    x[labels == 1] = x[labels == 1].swapaxes(1, 2)
    x = x * np.uint8(255)
    rows = {"train": slice(120), "validation": slice(120, 160), "test": slice(160, None)}
    return Dataset(
        "stripes",
        **{split: x[some] for split, some in rows.items()},
        licence="CC0-1.0",
        source="tests",
        splits="120 / 40 / 40 in order",
        labels={split: labels[some] for split, some in rows.items()},
        binary=True,
    )


MODEL = {"name": "VAE", "latent_dim": 3, "network": {"name": "mlp", "hidden": [16]}}
DIGITS = Data("digits", binarise="static")


def run(data: Data, model: dict[str, Any], out: Path) -> dict[str, Any]:
    """The metrics of a short run, whose preset and export agree."""
    recipe = Recipe(
        "mine",
        data,
        model,
        training=Training(epochs=1, batch_size=40, jit_compile=False),
        evaluation=Evaluation(num_samples=5, max_examples=40),
    )
    metrics = train(recipe, out, progress=False)
    assert metrics["log_likelihood"]["mean"] >= metrics["elbo"]["mean"]
    restored = LatentVariableModel.from_preset(out)
    assert type(restored) is MODELS[model["name"]]
    x = restored.generate(5, seed=0)
    differences = parity(restored, out / "export", np.round(np.asarray(x)))
    assert differences.keys() == {"generate", "reconstruct", "saved_model", "log_likelihood"}
    assert max(differences.values()) < 1e-3
    return metrics


def test_a_likelihood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(LIKELIHOODS, "probit", Probit)
    metrics = run(DIGITS, MODEL | {"likelihood": "probit"}, tmp_path / "run")
    bits = -metrics["log_likelihood"]["mean"] / (64 * math.log(2))
    assert metrics["bits_per_dimension"]["mean"] == pytest.approx(bits)
    served = vaezoo.load(tmp_path / "run")
    assert served.manifest.likelihood == "Probit" and served.manifest.value_range == (0, 1)


def test_a_prior(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(PRIORS, "shifted_normal", ShiftedNormal)
    run(DIGITS, MODEL | {"prior": {"name": "shifted_normal", "shift": 2.0}}, tmp_path / "run")
    served = vaezoo.load(tmp_path / "run")
    assert "prior" in served.manifest.graphs
    assert "prior" not in vaezoo.load("digits_vae").manifest.graphs  # whose noise is z


def test_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(MODELS, "WarmVAE", WarmVAE)
    model = {"name": "WarmVAE", "beta": 0.5, "network": MODEL["network"]}
    metrics = run(DIGITS, model, tmp_path / "run")
    assert metrics["latent_dim"] == 4
    restored = WarmVAE.from_preset(tmp_path / "run")
    assert restored.objective.beta == 0.5
    assert vaezoo.load(tmp_path / "run").manifest.model == "WarmVAE"


def test_a_data_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(DATASETS, "stripes", stripes)
    metrics = run(Data("stripes"), MODEL, tmp_path / "run")
    assert metrics["num_examples"] == 40 and "linear_probe" in metrics
    served = vaezoo.load(tmp_path / "run")
    assert served.manifest.data == "stripes" and served.data_shape == (6, 6, 1)
    assert "| licence of the data | CC0-1.0 |" in (tmp_path / "run" / "README.md").read_text()
