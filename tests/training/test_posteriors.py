"""Posteriors with their priors against closed forms, integrals and Monte Carlo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from scipy import special, stats

from vaezoo.distributions import (
    BallExponential,
    BallTranslation,
    Planar,
    Radial,
    RelaxedCategories,
    path_log_prob,
    tfd,
)
from vaezoo.errors import ConfigError
from vaezoo.export.graphs import ExportGraph
from vaezoo.export.onnx import Weights, write_onnx
from vaezoo.posteriors import (
    POSTERIORS,
    Deterministic,
    DiagonalNormal,
    Dirichlet,
    FullCovariance,
    GumbelSoftmax,
    NormalAndCategorical,
    PlanarFlow,
    Poincare,
    Posterior,
    PowerSpherical,
    RadialFlow,
)
from vaezoo.priors import Prior, StandardNormal
from vaezoo.priors.dirichlet import DirichletPrior
from vaezoo.priors.normal_and_categorical import NormalAndCategoricalPrior
from vaezoo.priors.uniform_categorical import UniformCategorical
from vaezoo.priors.uniform_sphere import UniformSphere
from vaezoo.priors.wrapped_normal import WrappedNormal

PAIRS = {
    "full_covariance": (FullCovariance, StandardNormal, 3, {}),
    "planar_flow": (PlanarFlow, StandardNormal, 3, {"num_flows": 2}),
    "radial_flow": (RadialFlow, StandardNormal, 3, {"num_flows": 2}),
    "power_spherical": (PowerSpherical, UniformSphere, 3, {}),
    "poincare": (Poincare, WrappedNormal, 3, {"curvature": 0.5}),
    "gumbel_softmax": (GumbelSoftmax, UniformCategorical, 6, {"num_categories": 3}),
    "normal_and_categorical": (
        NormalAndCategorical,
        NormalAndCategoricalPrior,
        5,
        {"num_categories": 3, "temperature": 0.8},
    ),
    "dirichlet": (Dirichlet, DirichletPrior, 4, {}),
}
CLOSED_KL = {"full_covariance", "power_spherical", "dirichlet"}
SEED = [3, 4]

every_pair = pytest.mark.parametrize("name", PAIRS)


def pair(name: str) -> tuple[Posterior, Prior]:
    posterior, prior, latent_dim, arguments = PAIRS[name]
    shared = arguments if "flow" not in name else {}
    return posterior(latent_dim, **arguments), prior(latent_dim, **shared)


def outputs_of(posterior: Posterior, batch: int = 4, spread: float = 0.7) -> tf.Tensor:
    shape = (batch, posterior.num_outputs)
    return tf.constant(np.random.default_rng(1).normal(0, spread, shape), tf.float32)


def assert_mean(values: np.ndarray, expected: np.ndarray | float, axis: int = 0) -> None:
    """The mean over an axis is `expected`, within 4 standard errors."""
    values = np.asarray(values, np.float64)
    error = values.std(axis) / np.sqrt(values.shape[axis])
    assert (np.abs(values.mean(axis) - expected) <= 4 * error + 1e-6).all()


# ── what holds for every pair ─────────────────────────────────────────────────


@every_pair
def test_registry(name: str) -> None:
    assert POSTERIORS[name] is PAIRS[name][0]


@every_pair
def test_supports_and_configs(name: str) -> None:
    for part, cls in zip(pair(name), PAIRS[name], strict=False):
        copy = cls.from_config(part.get_config())
        assert copy.get_config() == part.get_config()
        assert copy.space == part.space == pair(name)[0].space
        reloaded = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(part), safe_mode=True
        )
        assert reloaded.get_config() == part.get_config()


@every_pair
def test_density_ratios_have_mean_one(name: str) -> None:
    """E_p[q(z) / p(z)] = 1: both are densities by the same measure. p has the longer tails."""
    posterior, prior = pair(name)
    q, p = posterior.distribution(outputs_of(posterior, spread=0.3)), prior.distribution()
    z = p.sample((20_000, 1), seed=SEED)
    assert_mean(np.exp(q.log_prob(z) - p.log_prob(z)), 1.0)


@every_pair
def test_kl(name: str) -> None:
    posterior, prior = pair(name)
    q, p = posterior.distribution(outputs_of(posterior)), prior.distribution()
    if name not in CLOSED_KL:
        with pytest.raises(NotImplementedError):
            tfd.kl_divergence(q, p)
        return
    z = q.sample(20_000, seed=SEED)
    assert_mean(q.log_prob(z) - p.log_prob(z), tfd.kl_divergence(q, p).numpy())


@every_pair
def test_densities_of_any_z_eager_and_compiled(name: str) -> None:
    posterior, prior = pair(name)
    outputs = outputs_of(posterior)
    z = posterior.distribution(outputs).sample(50, seed=SEED)

    def densities(outputs: tf.Tensor, z: tf.Tensor) -> tuple[tf.Tensor, ...]:
        q, p = posterior.distribution(outputs), prior.distribution()
        return q.log_prob(z), p.log_prob(z), path_log_prob(q, z)

    compiled = tf.function(densities, jit_compile=True)
    for expected, value in zip(densities(outputs, z), compiled(outputs, z), strict=True):
        assert value.shape == (50, 4)
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=2e-4)
    q = posterior.distribution(outputs)
    own = q.log_prob(q.sample(50, seed=SEED))  # may know what z was made from
    np.testing.assert_allclose(own, densities(outputs, z)[0], rtol=1e-4, atol=5e-4)


@every_pair
def test_batches_of_unknown_size(name: str) -> None:
    posterior, prior = pair(name)

    @tf.function(input_signature=[tf.TensorSpec([None, posterior.num_outputs])])
    def draw(outputs: tf.Tensor) -> tuple[tf.Tensor, ...]:
        q, p = posterior.distribution(outputs), prior.distribution()
        z = q.sample(5, seed=SEED)
        assert z.shape[-1] == posterior.latent_dim
        return z, q.log_prob(z), p.log_prob(z), posterior.parameters(outputs)["mean"]

    outputs = outputs_of(posterior)
    z, log_q, log_p, mean = draw(outputs)
    expected = posterior.distribution(outputs).log_prob(tf.identity(z))
    np.testing.assert_allclose(log_q, expected, rtol=1e-4, atol=5e-4)
    np.testing.assert_allclose(log_p, prior.distribution().log_prob(z), rtol=1e-4, atol=5e-4)
    assert mean.shape == (4, posterior.latent_dim)


@every_pair
def test_densities_have_the_gradient_of_finite_differences(name: str) -> None:
    posterior, _ = pair(name)
    outputs = outputs_of(posterior)
    z = posterior.distribution(outputs).sample(seed=SEED)
    direction = tf.constant(np.random.default_rng(2).normal(size=outputs.shape), tf.float32)

    def log_prob(step: float | tf.Tensor) -> tf.Tensor:
        return posterior.distribution(outputs + step * direction).log_prob(z)

    step = tf.zeros([4, 1])
    with tf.GradientTape() as tape:
        tape.watch(step)
        value = log_prob(step)
    gradient = (log_prob(1e-2) - log_prob(-1e-2)) / 2e-2
    np.testing.assert_allclose(tape.gradient(value, step)[:, 0], gradient, rtol=1e-2, atol=2e-2)


@every_pair
def test_gradients_reach_the_encoder(name: str) -> None:
    posterior, prior = pair(name)
    for spread in (0.0, 0.7, 8.0):
        outputs = outputs_of(posterior, spread=spread)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            q = posterior.distribution(outputs)
            z = q.sample(20, seed=SEED)
            ratio = prior.distribution().log_prob(z) - q.log_prob(z)
            loss = ratio + tf.reduce_sum(z**3 * [*range(z.shape[-1])], axis=-1)
        gradients = tape.gradient(loss, outputs).numpy()
        assert np.isfinite(gradients).all()
        assert spread != 0.7 or (np.abs(gradients).max(axis=0) > 0).all()


@every_pair
def test_means_and_noise_export_to_onnx(name: str, tmp_path: Path) -> None:
    posterior, prior = pair(name)
    assert_exports(posterior.parameters, posterior.num_outputs, tmp_path / "parameters.onnx")
    assert_exports(lambda z: {"z": prior.from_noise(z)}, prior.noise_dim, tmp_path / "prior.onnx")


def assert_exports(function: Callable[[tf.Tensor], dict], width: int, path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(7, width)).astype(np.float32)
    write_onnx(ExportGraph("graph", {"x": (width,)}, function, lambda _: [x]), path, {}, Weights())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names, expected = [output.name for output in session.get_outputs()], function(tf.constant(x))
    assert set(names) == set(expected)
    for key, value in zip(names, session.run(names, {"x": x}), strict=True):
        np.testing.assert_allclose(value, expected[key], rtol=1e-4, atol=1e-5)


@every_pair
def test_noise_makes_the_prior(name: str) -> None:
    prior = pair(name)[1]
    noise = np.random.default_rng(0).normal(size=(5000, prior.noise_dim)).astype(np.float32)
    made, drawn = prior.from_noise(noise), prior.distribution().sample(5000, seed=SEED)
    for a, b in zip(np.transpose(made), np.transpose(drawn), strict=True):
        assert stats.ks_2samp(a, b).pvalue > 1e-3
    p = prior.distribution()
    if name != "power_spherical":  # whose density is one number
        assert stats.ks_2samp(p.log_prob(made), p.log_prob(drawn)).pvalue > 1e-3


# ── normals with correlations ─────────────────────────────────────────────────


def test_full_covariance() -> None:
    posterior = FullCovariance(3)
    parameters = posterior.parameters(outputs_of(posterior))
    mean, lower = parameters["mean"].numpy(), parameters["scale_tril"].numpy()
    assert (np.triu(lower, 1) == 0).all() and (np.diagonal(lower, axis1=1, axis2=2) > 0).all()
    covariance = lower @ np.swapaxes(lower, 1, 2)
    q = posterior.distribution(outputs_of(posterior))
    z = q.sample(10, seed=SEED).numpy()
    for b in range(4):
        expected = stats.multivariate_normal(mean[b], covariance[b]).logpdf(z[:, b])
        np.testing.assert_allclose(q.log_prob(z)[:, b], expected, rtol=1e-4, atol=1e-4)
    standard = tfd.kl_divergence(q, StandardNormal(3).distribution())
    trace, logdet = np.trace(covariance, axis1=1, axis2=2), np.linalg.slogdet(covariance)[1]
    np.testing.assert_allclose(
        standard, (trace + (mean**2).sum(1) - 3 - logdet) / 2, rtol=1e-4, atol=1e-5
    )


def test_full_covariance_against_any_diagonal_normal() -> None:
    full, diagonal = FullCovariance(3), DiagonalNormal(3)
    q, p = full.distribution(outputs_of(full)), diagonal.distribution(outputs_of(diagonal))
    same = tfd.MultivariateNormalDiag(p.distribution.loc, p.distribution.scale)
    np.testing.assert_allclose(tfd.kl_divergence(q, p), tfd.kl_divergence(q, same), rtol=1e-4)
    laplace = tfd.Independent(tfd.Laplace(tf.zeros(3), 1.0), 1)
    with pytest.raises(NotImplementedError):
        tfd.kl_divergence(q, laplace)


# ── invertible maps ───────────────────────────────────────────────────────────


def maps(dim: int, spread: float) -> dict[str, object]:
    rng = np.random.default_rng(5)

    def draw(size: int) -> tf.Tensor:
        return tf.constant(rng.normal(0, spread, (6, size)), tf.float32)

    inside = tf.tanh(draw(dim)) / (2 * dim**0.5)
    return {
        "planar": Planar(draw(dim), draw(dim), draw(1)),
        "planar_without_normal": Planar(draw(dim), 0 * draw(dim), draw(1)),
        "radial": Radial(draw(dim), draw(1), draw(1)),
        "ball_exponential": BallExponential(0.7),
        "ball_translation": BallTranslation(inside, 0.7),
    }


@pytest.mark.parametrize("name", maps(2, 1.0))
@pytest.mark.parametrize("spread", [1.0, 4.0])
@pytest.mark.parametrize("dim", [1, 3])
def test_maps_invert_and_know_their_determinants(name: str, spread: float, dim: int) -> None:
    bijector = maps(dim, spread)[name]
    z = tf.constant(np.random.default_rng(0).normal(size=(6, dim)), tf.float32)
    z = z / (2 * tf.norm(z, axis=-1, keepdims=True)) if name == "ball_translation" else z
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        y = bijector.forward(z)
        again = tf.identity(y)  # unknown to the cache
        back = bijector.inverse(again)
    jacobian = tape.batch_jacobian(y, z)
    expected = np.linalg.slogdet(jacobian.numpy().astype(np.float64))[1]
    np.testing.assert_allclose(
        bijector.forward_log_det_jacobian(z, event_ndims=1), expected, rtol=1e-3, atol=1e-3
    )
    np.testing.assert_allclose(back, z, rtol=2e-3, atol=2e-3)
    product = tape.batch_jacobian(back, again) @ jacobian
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(dim), product.shape), atol=5e-3)


@pytest.mark.parametrize("name", ["planar", "radial"])
def test_flows_are_the_paper_s(name: str) -> None:
    bijector = maps(3, 1.0)[name]
    z = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    if name == "planar":
        u, w, b = (getattr(bijector, name).numpy() for name in ("u", "normal", "offset"))
        inner = (w * bijector.direction.numpy()).sum(-1)
        shift = np.log(np.expm1(0.999))
        np.testing.assert_allclose(
            (w * u).sum(-1), -0.999 + np.logaddexp(0, inner + shift), rtol=1e-4, atol=1e-4
        )
        expected = z + u * np.tanh((w * z).sum(-1, keepdims=True) + b)
    else:
        c, a, beta = bijector.center, bijector.a, bijector.a_plus_b - bijector.a
        r = np.linalg.norm(z - c, axis=-1, keepdims=True)
        expected = z + beta / (a + r) * (z - c)
    np.testing.assert_allclose(bijector.forward(z), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "posterior", [PlanarFlow(2, 4), RadialFlow(2, 4)], ids=["planar", "radial"]
)
def test_flow_densities_integrate_to_one(posterior: Posterior) -> None:
    outputs = outputs_of(posterior, spread=1.0)
    axis = np.linspace(-12, 12, 481, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2)
    q = posterior.distribution(outputs)
    mass = np.exp(q.log_prob(grid)).sum(0) * (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(mass, 1, atol=0.01)
    parameters = posterior.parameters(outputs)
    image = q.bijector.forward(parameters["base_mean"])
    np.testing.assert_allclose(parameters["mean"], image, rtol=1e-6)


# ── spheres ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_power_spherical(dim: int) -> None:
    posterior = PowerSpherical(dim)
    parameters = posterior.parameters(outputs_of(posterior, spread=2.0))
    direction, concentration = (parameters[key].numpy() for key in ("mean", "concentration"))
    np.testing.assert_allclose(np.linalg.norm(direction, axis=-1), 1, rtol=1e-5)
    q = posterior.distribution(outputs_of(posterior, spread=2.0))
    z = q.sample(20_000, seed=SEED)
    np.testing.assert_allclose(np.linalg.norm(z, axis=-1), 1, rtol=1e-5)
    expected = (concentration / (dim - 1 + concentration))[:, None] * direction
    assert_mean(z, expected)
    centred = z - q.mean()
    assert_mean(centred[..., 0] * centred[..., 1], q.covariance()[:, 0, 1])
    # log C = a log 2 + b log pi + ...
    half = (dim - 1) / 2
    normaliser = (concentration + 2 * half) * np.log(2) + half * np.log(np.pi)
    normaliser += special.gammaln(half + concentration) - special.gammaln(2 * half + concentration)
    expected = concentration * np.log1p((z.numpy() * direction).sum(-1)) - normaliser
    np.testing.assert_allclose(q.log_prob(z), expected, rtol=1e-3, atol=1e-3)


def test_power_spherical_integrates_to_one() -> None:
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], -1)[:, None].astype(np.float32)
    posterior = PowerSpherical(2)
    q = posterior.distribution(outputs_of(posterior, spread=2.0))
    np.testing.assert_allclose(np.exp(q.log_prob(circle)).mean(0) * 2 * np.pi, 1, rtol=1e-3)
    uniform = UniformSphere(2).distribution().log_prob(circle[:, 0])
    np.testing.assert_allclose(uniform, -np.log(2 * np.pi), rtol=1e-5)


def test_power_spherical_has_finite_gradients_where_a_beta_rounds_to_one() -> None:
    """sqrt(1 - t^2) has none at t = 1; on a circle float32 draws it often."""
    posterior = PowerSpherical(2)
    outputs = tf.constant([[1.0, 0.0, 50.0], [0.3, 0.4, 500.0]])
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        z = posterior.distribution(outputs).sample(50_000, seed=SEED)
        loss = tf.reduce_mean(z[..., 0] * z[..., 1])
    assert np.isfinite(tape.gradient(loss, outputs)).all()


# ── the Poincare ball ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("curvature", [1.0, 0.25])
def test_poincare_integrates_to_one_over_the_disc(curvature: float) -> None:
    edge = 1 / np.sqrt(curvature)
    radius = edge * np.sin(np.linspace(0, np.pi / 2, 600))[1:-1]  # dense at the edge
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    r, t = np.meshgrid(radius, angle, indexing="ij")
    grid = np.stack([r * np.cos(t), r * np.sin(t)], -1).astype(np.float32)
    posterior, prior = Poincare(2, curvature), WrappedNormal(2, curvature)
    q = posterior.distribution(outputs_of(posterior, spread=0.5))
    for distribution in (q, prior.distribution()):
        density = np.exp(distribution.log_prob(grid.reshape(-1, 1, 2))).reshape(*r.shape, -1)
        ring = (density * r[..., None]).mean(1) * 2 * np.pi
        np.testing.assert_allclose(np.trapezoid(ring, radius, axis=0), 1, atol=5e-3)


def test_poincare_is_the_paper_s_wrapped_normal() -> None:
    """log N(v) - (D - 1) log(sinh(|v|) / |v|) + D log lambda(z), with distances from the mean."""
    posterior = Poincare(3)
    outputs = outputs_of(posterior, spread=0.5).numpy()
    outputs[:, 3:] = 0.4  # one scale: |v| is all that counts, and it is the distance
    parameters = posterior.parameters(outputs)
    mean, scale = (parameters[key].numpy().astype(np.float64) for key in ("mean", "scale"))
    q = posterior.distribution(outputs)
    z = q.sample(100, seed=SEED).numpy().astype(np.float64)
    square = ((z - mean) ** 2).sum(-1)
    conformal, conformal_mean = 2 / (1 - (z**2).sum(-1)), 2 / (1 - (mean**2).sum(-1))
    distance = np.arccosh(1 + square * conformal * conformal_mean / 2)
    normal = stats.norm(0, scale[0, 0])
    expected = normal.logpdf(distance) + 2 * normal.logpdf(0)
    expected += -2 * np.log(np.sinh(distance) / distance) + 3 * np.log(conformal)
    np.testing.assert_allclose(q.log_prob(z.astype(np.float32)), expected, rtol=1e-3, atol=5e-3)
    length = np.linalg.norm(outputs[:, :3], axis=-1)
    np.testing.assert_allclose(2 * np.arctanh(np.linalg.norm(mean, axis=-1)), length, rtol=1e-4)


def test_poincare_is_finite_at_the_edge() -> None:
    posterior, prior = Poincare(2), WrappedNormal(2).distribution()
    far = tf.constant([[50.0, 0.0, 3.0, 3.0], [0.0, 0.0, -50.0, -50.0]])
    z = tf.constant([[1.0, 0.0], [0.0, 0.0]])
    q = posterior.distribution(far)
    assert np.isfinite(q.log_prob(z)).all() and np.isfinite(prior.log_prob(z)).all()
    assert (np.linalg.norm(q.sample(1000, seed=SEED), axis=-1) < 1).all()


# ── simplices ─────────────────────────────────────────────────────────────────


def triangle(steps: int) -> tuple[np.ndarray, float]:
    """Middles of the cells of a grid over the simplex of three numbers, and a cell's area."""
    axis = (np.arange(steps) + 1 / 3) / steps
    a, b = (grid.ravel() for grid in np.meshgrid(axis, axis))
    kept = a + b < 1
    low = np.stack([a, b, 1 - a - b], -1)[kept]
    up = low + np.array([1, 1, -2]) / (3 * steps)
    cells = np.concatenate([low, up[up[:, 2] > 0]])
    return cells.astype(np.float32), 0.5 / steps**2


def test_relaxed_categories_match_tfp_and_integrate_to_one() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 1, 3)).astype(np.float32)
    ours, theirs = RelaxedCategories(0.3, logits), tfd.RelaxedOneHotCategorical(0.3, logits[:, 0])
    z = np.random.default_rng(1).dirichlet(np.ones(3), (50, 4)).astype(np.float32)
    np.testing.assert_allclose(ours.log_prob(z), theirs.log_prob(z), rtol=1e-4, atol=1e-4)
    grid, area = triangle(300)
    mass = np.exp(RelaxedCategories(0.9, logits).log_prob(grid[:, None])).sum(0) * area
    np.testing.assert_allclose(mass, 1, atol=0.02)


def test_relaxed_categories_choose_as_the_categories_do() -> None:
    posterior = GumbelSoftmax(6, 3, 0.4)
    outputs = outputs_of(posterior)
    z = posterior.distribution(outputs).sample(20_000, seed=SEED).numpy().reshape(-1, 4, 2, 3)
    np.testing.assert_allclose(z.sum(-1), 1, rtol=1e-5)
    chosen = (z == z.max(-1, keepdims=True)).reshape(-1, 4, 6)
    expected = special.softmax(outputs.numpy().reshape(4, 2, 3), -1).reshape(4, 6)
    np.testing.assert_allclose(posterior.parameters(outputs)["mean"], expected, rtol=1e-5)
    assert_mean(chosen, expected)


@pytest.mark.parametrize("temperature", [0.05, 2 / 3])
def test_relaxed_categories_are_finite_at_the_corners(temperature: float) -> None:
    posterior, prior = GumbelSoftmax(3, 3, temperature), UniformCategorical(3, 3, temperature)
    q, p = posterior.distribution(tf.constant([[60.0, 0.0, -60.0]])), prior.distribution()
    corner = tf.constant([[1.0, 0.0, 0.0]])
    for z in (q.sample(1000, seed=SEED), p.sample((1000, 1), seed=SEED), corner):
        assert np.isfinite(q.log_prob(z)).all() and np.isfinite(p.log_prob(z)).all()
    extreme = prior.from_noise(tf.constant([[9.0, -9.0, 0.0, 9.0, 9.0, 0.0]]))
    assert np.isfinite(p.log_prob(extreme)).all()


def test_normals_and_a_category_are_independent() -> None:
    posterior = NormalAndCategorical(5, 3, 0.8)
    outputs = outputs_of(posterior)
    normal, category = DiagonalNormal(2), GumbelSoftmax(3, 3, 0.8)
    z = posterior.distribution(outputs).sample(20, seed=SEED)
    expected = normal.distribution(outputs[:, :4]).log_prob(z[..., :2])
    expected += category.distribution(outputs[:, 4:]).log_prob(z[..., 2:])
    np.testing.assert_allclose(posterior.distribution(outputs).log_prob(z), expected, rtol=1e-5)
    np.testing.assert_allclose(
        posterior.parameters(outputs)["mean"],
        np.concatenate([outputs[:, :2], special.softmax(outputs[:, 4:], -1)], -1),
        rtol=1e-5,
    )


def test_dirichlet() -> None:
    posterior = Dirichlet(3)
    outputs = outputs_of(posterior)
    concentration = np.logaddexp(0, outputs.numpy().astype(np.float64)) + 0.1
    q = posterior.distribution(outputs)
    z = q.sample(20_000, seed=SEED)
    assert_mean(z, concentration / concentration.sum(-1, keepdims=True))
    point = np.array([0.2, 0.3, 0.5])
    expected = [stats.dirichlet(a).logpdf(point) for a in concentration]
    np.testing.assert_allclose(q.log_prob(point.astype(np.float32)), expected, rtol=1e-4)
    assert np.isfinite(q.log_prob([[1.0, 0.0, 0.0]])).all()
    sparse = posterior.distribution(tf.constant([[-20.0, -20.0, -20.0]]))
    assert np.isfinite(sparse.log_prob(sparse.sample(5000, seed=SEED))).all()


@pytest.mark.parametrize("concentration", [0.5, 1, 2.5])
def test_dirichlet_priors_from_noise(concentration: float) -> None:
    prior = DirichletPrior(3, concentration)
    noise = np.random.default_rng(0).normal(size=(5000, prior.noise_dim)).astype(np.float32)
    z = prior.from_noise(noise)
    np.testing.assert_allclose(np.sum(z, -1), 1, rtol=1e-5)
    margin = stats.beta(concentration, 2 * concentration)
    for d in range(3):
        assert stats.kstest(z[:, d], margin.cdf).pvalue > 1e-3
    one = DirichletPrior(3).distribution().log_prob([0.2, 0.3, 0.5])
    assert float(one) == pytest.approx(np.log(2), abs=1e-5)


# ── points, and what is refused ───────────────────────────────────────────────


def test_deterministic() -> None:
    posterior = Deterministic(3)
    outputs = outputs_of(posterior)
    z = posterior.distribution(outputs).sample(5, seed=SEED)
    np.testing.assert_array_equal(z, np.broadcast_to(outputs, (5, 4, 3)))
    np.testing.assert_array_equal(posterior.parameters(outputs)["mean"], outputs)
    assert posterior.space is None
    assert not tf.reduce_any(posterior.distribution(outputs).log_prob(z) != 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PlanarFlow(2, 0), "num_flows=0"),
        (lambda: PowerSpherical(1), "latent_dim=1"),
        (lambda: UniformSphere(1), "latent_dim=1"),
        (lambda: Dirichlet(1), "latent_dim=1"),
        (lambda: DirichletPrior(3, 0.98), "concentration=0.98"),
        (lambda: DirichletPrior(3, 0), "concentration=0"),
        (lambda: Poincare(2, -1.0), "curvature=-1.0"),
        (lambda: WrappedNormal(2, float("inf")), "curvature=inf"),
        (lambda: GumbelSoftmax(7, 3), "latent_dim=7 with num_categories=3"),
        (lambda: GumbelSoftmax(6, 1), "num_categories=1"),
        (lambda: UniformCategorical(6, 3, 0.0), "temperature=0.0"),
        (lambda: NormalAndCategorical(3, 3), "latent_dim=3 with num_categories=3"),
        (lambda: NormalAndCategoricalPrior(3, 3), "no dimensions are left"),
    ],
)
def test_bad_arguments(make: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()
