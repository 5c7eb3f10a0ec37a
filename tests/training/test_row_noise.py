"""Noise belongs to an example: its figures do not hang on the rows beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from training_helpers import each

from vaezoo import _catalogue as catalogue
from vaezoo import evaluation
from vaezoo.distributions.sampling import noise_of_rows
from vaezoo.models import MODELS, VAE

# One of each kind of posterior.
FAST = ["IWAE", "FullCovarianceVAE", "IAFVAE", "HVAE", "JointVAE", "M2", "TwoLevelVAE"]
EVERY = each(MODELS, FAST)
# Objectives take no part in draws from q(z|x), nor in the estimate of log p(x).
DRAWN = each(
    (e.name for e in catalogue.models() if e.axes != ("objective",) or e.name in FAST), FAST
)
# Draws of these are no functions of normal noise.
BY_BATCH = {"HypersphericalVAE", "DirichletVAE"}
# What a batch says as a whole, or against draws of the objective's own.
OF_BATCHES = {"critic_loss", "perplexity", "usage", "discrepancy", "mutual_information"}
OF_BATCHES |= {"total_correlation", "dimension_wise_kl", "attribute_loss"}
LOSS_OF_BATCHES = {
    "FreeBitsVAE", "BetaTCVAE", "FactorVAE", "DIPVAEI", "DIPVAEII", "InfoVAE", "WAE", "RAEGP",
    "AttributeVAE",
}  # fmt: skip

LINEAR = {"PCA", "ProbabilisticPCA", "LinearAutoencoder", "LinearVAE"}  # choose their network


def prepared(name: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """A small model, 70 examples that every likelihood takes, and labels."""
    arguments: dict[str, Any] = {}
    if issubclass(MODELS[name], VAE):
        # of whole groups of categories, where z consists of them
        arguments = {"latent_dim": 20 if name == "CategoricalVAE" else 12}
        if name not in LINEAR:
            arguments["network"] = {"name": "mlp", "hidden": [16]}
    rng = np.random.default_rng(0)
    x = (rng.random((70, 8, 8, 1)) < 0.4).astype(np.float32)
    return MODELS[name](x.shape[1:], seed=0, **arguments), x, rng.integers(0, 10, 70)


def given(model: Any, labels: np.ndarray) -> np.ndarray | None:
    """The condition under which p(x|c) is evaluated; None for p(x)."""
    return None if model.condition is None or model.sums_out_condition else labels


@pytest.mark.usefixtures("_eager")
@pytest.mark.filterwarnings("ignore:x has values on which")
@pytest.mark.parametrize("name", DRAWN)
def test_log_likelihood(name: str) -> None:
    model, x, labels = prepared(name)
    if not model.has_density:
        pytest.skip("it has no density")
    c = given(model, labels)
    first = slice(3)
    found = []
    for rows in (np.arange(3), np.arange(70), np.r_[0:3, 40:50], np.r_[0:3, 69:10:-1]):
        condition = None if c is None else c[rows]
        found.append(model.log_likelihood(x[rows], num_samples=64, condition=condition)[first])
    for values in found[1:]:
        np.testing.assert_allclose(values, found[0], rtol=1e-4)


@pytest.mark.filterwarnings("ignore:x has values on which")
@pytest.mark.parametrize("name", EVERY)
def test_evaluate_and_batch_size(name: str) -> None:
    model, x, labels = prepared(name)
    model.compile("sgd", run_eagerly=True)
    x, y = x[:20], () if model.given is None else (labels[:20],)
    one, other = (
        model.evaluate(x, *y, batch_size=size, verbose=0, return_dict=True) for size in (20, 7)
    )
    names = one.keys() - OF_BATCHES - ({"loss"} if name in LOSS_OF_BATCHES else set())
    if name in BY_BATCH:
        names &= {"kl"}
    assert names
    for figure in names:
        assert other[figure] == pytest.approx(one[figure], rel=1e-4, abs=1e-4), figure


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("name", DRAWN)
def test_sample_posterior_and_batch_size(name: str) -> None:
    model, x, labels = prepared(name)
    if name in BY_BATCH:
        pytest.skip("its draws are no functions of normal noise")
    c = given(model, labels)
    one, other = (evaluation.sample_posterior(model, x, c, batch_size=size) for size in (70, 9))
    np.testing.assert_allclose(one, other, atol=1e-4)
    if model.has_density and model.codebook_size is None:
        again = evaluation.sample_posterior(model, x, c, seed=1)
        assert np.abs(again - one).max() > 1e-3


def test_rows_have_independent_unit_normals() -> None:
    noise = noise_of_rows(tf.constant([0, 1]), 5, 4000, 2, 3).numpy()
    assert noise.shape == (2, 4000, 3)
    error = 1 / np.sqrt(noise.size)
    assert abs(noise.mean()) < 4 * error
    assert abs(noise.std() - 1) < 4 * error / np.sqrt(2)
    columns = noise.transpose(1, 0, 2).reshape(4000, 6)
    between = np.corrcoef(np.c_[columns[:-1], columns[1:]].T) - np.eye(12)
    assert np.abs(between).max() < 5 / np.sqrt(4000)
    assert len(np.unique(noise)) > 0.999 * noise.size
