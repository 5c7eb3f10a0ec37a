"""What a batch says as a whole: its weighted values, and batches that are too small for it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.errors import ConfigError
from vaezoo.models import DIPVAEI, DIPVAEII, WAE, BetaTCVAE, FactorVAE, InfoVAE
from vaezoo.objectives import TotalCorrelation
from vaezoo.objectives.adversarial import shuffled_dimensions
from vaezoo.objectives.discrepancy import inverse_multiquadratic, mean_discrepancy, rbf

SHAPE, NUM = (6, 6, 1), 33
X = (np.random.default_rng(0).random((NUM, *SHAPE)) < 0.4).astype(np.float32)
WEIGHTS = np.array([2.0, 0.5, 1.0, 3.0, 1.0, 0.0, 0.0], np.float32)
MODELS = {
    WAE: {"weight": 50.0},
    InfoVAE: {},
    BetaTCVAE: {},
    FactorVAE: {},
    DIPVAEI: {},
    DIPVAEII: {},
}


def make(family: Any) -> Any:
    keras.utils.set_random_seed(1)
    network = {"name": "mlp", "hidden": [8]}
    model = family(SHAPE, 2, network=network, seed=0, **MODELS[family])
    model.compile(keras.optimizers.SGD(1e-6), run_eagerly=True)
    return model


def aggregate(model: Any, x: np.ndarray) -> float:
    """What the batch x adds to the loss, beside what each example has by itself."""
    found = model.evaluate(x, batch_size=len(x), verbose=0, return_dict=True)
    return found["loss"] - own(model, found)


def own(model: Any, figures: dict[str, float]) -> float:
    """The part of a loss that is a mean over the examples."""
    if isinstance(model, (WAE, BetaTCVAE)):
        return -figures["log_likelihood"]
    if isinstance(model, InfoVAE):
        return -figures["log_likelihood"] + model.objective.kl_weight * figures["kl"]
    return -figures["elbo"]


class TestSmallBatches:
    @pytest.mark.parametrize("family", MODELS)
    def test_one_left_over_has_its_own_part_only(self, family: Any) -> None:
        """33 = 32 + 1: the loss is the mean of 33 own parts, and what 32 say as a whole."""
        model = make(family)
        found = model.evaluate(X, batch_size=32, verbose=0, return_dict=True)
        expected = own(model, found) + aggregate(model, X[:32])
        assert found["loss"] == pytest.approx(expected, rel=1e-5)
        first = model.evaluate(X[:32], verbose=0, return_dict=True)
        for name in model.objective.reports:
            assert found[name] == pytest.approx(first[name], rel=1e-5, abs=1e-6)
        assert found["log_likelihood"] != pytest.approx(first["log_likelihood"], rel=1e-5)

    def test_the_loss_that_picks_an_epoch(self) -> None:
        model = make(WAE)
        model.fit(X[:8], validation_data=X, batch_size=8, validation_batch_size=32, verbose=0)
        found = model.evaluate(X, batch_size=32, verbose=0, return_dict=True)
        history = model.history.history
        assert history["val_loss"][0] == pytest.approx(found["loss"], rel=1e-5)
        assert found["loss"] > -found["log_likelihood"] - 50 * 0.1

    @pytest.mark.parametrize("family", [DIPVAEI, WAE])
    def test_training(self, family: Any) -> None:
        """At a rate so small that the weights stay as they are."""
        model = make(family)
        before = model.get_weights()
        model.fit(X, batch_size=32, shuffle=False, verbose=0)
        found = {name: values[0] for name, values in model.history.history.items()}
        term = aggregate(model, X[:32])
        if family is WAE:
            term = model.objective.weight * found["discrepancy"]
        assert found["loss"] == pytest.approx(own(model, found) + term, rel=1e-3)
        assert int(model.optimizer.iterations) == 2
        assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))

    @pytest.mark.parametrize("family", MODELS)
    def test_batches_of_one_are_refused(self, family: Any) -> None:
        model = make(family)
        batches = tf.data.Dataset.from_tensor_slices(X).batch(1, drop_remainder=True)
        advice = "compares the examples of a batch with one another: give batches of 2 or more"
        for call in (
            lambda: model.fit(X, batch_size=1, verbose=0),
            lambda: model.evaluate(X[:3], batch_size=1, verbose=0),
            lambda: model.fit(batches, verbose=0),
            lambda: model.evaluate(batches.take(3), verbose=0),
            lambda: model.fit(X, validation_data=batches.take(3), verbose=0),
            lambda: model.train_on_batch(X[:1]),
            lambda: model.test_on_batch(X[:1]),
            lambda: model.evaluate(X, sample_weight=np.arange(NUM) == 3, verbose=0),
        ):
            with pytest.raises(ConfigError, match=advice):
                call()
        with pytest.raises(ConfigError, match=advice):
            model.fit(X, sample_weight=np.arange(NUM) == 3, verbose=0)


def test_weighted_discrepancy() -> None:
    """The mean of k over pairs of different rows, and over pairs of both samples, by products of
    the weights."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 7, 3)).astype(np.float32)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float(rbf(tf.constant(((x - y) ** 2).sum()), 2.0))

    pairs = [(i, j, WEIGHTS[i] * WEIGHTS[j]) for i in range(7) for j in range(7)]
    distinct = sum(w for i, j, w in pairs if i != j)
    within = sum(w * (kernel(a[i], a[j]) + kernel(b[i], b[j])) for i, j, w in pairs if i != j)
    across = sum(w * kernel(a[i], b[j]) for i, j, w in pairs) / WEIGHTS.sum() ** 2
    found = mean_discrepancy(a, b, rbf, 2.0, WEIGHTS)
    assert float(found) == pytest.approx(within / distinct - 2 * across, abs=1e-5)
    for kernel_of in rbf, inverse_multiquadratic:
        plain = mean_discrepancy(a, b, kernel_of, 2.0)
        same = mean_discrepancy(a, b, kernel_of, 2.0, np.full(7, 1.5, np.float32))
        assert float(same) == pytest.approx(float(plain), abs=1e-5)


@pytest.mark.parametrize("kind", [1, 2])
def test_weighted_covariance(kind: int) -> None:
    model = make({1: DIPVAEI, 2: DIPVAEII}[kind])
    trace = model.trace(X[:7], seed=0, example_weights=tf.constant(WEIGHTS))
    q = trace.latent().posterior
    expected = np.cov(q.mean().numpy().T, aweights=WEIGHTS, ddof=0)
    if kind == 2:
        expected += np.diag(np.average(q.variance(), axis=0, weights=WEIGHTS))
    np.testing.assert_allclose(model.objective.covariance(trace), expected, atol=1e-5)


def test_weighted_total_correlation() -> None:
    """log q(z_i) = log sum_j w_j q(z_i|x_j) / sum_j w_j, and so for each dimension."""
    model = make(BetaTCVAE)
    trace = model.trace(X[:7], seed=0, example_weights=tf.constant(WEIGHTS / WEIGHTS[:5].mean()))
    q, z = trace.latent().posterior, trace.latent().sample.numpy()[0].astype(float)
    mean, scale = q.mean().numpy().astype(float), q.stddev().numpy().astype(float)
    each = -0.5 * ((z[:, None] - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
    shares = WEIGHTS / WEIGHTS.sum()
    joint = np.log(np.exp(each.sum(-1)) @ shares)
    factors = np.log(np.einsum("ijd,j->id", np.exp(each), shares)).sum(-1)
    found = model.objective.report(trace)
    own_log = np.diagonal(each.sum(-1))
    np.testing.assert_allclose(found["mutual_information"], own_log - joint, atol=1e-4)
    np.testing.assert_allclose(found["total_correlation"], joint - factors, atol=1e-4)


def test_weighted_stratified_sampling() -> None:
    objective = TotalCorrelation(estimator="stratified", dataset_size=100)
    whole = np.exp(objective.log_importance(5))
    ones = np.exp(objective.log_importance(7, tf.constant([1.0] * 5 + [0.0] * 2)))
    np.testing.assert_allclose(ones[:5, :5], whole, rtol=1e-5)
    np.testing.assert_array_equal(ones[:, 5:], 0)
    weighted = np.exp(objective.log_importance(7, tf.constant(WEIGHTS)))
    np.testing.assert_allclose(weighted.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(
        weighted[0, 3] / weighted[0, 2], 3 * whole[0, 3] / whole[0, 2], rtol=1e-5
    )


def test_shuffled_by_weight() -> None:
    """A value appears as often as its weight says, in every column, and not at all for 0."""
    z = tf.constant(np.arange(21).reshape(7, 3), tf.float32)
    weights = tf.constant([2.0, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0])
    for seed in range(5):
        shuffled = shuffled_dimensions(z, tf.constant([0, seed]), weights).numpy()
        for column, values in enumerate(shuffled.T):
            found = np.unique((values - column) // 3, return_counts=True)
            assert dict(zip(*found, strict=True)) == {0: 2, 1: 1, 2: 1, 3: 3}
        assert len({tuple((c - i) // 3) for i, c in enumerate(shuffled.T)}) > 1
