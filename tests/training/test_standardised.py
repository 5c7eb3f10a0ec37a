"""Likelihoods in the data's own location and unit, and networks that begin as PPCA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.errors import DataError, UnknownNameError
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.metrics import baselines
from vaezoo.metrics.baseline_figures import Density
from vaezoo.models import CVAE, VAE

UNIT = np.array([1e-3, 1.0, 20.0, 1e6], np.float32)
LOC = np.array([5e-3, 0.0, -300.0, 2e6], np.float32)
NETWORK = {"name": "mlp", "hidden": [8], "shortcut": True}
FAMILIES = ["normal", "laplace", "student_t", "optimal_normal"]


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(256, 2)) @ rng.normal(size=(2, 4)) + 0.3 * rng.normal(size=(256, 4))
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)


def model_of(likelihood: Any, **parts: Any) -> VAE:
    keras.utils.set_random_seed(0)
    parts = {"network": {"name": "mlp", "hidden": [8]}} | parts
    return VAE((4,), 2, likelihood=likelihood, seed=0, **parts)


def fitted(x: np.ndarray, likelihood: Any, **parts: Any) -> VAE:
    model = model_of(likelihood, **parts)
    model.compile("adam", run_eagerly=True)
    model.fit(x, epochs=2, batch_size=32, verbose=0)
    return model


@pytest.mark.parametrize("family", FAMILIES)
def test_raw_columns_are_as_standardised_ones(family: str, x: np.ndarray) -> None:
    """The same trace, in training and outside, with log p(x|z) lower by sum log unit."""
    raw = LOC + UNIT * x
    scaled, plain = model_of({"name": family, "standardise": "per_dimension"}), model_of(family)
    scaled.adapt(raw)
    loc, unit = (w.numpy() for w in (scaled.likelihood.loc, scaled.likelihood.unit))
    np.testing.assert_allclose(loc, raw.mean(axis=0, dtype=np.float64), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(unit, UNIT, rtol=1e-3)
    for training in (True, False):
        both = [m.trace(d, 3, seed=1, training=training) for m, d in ((scaled, raw), (plain, x))]
        of_raw, of_x = (trace.log_likelihood.numpy() for trace in both)
        np.testing.assert_allclose(of_raw, of_x - np.log(unit).sum(), atol=0.02)
        np.testing.assert_allclose(*(trace.kl().numpy() for trace in both), atol=1e-3)
    means = [m.reconstruct(d) for m, d in ((scaled, raw), (plain, x))]
    np.testing.assert_allclose((means[0] - loc) / unit, means[1], atol=0.01)


@pytest.mark.slow
def test_raw_columns_train_as_standardised_ones(x: np.ndarray) -> None:
    raw = LOC + UNIT * x
    scaled = fitted(raw, {"name": "optimal_normal", "standardise": "per_dimension"})
    plain, unit = fitted(x, "optimal_normal"), scaled.likelihood.unit.numpy()
    both = [m.log_likelihood(d, num_samples=20, seed=1) for m, d in ((scaled, raw), (plain, x))]
    np.testing.assert_allclose(both[0], both[1] - np.log(unit).sum(), atol=0.02)


@pytest.mark.parametrize(
    ("standardise", "shape"), [("shared", ()), ("per_channel", (3,)), ("per_dimension", (4, 5, 3))]
)
def test_what_has_a_unit_of_its_own(standardise: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4, 5, 3)) * [1.0, 10.0, 100.0] + 7
    likelihood = LIKELIHOODS["normal"]((4, 5, 3), standardise=standardise)
    assert likelihood.loc.shape == shape and not likelihood.is_adapted
    likelihood.adapt([(x[:20], np.ones(20)), (x[20:], np.ones(30))])
    axes = tuple(range(4 - len(shape)))
    np.testing.assert_allclose(likelihood.loc.numpy(), x.mean(axis=axes), rtol=1e-5)
    np.testing.assert_allclose(likelihood.unit.numpy(), x.std(axis=axes), rtol=1e-5)
    assert likelihood.is_adapted


def test_scales_stay_above_the_least() -> None:
    likelihood = LIKELIHOODS["normal"]((2,), scale="per_dimension", least_scale=0.5)
    likelihood.start_noise(np.zeros(2), np.array([4.0, 1e-9]))
    np.testing.assert_allclose(np.exp(likelihood.log_scale.numpy()), [2.0, 0.5], rtol=1e-6)
    constrained = likelihood.log_scale.constraint(tf.constant([-3.0, 1.0]))
    np.testing.assert_allclose(np.exp(constrained), [0.5, np.e], rtol=1e-6)


def test_without_it_nothing_is_added() -> None:
    plain = LIKELIHOODS["normal"]((4,))
    assert [w.name for w in plain.weights] == ["log_scale"] and plain.is_adapted
    with pytest.raises(UnknownNameError, match="per_channel"):
        LIKELIHOODS["normal"]((4,), standardise="channel")


def test_a_constant_column_and_values_too_large(x: np.ndarray) -> None:
    x = x.copy()
    x[:, 1] = 7.5
    likelihood: Any = {"name": "normal", "standardise": "per_dimension"}
    model = model_of(likelihood, network=NETWORK)
    model.adapt(x)
    assert model.likelihood.unit.numpy()[1] == 1
    np.testing.assert_allclose(model.reconstruct(x)[:, 1], 7.5, atol=1e-3)
    assert np.isfinite(model.trace(x, seed=0).elbo().numpy()).all()
    x[3, 2] = 1e30
    with pytest.raises(DataError, match=r"values of about .e\+2.: expected no more than 1e\+15"):
        model_of(likelihood).adapt(x)


def test_units_are_those_of_the_first_training(x: np.ndarray, tmp_path: Path) -> None:
    model = model_of({"name": "normal", "standardise": "shared"}, network=NETWORK)
    model.adapt(x)
    unit = model.likelihood.unit.numpy()
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.encoder.get_layer("shortcut").known.numpy() == 1
    before = [w.numpy() for w in again.weights]
    again.adapt(100 * x)  # as another `fit` would
    for value, weight in zip(before, again.weights, strict=True):
        np.testing.assert_array_equal(value, weight.numpy())
    np.testing.assert_array_equal(again.likelihood.unit.numpy(), unit)
    np.testing.assert_array_equal(again.reconstruct(x), model.reconstruct(x))


def test_units_of_batches_and_of_weights(x: np.ndarray) -> None:
    raw, weights = LOC + UNIT * x, np.repeat([0.0, 2.0], 128)
    likelihood: Any = {"name": "normal", "standardise": "per_dimension"}
    one, two, three = (model_of(likelihood) for _ in range(3))
    one.adapt(raw)
    two.adapt(tf.data.Dataset.from_tensor_slices(raw).batch(50))
    three.adapt(raw, weights)
    np.testing.assert_allclose(one.likelihood.unit.numpy(), two.likelihood.unit.numpy(), rtol=1e-6)
    np.testing.assert_allclose(
        three.likelihood.unit.numpy(), raw[128:].std(axis=0, dtype=np.float64), rtol=1e-5
    )


@pytest.mark.parametrize("network", ["mlp", "conv", "resnet"])
def test_a_shortcut_begins_as_probabilistic_pca(network: str) -> None:
    """Its ELBO is then exact: log p(x)."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 16)) + 0.3 * rng.normal(size=(300, 16))
    x = (40 + 7 * x).astype(np.float32).reshape(-1, 4, 4, 1)
    sizes = {"mlp": {"hidden": [8]}, "conv": {"filters": [4]}, "resnet": {"widths": [4, 4]}}
    parts = {"network": {"name": network, "shortcut": True, **sizes[network]}, "seed": 0}
    likelihood = {"name": "normal", "standardise": "shared"}
    model = VAE((4, 4, 1), 3, likelihood=likelihood, **parts)
    model.adapt(x[:200])
    known = baselines(lambda: [x[:200]], x[200:], 3, Density())
    elbo = model.trace(x[200:], 100, seed=0).elbo().numpy().mean()
    expected = known["probabilistic_pca"]["log_likelihood"]["mean"]
    assert elbo == pytest.approx(expected, abs=0.05)
    exact = model.log_likelihood(x[200:], num_samples=2).mean()
    assert exact == pytest.approx(expected, abs=1e-3 * abs(expected))
    error = ((model.reconstruct(x[200:]) - x[200:]) ** 2).mean()
    assert error == pytest.approx(known["pca"]["mean_squared_error"]["mean"], rel=0.05)


def test_the_start_of_bits_and_counts() -> None:
    """To first order, the means are those of the components."""
    rng = np.random.default_rng(6)
    logits = rng.normal(size=(500, 2)) @ rng.normal(size=(2, 12))
    for name, x in (
        ("bernoulli", rng.random((500, 12)) < 1 / (1 + np.exp(-logits))),
        ("negative_binomial", rng.poisson(np.exp(logits / 2 + 1))),
    ):
        x = x.astype(np.float32)
        model = VAE((12,), 2, likelihood=name, network=NETWORK, seed=0)
        model.adapt(x)
        error = ((model.reconstruct(x) - x) ** 2).mean()
        pca = baselines(lambda x=x: [x], x, 2)["pca"]["mean_squared_error"]["mean"]
        assert pca * 0.9 < error < x.var(axis=0).mean()


def test_more_latents_than_components_and_a_condition(x: np.ndarray) -> None:
    labels = np.arange(256) % 3
    likelihood: Any = {"name": "normal", "standardise": "shared"}
    model = CVAE((4,), 6, num_classes=3, likelihood=likelihood, network=NETWORK, seed=0)
    model.adapt(x)
    q = model.encode(x, condition=labels)
    np.testing.assert_allclose(q.stddev().numpy()[:, 3:], 1, rtol=1e-5)
    np.testing.assert_allclose(q.mean().numpy()[:, 3:], 0, atol=1e-6)
    assert np.abs(model.reconstruct(x, condition=labels) - x).mean() < 0.3


@pytest.mark.slow
def test_the_runtime_works_in_the_data_s_units(x: np.ndarray, tmp_path: Path) -> None:
    raw = LOC + UNIT * x
    likelihood: Any = {"name": "normal", "scale": "per_dimension", "standardise": "per_dimension"}
    model = model_of(likelihood, network=NETWORK)
    model.adapt(raw)
    model.save_to_preset(tmp_path / "p")
    served = vaezoo.load(tmp_path / "p")
    np.testing.assert_allclose(served.reconstruct(raw), model.reconstruct(raw), rtol=1e-4)
    p = served.decode(np.zeros((3, 2), np.float32))
    np.testing.assert_allclose(p.stddev()[0], model.likelihood_of(np.zeros((1, 2))).stddev()[0],
                               rtol=1e-5)  # fmt: skip
    noise = np.zeros((len(raw), 1, 2), np.float32)
    np.testing.assert_allclose(
        served.score(raw, noise=noise), model.score(raw, noise=noise), atol=2e-3
    )
