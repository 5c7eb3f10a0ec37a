"""Likelihoods against SciPy, sums over all levels, integrals and Monte Carlo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from scipy import integrate, special, stats

from vaezoo.distributions import LogisticValue
from vaezoo.errors import ConfigError
from vaezoo.export.graphs import ExportGraph
from vaezoo.export.onnx import Weights, write_onnx
from vaezoo.likelihoods import (
    LIKELIHOODS,
    Categorical,
    ContinuousBernoulli,
    DiscretisedLogistic,
    Laplace,
    Likelihood,
    NegativeBinomial,
    Normal,
    OptimalNormal,
    Poisson,
    StudentT,
)
from vaezoo.likelihoods.counts import Counts
from vaezoo.likelihoods.discretised import Discretised
from vaezoo.metrics import bits_per_dimension

SHAPE = (2, 3)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "categorical": ("categorical", {"levels": 5}),
    "colour": ("colour_logistic_mixture", {}),
    "colour_of_few_levels": ("colour_logistic_mixture", {"levels": 16, "num_components": 2}),
    "continuous_bernoulli": ("continuous_bernoulli", {}),
    "discretised_logistic": ("discretised_logistic", {}),
    "laplace": ("laplace", {"scale": 0.4}),
    "laplace_per_dimension": ("laplace", {"scale": "per_dimension"}),
    "logistic_mixture": ("discretised_logistic", {"levels": 16, "num_components": 3}),
    "negative_binomial": ("negative_binomial", {}),
    "normal_shared": ("normal", {"scale": "shared"}),
    "optimal_normal": ("optimal_normal", {"momentum": 0.9}),
    "poisson": ("poisson", {}),
    "table": ("table", {"num_components": 3}),  # of real numbers; others in test_tables.py
    "student_t_shared": ("student_t", {"scale": "shared", "df": 3.5}),
}
every_case = pytest.mark.parametrize("case", CASES)


def likelihood_of(case: str) -> Likelihood:
    """With learned weights away from their initial values."""
    name, arguments = CASES[case]
    likelihood = LIKELIHOODS[name](SHAPE, **arguments)
    rng = np.random.default_rng(7)
    for weight in likelihood.trainable_weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    return likelihood


def outputs_of(likelihood: Likelihood, *batch: int, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(0, spread, (*batch, *likelihood.output_shape)).astype(np.float32)


def data_of(likelihood: Likelihood, *batch: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    uniform = rng.random((*batch, *SHAPE))
    if isinstance(likelihood, Discretised):
        top = likelihood.levels - 1
        return np.float32(np.round(top * uniform)) / np.float32(top)
    if isinstance(likelihood, Counts):
        return np.floor(uniform * 9).astype(np.float32)
    return uniform.astype(np.float32)


def assert_mean(values: np.ndarray, expected: np.ndarray) -> None:
    """The mean over the first axis is `expected`, within 4 standard errors."""
    values = np.asarray(values, np.float64)
    error = values.std(0) / np.sqrt(len(values))
    assert (np.abs(values.mean(0) - expected) <= 4 * error + 1e-6).all()


# ── what holds for every likelihood ───────────────────────────────────────────


def test_every_likelihood_is_tested_here() -> None:
    assert {name for name, _ in CASES.values()} | {"bernoulli"} == set(LIKELIHOODS)


@every_case
def test_config(case: str) -> None:
    likelihood = likelihood_of(case)
    config = likelihood.get_config()
    assert config | CASES[case][1] == config
    reloaded = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(likelihood), safe_mode=True
    )
    assert type(reloaded) is type(likelihood) and reloaded.get_config() == config


@every_case
def test_samples_axis_and_batch_axis(case: str) -> None:
    """Outputs [K, B, ...] and data [B, ...] give what each pair gives by itself, [K, B]."""
    likelihood = likelihood_of(case)
    outputs, x = outputs_of(likelihood, 2, 3), data_of(likelihood, 3)
    whole = likelihood.distribution(outputs).log_prob(x)
    for k, b in np.ndindex(2, 3):
        alone = likelihood.distribution(outputs[k, b]).log_prob(x[b])
        np.testing.assert_allclose(whole[k, b], alone, rtol=2e-5)
    mean = likelihood.parameters(outputs)["mean"]
    np.testing.assert_allclose(likelihood.distribution(outputs).mean(), mean, rtol=1e-5, atol=1e-6)
    assert mean.shape == (2, 3, *SHAPE)


@every_case
def test_half_precision_outputs_give_float32(case: str) -> None:
    likelihood = likelihood_of(case)
    outputs, x = outputs_of(likelihood, 2).astype(np.float16), data_of(likelihood, 2)
    exact = likelihood.distribution(outputs.astype(np.float32)).log_prob(x)
    np.testing.assert_array_equal(likelihood.distribution(outputs).log_prob(x), exact)
    assert {p.dtype for p in likelihood.parameters(outputs).values()} == {tf.float32}


@every_case
def test_gradients_reach_everything_and_xla_agrees(case: str) -> None:
    likelihood = likelihood_of(case)
    x, weights = tf.constant(data_of(likelihood, 4)), likelihood.trainable_weights

    def step(outputs: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            log_prob = likelihood.distribution(outputs).log_prob(x)
            mean = tf.reduce_mean(likelihood.parameters(outputs)["mean"])
        gradients = tape.gradient([log_prob, mean], [outputs, *(w.value for w in weights)])
        return log_prob, gradients

    compiled = tf.function(step, jit_compile=True)
    for spread in (1.0, 30.0):
        outputs = tf.constant(outputs_of(likelihood, 2, 4, spread=spread))
        log_prob, gradients = step(outputs)
        assert all(np.isfinite(g).all() and np.abs(g).max() > 0 for g in gradients)
        xla_log_prob, xla_gradients = compiled(outputs)
        np.testing.assert_allclose(xla_log_prob, log_prob, rtol=2e-5)
        for xla, eager in zip(xla_gradients, gradients, strict=True):
            # Locations of colours take part in later channels: large numbers cancel, in 7 digits.
            within = 1e-5 * np.abs(eager).max() if case.startswith("colour") else 0.0
            np.testing.assert_allclose(xla, eager, rtol=1e-3, atol=max(1e-4, within))


@every_case
def test_samples_have_the_mean(case: str) -> None:
    likelihood = likelihood_of(case)
    distribution = likelihood.distribution(outputs_of(likelihood, 2))
    x = distribution.sample(20_000, seed=[3, 4])
    assert likelihood.is_normalised_on(x.numpy())
    mean = likelihood.parameters(outputs_of(likelihood, 2))["mean"]
    assert_mean(x, mean)


@every_case
def test_what_the_encoder_sees(case: str) -> None:
    likelihood = likelihood_of(case)
    x = data_of(likelihood, 3)
    expected = np.log1p(x) if isinstance(likelihood, Counts) else x
    np.testing.assert_allclose(likelihood.encoder_inputs(x), expected, rtol=1e-6)


@every_case
def test_parameters_convert_to_onnx(case: str, tmp_path: Path) -> None:
    likelihood = likelihood_of(case)
    graph = ExportGraph(
        "decoder",
        {"outputs": likelihood.output_shape},
        lambda outputs: dict(sorted(likelihood.parameters(outputs).items())),
        lambda num: [outputs_of(likelihood, num)],
    )
    write_onnx(graph, tmp_path / "decoder.onnx", {}, Weights())
    session = onnxruntime.InferenceSession(
        tmp_path / "decoder.onnx", providers=["CPUExecutionProvider"]
    )
    outputs = outputs_of(likelihood, 3, spread=5.0)
    for name, value in likelihood.parameters(outputs).items():
        (found,) = session.run([name], {"outputs": outputs})
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-6)


# ── values between 0 and 1 ────────────────────────────────────────────────────


LOGITS = np.array([-200, -20, -3, -0.31, -0.29, -0.01, 0, 1e-4, 0.02, 1, 10, 60], np.float32)


def continuous_bernoulli_density(x: float, logits: np.ndarray) -> np.ndarray:
    """In double precision: l e^(l x) / (e^l - 1), from the mirrored side for l > 0."""
    size = np.maximum(np.abs(np.asarray(logits, np.float64)), 1e-9)
    return np.exp(-size * np.where(logits > 0, 1 - x, x)) * size / -np.expm1(-size)


@pytest.mark.parametrize("x", [0.0, 0.2, 0.5, 1.0])
def test_continuous_bernoulli_density(x: float) -> None:
    likelihood = ContinuousBernoulli((1,))
    log_prob = likelihood.distribution(LOGITS[:, None]).log_prob([x])
    expected = np.log(continuous_bernoulli_density(x, LOGITS))
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5, atol=2e-6)


def test_continuous_bernoulli_integrals() -> None:
    """The density has integral 1, and "mean" is its mean, which is not the sigmoid."""
    likelihood = ContinuousBernoulli((1,))
    grid = np.linspace(0, 1, 20_001, dtype=np.float32)
    density = np.exp(likelihood.distribution(LOGITS[:, None]).log_prob(grid[:, None, None]))
    total = integrate.simpson(density, x=grid, axis=0)
    mean = integrate.simpson(density * grid[:, None], x=grid, axis=0)
    np.testing.assert_allclose(total, 1, atol=2e-5)
    found = likelihood.parameters(LOGITS[:, None])["mean"][:, 0]
    np.testing.assert_allclose(found, mean, atol=2e-5)
    assert np.abs(found - special.expit(LOGITS)).max() > 0.1


# ── real values ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scale", [0.3, "shared", "per_dimension"])
@pytest.mark.parametrize(
    ("cls", "oracle", "shape"),
    [(Normal, stats.norm, ()), (Laplace, stats.laplace, ()), (StudentT, stats.t, (5.0,))],
)
def test_scaled_densities(cls: Any, oracle: Any, shape: tuple, scale: float | str) -> None:
    likelihood = cls(SHAPE, scale)
    rng = np.random.default_rng(0)
    value: Any = scale
    if isinstance(scale, str):
        value = rng.uniform(0.2, 2.0, likelihood.log_scale.shape)
        likelihood.log_scale.assign(np.log(value))
        assert likelihood.log_scale.shape == (SHAPE if scale == "per_dimension" else ())
    mean = rng.normal(size=(5, 4, *SHAPE)).astype(np.float32)
    x = rng.normal(size=(4, *SHAPE)).astype(np.float32)
    expected = oracle.logpdf(x, *shape, mean, value).sum((-1, -2))
    np.testing.assert_allclose(likelihood.distribution(mean).log_prob(x), expected, rtol=1e-5)
    scales = likelihood.parameters(mean)["scale"]
    np.testing.assert_allclose(scales, np.broadcast_to(value, mean.shape), rtol=1e-6)


def test_learned_scales_of_laplace_find_the_absolute_errors() -> None:
    likelihood = Laplace((2,), "per_dimension")
    x = np.random.default_rng(0).laplace(size=(5000, 2)).astype(np.float32) * [0.5, 2.0]
    optimizer = keras.optimizers.Adam(0.05)
    for _ in range(200):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(likelihood.distribution(tf.zeros(x.shape)).log_prob(x))
        weights = likelihood.trainable_weights
        optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)
    np.testing.assert_allclose(np.exp(likelihood.log_scale), np.abs(x).mean(0), rtol=1e-2)


def optimal_pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(2, 50, *SHAPE)).astype(np.float32)
    return mean, mean.mean(0) + 0.3 * rng.normal(size=(50, *SHAPE)).astype(np.float32)


def test_optimal_scale_has_the_greatest_likelihood() -> None:
    mean, x = optimal_pair()
    variance = np.mean((x - mean) ** 2)
    found = OptimalNormal(SHAPE).training_distribution(mean, x).log_prob(x)
    expected = stats.norm(mean, np.sqrt(variance)).logpdf(x).sum((-1, -2))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert np.mean(found) == pytest.approx(-3 * (1 + np.log(2 * np.pi * variance)), rel=1e-5)
    for factor in (0.9, 1.1):
        other = Normal(SHAPE, float(factor * np.sqrt(variance))).distribution(mean)
        assert np.mean(found) > np.mean(other.log_prob(x))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_optimal_scale_is_averaged_for_use_outside_training(jit_compile: bool) -> None:
    likelihood, (mean, x) = OptimalNormal(SHAPE, momentum=0.9), optimal_pair()
    fit = tf.function(
        lambda m, x: likelihood.training_distribution(m, x).log_prob(x), jit_compile=jit_compile
    )
    assert likelihood.trainable_weights == []
    assert float(likelihood.log_scale()) == 0
    deviation = np.sqrt(np.mean((x - mean) ** 2))
    fit(mean, x)
    # One batch is all that is known: no trace of the zeros that the weights began with.
    np.testing.assert_allclose(np.exp(likelihood.log_scale()), deviation, rtol=1e-5)
    fit(3 * mean, 3 * x)
    expected = (0.9 * np.log(deviation) + np.log(3 * deviation)) / 1.9
    np.testing.assert_allclose(likelihood.log_scale(), expected, rtol=1e-5)
    log_prob = likelihood.distribution(mean).log_prob(x)
    expected = stats.norm(mean, np.exp(expected)).logpdf(x).sum((-1, -2))
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5)


def test_optimal_scale_has_a_floor_and_gradients_at_it() -> None:
    likelihood, x = OptimalNormal(SHAPE), tf.zeros((2, *SHAPE))
    with tf.GradientTape() as tape:
        tape.watch(x)
        log_prob = likelihood.training_distribution(x[None], tf.stop_gradient(x)).log_prob(x)
    floor = stats.norm(0, np.exp(-7)).logpdf(0)
    np.testing.assert_allclose(log_prob, np.full((1, 2), 6 * floor), rtol=1e-5)
    assert np.isfinite(tape.gradient(log_prob, x)).all()


def test_optimal_scale_is_assigned_within_a_replica() -> None:
    strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    with strategy.scope():
        likelihood = OptimalNormal((1,))
    assert likelihood.total.value.aggregation is tf.VariableAggregation.MEAN
    x = tf.constant([[2.0]])
    strategy.run(
        tf.function(lambda: likelihood.training_distribution(tf.zeros((1, 1, 1)), x).log_prob(x))
    )
    np.testing.assert_allclose(np.exp(likelihood.log_scale()), 2, rtol=1e-5)


# ── levels ────────────────────────────────────────────────────────────────────


def all_levels(levels: int) -> np.ndarray:
    return np.arange(levels, dtype=np.float32) / np.float32(levels - 1)


def masses(likelihood: Discretised, outputs: np.ndarray) -> np.ndarray:
    """p(x) of every level, [levels, *batch], for data of shape (1,)."""
    x = all_levels(likelihood.levels)
    x = x.reshape(-1, *[1] * outputs.ndim)
    return np.exp(likelihood.distribution(outputs).log_prob(x), dtype=np.float64)


@pytest.mark.parametrize("spread", [0.3, 3.0, 30.0])
@pytest.mark.parametrize("levels", [2, 5, 256])
@pytest.mark.parametrize(
    ("cls", "arguments"),
    [(Categorical, {}), (DiscretisedLogistic, {}), (DiscretisedLogistic, {"num_components": 4})],
)
def test_masses_sum_to_one(cls: Any, arguments: dict, levels: int, spread: float) -> None:
    likelihood = cls((1,), levels, **arguments)
    outputs = outputs_of(likelihood, 50, spread=spread)
    mass = masses(likelihood, outputs)
    np.testing.assert_allclose(mass.sum(0), 1, atol=2e-5)
    mean = (all_levels(levels)[:, None] * mass).sum(0)
    found = likelihood.parameters(outputs)["mean"][:, 0]
    # A logistic's mean is the one before rounding: half a step away at most.
    within = 1e-5 if cls is Categorical else 0.5 / (levels - 1) + 1e-5
    np.testing.assert_allclose(found, mean, atol=within)
    variance = ((all_levels(levels)[:, None] - mean) ** 2 * mass).sum(0)
    stddev = likelihood.distribution(outputs).stddev()[:, 0]
    np.testing.assert_allclose(stddev, np.sqrt(variance), atol=1e-4)


def test_categorical_masses() -> None:
    likelihood = Categorical(SHAPE, levels=7)
    outputs, x = outputs_of(likelihood, 4), data_of(likelihood, 4)
    scores = special.log_softmax(outputs.astype(np.float64).reshape(4, *SHAPE, 7), axis=-1)
    chosen = np.round(6 * x).astype(int)[..., None]
    expected = np.take_along_axis(scores, chosen, axis=-1).sum((-1, -2, -3))
    np.testing.assert_allclose(likelihood.distribution(outputs).log_prob(x), expected, rtol=1e-5)
    np.testing.assert_allclose(
        special.log_softmax(likelihood.parameters(outputs)["scores"], -1), scores, rtol=1e-4
    )


def logistic_masses(loc: np.ndarray, scale: np.ndarray, levels: int) -> np.ndarray:
    """In double precision, [levels, ...]."""
    steps = (np.arange(levels - 1) + 0.5) / (levels - 1)
    below = stats.logistic(loc, scale).cdf(steps.reshape(-1, *[1] * loc.ndim))
    return np.diff(below, axis=0, prepend=0, append=1)


@pytest.mark.parametrize("num_components", [1, 3])
def test_logistic_masses(num_components: int) -> None:
    likelihood = DiscretisedLogistic((1,), levels=32, num_components=num_components)
    outputs = outputs_of(likelihood, 40)
    named = {k: v.numpy().astype(np.float64) for k, v in likelihood.parameters(outputs).items()}
    parts = logistic_masses(named["loc"], np.exp(named["log_scale"]), 32)
    expected = (parts * special.softmax(named["scores"], axis=-1)).sum(-1)[..., 0]
    np.testing.assert_allclose(masses(likelihood, outputs), expected, rtol=2e-4, atol=1e-7)


def test_wide_logistics_have_the_mean_of_their_masses() -> None:
    loc, scale = np.meshgrid([-0.5, 0.0, 0.3, 0.5, 1.0, 2.0], [0.01, 0.1, 1.0, 10.0])
    mean = np.tensordot(np.arange(256) / 255, logistic_masses(loc, scale, 256), 1)
    parameters = [np.float32(p)[..., None] for p in (0 * loc, loc, np.log(scale))]
    np.testing.assert_allclose(LogisticValue(256, *parameters).mean(), mean, atol=5e-5)


def test_logistic_masses_far_away_keep_their_logarithm() -> None:
    """Where the sigmoids' difference is zero in float32, and in double precision too."""
    distribution = LogisticValue(256, *np.float32([[0.0], [0.9], [-8.0]]))
    x, rate, half = np.arange(1, 200) / 255, np.exp(8.0), 0.5 / 255
    # F(a) - F(b) = e^b (e^(a - b) - 1) as a and b go to minus infinity
    expected = (x - half - 0.9) * rate + np.log(np.expm1(2 * half * rate))
    assert expected[0] < -2000
    np.testing.assert_allclose(distribution.log_prob(np.float32(x)), expected, rtol=1e-5)


@pytest.mark.parametrize("num_components", [1, 10])
def test_logistic_mixtures_begin_wide(num_components: int) -> None:
    """Zeros for outputs give every level a mass that training can start from."""
    likelihood = DiscretisedLogistic((1,), num_components=num_components)
    mass = masses(likelihood, np.zeros((1, *likelihood.output_shape), np.float32))
    assert mass.min() > 1e-5
    np.testing.assert_allclose(mass, mass[::-1], rtol=1e-3)


def test_bits_per_dimension() -> None:
    likelihood = Categorical(SHAPE, levels=256)
    outputs = np.zeros((3, *likelihood.output_shape), np.float32)
    log_prob = likelihood.distribution(outputs).log_prob(data_of(likelihood, 3)).numpy()
    np.testing.assert_allclose(bits_per_dimension(log_prob, SHAPE), [8.0] * 3, rtol=1e-6)


# ── counts ────────────────────────────────────────────────────────────────────


def test_poisson_masses() -> None:
    likelihood = Poisson((1,))
    outputs = np.array([-5, 0, 2, 30, 300], np.float32)[:, None]
    x = np.arange(600, dtype=np.float32)
    found = likelihood.distribution(outputs).log_prob(x[:, None, None])
    expected = stats.poisson(np.logaddexp(0, outputs[:, 0])).logpmf(x[:, None])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.exp(found).sum(0), 1, atol=1e-4)


@pytest.mark.parametrize("r", [0.1, 1.0, 50.0, 2e4])
def test_negative_binomial_masses(r: float) -> None:
    likelihood = NegativeBinomial((1,))
    likelihood.log_r.assign([np.log(r)])
    mean = np.array([0.01, 0.7, 5, 40])
    outputs = np.log(np.expm1(mean))[:, None].astype(np.float32)
    x = np.arange(4000, dtype=np.float32)
    found = likelihood.distribution(outputs).log_prob(x[:, None, None])
    expected = stats.nbinom(r, r / (r + mean)).logpmf(x[:, None])
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=5e-4)
    np.testing.assert_allclose(np.exp(found).sum(0), 1, atol=1e-3)
    np.testing.assert_allclose(likelihood.parameters(outputs)["mean"][:, 0], mean, rtol=2e-4)


def test_dispersion_is_learned() -> None:
    likelihood = NegativeBinomial((1,))
    x = np.random.default_rng(0).negative_binomial(4, 0.5, (4000, 1)).astype(np.float32)
    outputs = tf.constant(np.log(np.expm1(np.full_like(x, x.mean()))))
    optimizer = keras.optimizers.Adam(0.05)
    for _ in range(150):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(likelihood.distribution(outputs).log_prob(x))
        optimizer.apply(tape.gradient(loss, [likelihood.log_r.value]), [likelihood.log_r])
    # mean 4 and variance 8 belong to r = 4
    assert float(np.exp(likelihood.log_r.value)[0]) == pytest.approx(4, rel=0.15)


# ── where they are normalised, and what they refuse ───────────────────────────


@pytest.mark.parametrize(
    ("likelihood", "good", "bad"),
    [
        (DiscretisedLogistic((1,)), all_levels(256), all_levels(255)),
        (Categorical((1,), 16), all_levels(16), all_levels(256)),
        (Categorical((1,), 2**16), all_levels(2**16), all_levels(2**16 - 1)),
        (Poisson((1,)), np.float32([0, 3, 2**24]), np.float32([0, 0.5])),
        (NegativeBinomial((1,)), np.float32([0, 3]), np.float32([0.999])),
    ],
)
def test_where_they_are_normalised(likelihood: Any, good: np.ndarray, bad: np.ndarray) -> None:
    assert likelihood.is_normalised_on(good)
    assert not likelihood.is_normalised_on(bad)
    low, high = likelihood.value_range
    assert low <= good.min() and good.max() <= high < np.inf


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (Laplace, {"scale": 0}, "scale=0: give"),
        (StudentT, {"scale": "each"}, "scale='each': give"),
        (StudentT, {"df": 1}, "df=1: give"),
        (StudentT, {"df": "learned"}, "df='learned': give"),
        (OptimalNormal, {"momentum": 1}, "momentum=1: give"),
        (OptimalNormal, {"momentum": None}, "momentum=None: give"),
        (Categorical, {"levels": 1}, "levels=1: give"),
        (Categorical, {"levels": 2.5}, "levels=2.5: give"),
        (DiscretisedLogistic, {"levels": True}, "levels=True: give"),
        (DiscretisedLogistic, {"num_components": 0}, "num_components=0: give"),
    ],
)
def test_bad_arguments(cls: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cls(SHAPE, **arguments)
