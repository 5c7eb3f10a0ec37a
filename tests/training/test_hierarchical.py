"""Several latent groups: their densities, their objectives, their training."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from training_helpers import small_recipe

from vaezoo._trace import Latent
from vaezoo.distributions import draws, tfd
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.models import ConvTwoLevelVAE, HierarchicalVAE, LadderVAE, ResidualVAE, TwoLevelVAE
from vaezoo.posteriors.group_posteriors import GROUP_POSTERIORS, normal_from_outputs
from vaezoo.training import run
from vaezoo.training.callbacks import StopOnNaN
from vaezoo.training.optimizers import make_optimizer
from vaezoo.training.recipe_tables import Optimizer
from vaezoo.training.skipping import SkippingAdam

SHAPE = (7, 5, 1)
SMALL: dict[str, HierarchicalVAE] = {}


def small(name: str, **more: Any) -> HierarchicalVAE:
    """A model of every kind, the posteriors far enough from the priors to be of interest."""
    keras.utils.set_random_seed(3)
    model = {
        "two_level": lambda: TwoLevelVAE(SHAPE, (2, 3), width=16, seed=0, **more),
        "conv_two_level": lambda: ConvTwoLevelVAE(SHAPE, (2, 3), width=16, seed=0, **more),
        "ladder": lambda: LadderVAE(SHAPE, (2, 3, 4), widths=(8, 12, 16), seed=0, **more),
        "residual": lambda: ResidualVAE(SHAPE, (1, 2), widths=(8, 12), seed=0, **more),
    }[name]()
    for weight in model.trainable_weights:
        weight.assign(weight * 1.5)
    return model


KINDS = ("two_level", "conv_two_level", "ladder", "residual")


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_is_made_of_the_densities_that_the_model_gives(
    kind: str, binary: np.ndarray
) -> None:
    model, x = small(kind), binary[:6]
    trace = model.trace(x, 4, seed=1)
    z = tf.concat([latent.sample for latent in trace.latents], axis=-1)
    assert z.shape == (4, 6, model.latent_dim) and len(trace.latents) == len(model.latent_dims)
    log_q = tf.add_n([latent.posterior.log_prob(latent.sample) for latent in trace.latents])
    np.testing.assert_allclose(model.encode(x).log_prob(z), log_q, atol=1e-4)
    np.testing.assert_allclose(model.likelihood_of(z).log_prob(x), trace.log_likelihood, atol=1e-4)
    log_p = tf.add_n([latent.prior.log_prob(latent.sample) for latent in trace.latents])
    weights = trace.log_likelihood + log_p - log_q
    np.testing.assert_allclose(trace.log_weights(), weights, atol=1e-4)
    drawn = model.encode(x).sample(5, seed=2)
    assert drawn.shape == (5, 6, model.latent_dim)
    assert np.isfinite(model.encode(x).log_prob(drawn)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_kl_of_each_group_is_the_mean_log_ratio(kind: str, binary: np.ndarray) -> None:
    model = small(kind)
    trace = model.trace(binary[:4], 4000, seed=1)
    for latent, kl in zip(trace.latents, trace.kl_per_group(), strict=True):
        ratio = -latent.log_ratio().numpy()
        error = ratio.std(axis=0) / math.sqrt(len(ratio))
        assert (np.abs(ratio.mean(axis=0) - kl) <= 4 * error + 1e-5).all()
    np.testing.assert_allclose(trace.kl(), np.sum(trace.kl_per_group(), axis=0), rtol=1e-5)


def test_noise_becomes_draws_of_the_prior(binary: np.ndarray) -> None:
    model = small("ladder")
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((20_000, sum(model.noise_dims)), dtype=np.float32)
    first, second, third = np.split(model.from_noise(noise).numpy(), np.cumsum((2, 3)), axis=1)
    np.testing.assert_allclose(first, noise[:, :2])
    # given what is above, each group is what the noise says
    for above, group, z, own in (
        (first, model.groups[1], second, noise[:, 2:5]),
        (second, model.groups[2], third, noise[:, 5:]),
    ):
        prior = normal_from_outputs(group.prior(above))
        expected = prior.mean() + prior.stddev() * own
        np.testing.assert_allclose(z, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_log_likelihood_equals_integration_on_a_grid(binary: np.ndarray) -> None:
    keras.utils.set_random_seed(5)
    model = TwoLevelVAE(SHAPE, (1, 1), width=8, seed=0)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    model.fit(binary, epochs=5, verbose=0)
    grid = np.linspace(-15.0, 15.0, 401, dtype=np.float32)
    step = float(grid[1] - grid[0])
    z = np.array(list(itertools.product(grid, grid)), np.float32)
    prior = normal_from_outputs(model.groups[1].prior(z[:, :1]))
    log_prior = scipy.stats.norm.logpdf(z[:, 0]) + prior.log_prob(z[:, 1:]).numpy()
    assert np.exp(log_prior).sum() * step**2 == pytest.approx(1, abs=1e-3)
    x = binary[:5]
    log_joint = model.likelihood_of(z[:, None]).log_prob(x).numpy() + log_prior[:, None]
    exact = scipy.special.logsumexp(log_joint, axis=0) + 2 * math.log(step)
    weights = model.importance_weights(x, num_samples=20_000, seed=0)
    error = 1 / np.sqrt(weights.effective_sample_size())  # of log of a mean of weights
    assert (np.abs(weights.log_likelihood() - exact) <= 4 * error + 1e-3).all()
    assert (4 * error < 0.2).all()


def test_precision_weighting_is_the_product_of_two_normals() -> None:
    numbers, given = np.array([[0.7, 0.2]], np.float32), np.array([[-1.0, 1.5]], np.float32)
    prior = normal_from_outputs(tf.constant(given))
    posterior = GROUP_POSTERIORS["precision_weighted"](tf.constant(numbers), prior)
    z = np.linspace(-20, 20, 40_001)
    both = [
        scipy.stats.norm.pdf(z, mean, math.log1p(math.exp(raw)))
        for mean, raw in (numbers[0], given[0])
    ]
    product = both[0] * both[1]
    product /= product.sum() * (z[1] - z[0])
    found = np.exp(posterior.log_prob(z[:, None].astype(np.float32)))
    np.testing.assert_allclose(found, product, atol=1e-4)


def test_a_residual_posterior_of_zeros_is_the_prior() -> None:
    prior = normal_from_outputs(tf.constant([[0.3, -0.4, 0.5, 0.6]]))
    same = GROUP_POSTERIORS["residual"](tf.zeros((1, 4)), prior)
    np.testing.assert_allclose(tfd.kl_divergence(same, prior), 0, atol=1e-6)
    moved = GROUP_POSTERIORS["residual"](tf.constant([[2.0, 0.0, math.log(3), 0.0]]), prior)
    np.testing.assert_allclose(moved.mean()[0, 0], 0.3 + 2 * prior.stddev()[0, 0], rtol=1e-6)
    np.testing.assert_allclose(moved.stddev()[0, 0], 3 * prior.stddev()[0, 0], rtol=1e-6)


def test_densities_of_the_narrowest_groups_are_not_rounding() -> None:
    numbers = np.array([[12.0, -9.0, -80.0, -80.0]], np.float32)  # far off, and all but points
    noise = np.random.default_rng(0).standard_normal((500, 2), dtype=np.float32)
    for distribution in (
        normal_from_outputs(numbers),
        GROUP_POSTERIORS["residual"](0 * numbers, normal_from_outputs(numbers)),
    ):
        scale = distribution.stddev().numpy().astype(np.float64)
        np.testing.assert_allclose(scale, 0.01, rtol=1e-6)
        found = distribution.log_prob(distribution.mean() + distribution.stddev() * noise)
        exact = scipy.stats.norm.logpdf(noise.astype(np.float64)) - np.log(scale)
        np.testing.assert_allclose(found, exact.sum(axis=1), atol=2e-3)


def test_noise_says_the_density_of_the_narrowest_posteriors_exactly() -> None:
    posterior = normal_from_outputs(np.array([[12.0, -9.0, -80.0, -80.0]], np.float32))
    noise = np.random.default_rng(0).standard_normal((500, 1, 2), dtype=np.float32)
    source = draws(500, None, tf.constant(noise))
    z = source.sample(posterior)
    prior = normal_from_outputs(np.array([[12.0, -9.0, 1.0, 1.0]], np.float32))
    latent = Latent(posterior, prior, z, noise=source.noise_of(posterior))
    scale = posterior.stddev().numpy().astype(np.float64)
    exact = scipy.stats.norm.logpdf(noise.astype(np.float64)) - np.log(scale)
    log_q = prior.log_prob(z) - latent.log_ratio()
    np.testing.assert_allclose(log_q, exact.sum(axis=-1), atol=5e-6)
    assert np.abs(posterior.log_prob(z) - exact.sum(axis=-1)).max() > 1e-4  # what it is for


def test_only_draws_of_normals_are_known_by_their_noise() -> None:
    given, seeded = draws(1, None, tf.zeros((1, 1, 2))), draws(1, tf.constant([0, 0]), None)
    plain = normal_from_outputs(tf.zeros((1, 4)))
    assert given.noise_of(plain) is not None and seeded.noise_of(plain) is None
    assert given.noise_of(tfd.LogNormal(tf.zeros(2), 1.0)) is None


@pytest.mark.parametrize(
    "objective",
    [
        "annealed_elbo",
        {"name": "importance_weighted", "num_samples": 3},
        {"name": "renyi", "num_samples": 3},
        {"name": "free_bits", "per": "group"},
        "free_bits",
        "constrained",
        {"name": "multiple_importance_weighted", "num_bounds": 2, "samples_per_bound": 2},
        {"name": "partially_importance_weighted", "num_bounds": 2, "samples_per_bound": 2},
        {"name": "combined_importance_weighted", "num_samples": 3},
    ],
)
def test_objectives_of_the_kl_and_of_log_weights_work_unchanged(
    objective: Any, binary: np.ndarray
) -> None:
    model = small("two_level", objective=objective)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    history = model.fit(binary, epochs=2, batch_size=128, verbose=0).history
    assert history["elbo"][-1] > history["elbo"][0]
    assert {"kl_1", "kl_2"} <= set(history)


def test_free_nats_are_free_for_a_group_or_a_dimension(binary: np.ndarray) -> None:
    for per in ("group", "dimension"):
        model = small("ladder", objective={"name": "free_bits", "free_nats": 0.0, "per": per})
        trace = model.trace(binary, 2, seed=0)
        loss = model.objective.loss(trace).numpy().mean()
        assert loss == pytest.approx(-trace.elbo().numpy().mean(), rel=1e-4)
    model = small("ladder", objective={"name": "free_bits", "free_nats": 1e4, "per": "group"})
    trace = model.trace(binary, 2, seed=0)
    loss = model.objective.loss(trace).numpy()
    np.testing.assert_allclose(loss, 3e4 - trace.reconstruction().numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    "objective", ["sticking_the_landing", "total_correlation", "mean_discrepancy"]
)
def test_objectives_of_one_group_say_so(objective: str, binary: np.ndarray) -> None:
    model = small("two_level", objective=objective)
    with pytest.raises(ConfigError, match="single latent group, the model has 2"):
        model.objective.group_losses(model.trace(binary[:4], 1, seed=0, training=True))


def test_a_vamp_prior_is_made_of_the_posteriors_of_the_first_group(binary: np.ndarray) -> None:
    model = small("two_level", prior={"name": "vamp", "num_components": 8})
    model.prior.set_pseudo_inputs(np.clip(binary[:8], 0.01, 0.99))
    z = np.random.default_rng(0).normal(size=(11, 2)).astype(np.float32)
    latent = model.trace(binary[:2], 1, seed=0).latents[0]
    first = normal_from_outputs(
        model.groups[0].posterior(model.bottom_up(model.prior.pseudo_inputs())[0])
    )
    expected = scipy.special.logsumexp(first.log_prob(z[:, None]), axis=1) - math.log(8)
    np.testing.assert_allclose(latent.prior.log_prob(z), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("num_groups", "latent_dims"), [((0, 0, 2), (3, 3)), ((1, 0, 1), (3, 12)), ((1, 0, 0), (12,))]
)
def test_a_level_may_have_no_group(
    num_groups: tuple[int, ...], latent_dims: tuple[int, ...], binary: np.ndarray
) -> None:
    levels = {"widths": (4, 6, 8), "latent_channels": (1, 2, 3)}  # 4×3, 2×2 and 1×1 pixels
    model = ResidualVAE(SHAPE, num_groups, **levels, seed=0)
    assert model.latent_dims == latent_dims
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model.objective.loss(model.trace(binary[:4], 1, seed=0)))
    gradients = tape.gradient(loss, model.trainable_weights)
    assert np.isfinite(loss) and all(gradient is not None for gradient in gradients)


def test_mistakes_speak() -> None:
    with pytest.raises(UnknownNameError, match="ladder"):
        HierarchicalVAE(SHAPE, network="laddder")
    with pytest.raises(UnknownNameError, match="residual"):
        ResidualVAE(SHAPE, posterior="residul")
    with pytest.raises(ConfigError, match="one per group"):
        LadderVAE(SHAPE, (2, 3), widths=(4,))
    with pytest.raises(ConfigError, match="one number per scale"):
        ResidualVAE(SHAPE, (2,))
    with pytest.raises(ConfigError, match="at least one scale a group"):
        ResidualVAE(SHAPE, (0, 0))
    for model in (ResidualVAE, ConvTwoLevelVAE):
        with pytest.raises(ConfigError, match="needs images"):
            model((64,))
    with pytest.raises(ConfigError, match="lives in 'sphere'"):
        TwoLevelVAE(SHAPE, prior="uniform_sphere")
    with pytest.raises(DataError, match=r"expected \[N, 16\]"):
        TwoLevelVAE(SHAPE).decode(np.zeros((3, 5), np.float32))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_skipping_adam_leaves_out_what_is_too_large(jit_compile: bool) -> None:
    weight, other = keras.Variable([1.0, 2.0]), keras.Variable([1.0, 2.0])
    optimizer, plain = SkippingAdam(0.1, skip_factor=5.0), keras.optimizers.Adam(0.1)
    optimizer.build([weight])

    @tf.function(jit_compile=jit_compile)
    def step(gradient: tf.Tensor) -> None:
        optimizer.apply([gradient], [weight])

    def state() -> list[np.ndarray]:
        kept = [v for v in optimizer.variables if v is not optimizer.usual_norm]
        return [variable.numpy() for variable in (*kept, weight)]

    for gradient in ([3.0, 4.0], [5.0, 0.0], [0.0, 24.0]):  # of norms 5, 5, 24
        step(tf.constant(gradient))
        plain.apply([tf.constant(gradient)], [other])
    np.testing.assert_allclose(weight, other, rtol=1e-6)
    usual = 0.99 * 5 + 0.01 * 24
    assert float(optimizer.usual_norm.numpy()) == pytest.approx(usual, rel=1e-6)
    before = state()
    for bad in ([30.0, 0.0], [np.nan, 0.0], [np.inf, 0.0]):
        step(tf.constant(bad))
    for value, old in zip(state(), before, strict=True):
        np.testing.assert_array_equal(value, old)
    for _ in range(100):  # norms that stay large are followed in the end
        step(tf.constant([40.0, 0.0]))
    assert int(optimizer.iterations.numpy()) > 3
    assert SkippingAdam.from_config(optimizer.get_config()).skip_factor == 5.0
    with pytest.raises(ConfigError, match="skip_factor"):
        SkippingAdam(skip_factor=0)


AVERAGED = small_recipe(
    model={"name": "TwoLevelVAE", "width": 16},
    optimizer=Optimizer("skipping_adam", arguments={"use_ema": True, "ema_momentum": 0.9}),
)


@pytest.fixture(scope="module")
def averaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("averaged") / "run"
    run.train(AVERAGED, out, progress=False)
    return out


@pytest.mark.exhaustive
def test_the_best_weights_are_the_averaged_ones(averaged: Path) -> None:
    model = run.build_model(AVERAGED, (8, 8, 1))
    model.compile(make_optimizer(AVERAGED, 1))
    model.optimizer.build(model.trainable_variables)
    (last,) = averaged.glob("last.*.weights.h5")
    model.load_weights(last)
    raw = [weight.numpy() for weight in model.trainable_weights]
    averages = [v.numpy() for v in model.optimizer._model_variables_moving_average]
    model.load_weights(averaged / "best.weights.h5")
    best = [weight.numpy() for weight in model.trainable_weights]
    assert any((a != b).any() for a, b in zip(raw, best, strict=True))
    for value, average in zip(best, averages, strict=True):
        np.testing.assert_array_equal(value, average)


@pytest.mark.exhaustive
def test_an_interrupted_run_with_averages_ends_with_the_same_weights(
    averaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def killed(self: Any, epoch: int, logs: Any = None) -> None:
        if epoch == 2:
            raise Killed

    monkeypatch.setattr(StopOnNaN, "on_epoch_begin", killed, raising=False)
    with pytest.raises(Killed):
        run.train(AVERAGED, tmp_path / "run", progress=False)
    monkeypatch.undo()
    run.train(AVERAGED, tmp_path / "run", progress=False)
    for file in ("best.weights.h5", "last.0003.weights.h5", "model.weights.h5"):
        assert (tmp_path / "run" / file).read_bytes() == (averaged / file).read_bytes(), file


@pytest.mark.exhaustive
def test_a_run_reports_the_kl_of_each_group(averaged: Path) -> None:
    metrics = run.files.read_json(averaged / "metrics.json")
    kl = metrics["kl_per_group"]
    assert len(kl) == 2 and sum(kl) == pytest.approx(metrics["kl"]["mean"], rel=1e-4)
