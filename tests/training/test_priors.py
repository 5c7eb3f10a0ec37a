"""Learned priors, and the flows of posteriors, against closed forms, integrals and Monte Carlo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from scipy import special, stats

from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.export.graphs import ExportGraph
from vaezoo.export.onnx import Weights, write_onnx
from vaezoo.networks.made import MADE
from vaezoo.posteriors import DiagonalNormal, InverseAutoregressive, Posterior
from vaezoo.priors import (
    PRIORS,
    ConditionalNormal,
    Context,
    MaskedAutoregressive,
    Mixture,
    Prior,
    RealNVP,
    VampPrior,
)

CASES: dict[str, dict[str, Any]] = {
    "conditional_normal": {"condition_dim": 3},
    "masked_autoregressive": {"num_flows": 2, "hidden": (16,)},
    "mixture": {"num_components": 4},
    "real_nvp": {"num_flows": 3, "hidden": (16,)},
    "vamp": {"num_components": 5, "data_shape": (2, 3)},
}
FLOWS = ["masked_autoregressive", "real_nvp"]
SEED = [3, 4]

every_prior = pytest.mark.parametrize("name", CASES)
every_flow = pytest.mark.parametrize("name", FLOWS)


def normals(*shape: int, spread: float = 1.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, shape).astype(np.float32)


def shaken(part: Any, spread: float = 0.4) -> Any:
    """`part` with weights that are far from where they start."""
    for index, weight in enumerate(part.trainable_weights):
        weight.assign(normals(*weight.shape, spread=spread, seed=index))
    return part


def encoder(posterior: Posterior, inputs: int = 6) -> Any:
    """x -> q(z|x), linear, with fixed weights."""
    kernel = normals(inputs, posterior.num_outputs, spread=0.5)
    return lambda x: posterior.distribution(tf.reshape(x, [-1, inputs]) @ kernel)


def case(name: str, dim: int = 2) -> tuple[Prior, Context]:
    """A prior that nothing is special about, with a batch of one z for each of 4 conditions."""
    return shaken(PRIORS[name](dim, **CASES[name])), Context(
        encoder(DiagonalNormal(dim)), tf.constant(normals(4, 3))
    )


def grid(reach: float = 28.0, points: int = 801) -> tuple[np.ndarray, float]:
    """Points of the plane, [N, 1, 2], and the area that each stands for."""
    axis = np.linspace(-reach, reach, points, dtype=np.float32)
    area = float(axis[1] - axis[0]) ** 2
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2), area


def assert_inverts(z: tf.Tensor, again: tf.Tensor, tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(again, z, rtol=tolerance, atol=tolerance)


# ── what holds for every prior ────────────────────────────────────────────────


@every_prior
def test_densities_integrate_to_one(name: str) -> None:
    prior, context = case(name)
    points, area = grid()
    mass = np.exp(prior.distribution(context).log_prob(points)).sum(0) * area
    assert mass.shape == ((4,) if name == "conditional_normal" else (1,))
    np.testing.assert_allclose(mass, 1, atol=3e-3)


@every_prior
def test_densities_and_draws_eager_and_compiled(name: str) -> None:
    prior, context = case(name, dim=5)
    noise, z = normals(4, prior.noise_dim), normals(7, 4, 5, seed=1)

    def values(noise: tf.Tensor, z: tf.Tensor) -> tuple[tf.Tensor, ...]:
        distribution = prior.distribution(context)
        with tf.GradientTape() as tape:
            tape.watch(z)
            log_prob = distribution.log_prob(z)
        return log_prob, tape.gradient(log_prob, z), prior.from_noise(noise, context)

    arguments = tf.constant(noise), tf.constant(z)
    compiled = tf.function(values, jit_compile=True)(*arguments)
    for expected, value in zip(values(*arguments), compiled, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-3)
    assert compiled[0].shape == (7, 4)


@every_prior
def test_gradients_of_densities_are_those_of_finite_differences(name: str) -> None:
    """By z and by all weights at once, along one direction."""
    prior, context = case(name)
    weights = prior.trainable_weights
    z, start = tf.constant(normals(6, 4, 2)), [tf.identity(weight) for weight in weights]
    ways = [normals(*weight.shape, seed=9 + i) for i, weight in enumerate(weights)]
    z_way = normals(6, 4, 2, seed=8)

    def log_prob(step: float) -> float:
        for weight, value, way in zip(weights, start, ways, strict=True):
            weight.assign(value + step * way)
        return float(tf.reduce_mean(prior.distribution(context).log_prob(z + step * z_way)))

    expected = (log_prob(2e-3) - log_prob(-2e-3)) / 4e-3
    log_prob(0.0)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = tf.reduce_mean(prior.distribution(context).log_prob(z))
    gradients = tape.gradient(value, [z, *weights])
    gradient = sum(np.sum(a * b) for a, b in zip(gradients, [z_way, *ways], strict=True))
    np.testing.assert_allclose(gradient, expected, rtol=2e-2, atol=2e-2)


@every_prior
def test_gradients_reach_every_weight(name: str) -> None:
    prior, context = case(name)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(prior.distribution(context).log_prob(normals(6, 4, 2)))
    assert prior.trainable_weights
    for gradient in tape.gradient(loss, prior.trainable_weights):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


@every_prior
def test_noise_makes_the_prior(name: str) -> None:
    prior, context = case(name)
    if name == "conditional_normal":  # one condition a draw: the first, for all
        context = Context(condition=tf.repeat(context.condition[:1], 5000, axis=0))
    made = prior.from_noise(tf.constant(normals(5000, prior.noise_dim)), context)
    p = prior.distribution(context)
    drawn = p.sample(seed=SEED) if name == "conditional_normal" else p.sample(5000, seed=SEED)
    for values in (lambda z: z[:, 0], lambda z: z[:, 1], p.log_prob):
        assert stats.ks_2samp(values(made), values(drawn)).pvalue > 1e-3


@every_prior
def test_draws_have_seeds(name: str) -> None:
    prior, context = case(name)
    draw = tf.function(lambda: prior.distribution(context).sample(3, seed=SEED), jit_compile=True)
    np.testing.assert_array_equal(draw(), draw())


@pytest.mark.parametrize(
    "name", ["inverse_autoregressive", *sorted({*CASES} - {"conditional_normal"})]
)
def test_noise_and_means_export_to_onnx(name: str, tmp_path: Path) -> None:
    if name == "inverse_autoregressive":
        posterior, _ = iaf(3)
        width, function = posterior.num_outputs, posterior.parameters
    else:
        prior, context = case(name, dim=3)
        width, function = prior.noise_dim, lambda noise: {"z": prior.from_noise(noise, context)}
    x, path = normals(7, width), tmp_path / "graph.onnx"
    write_onnx(ExportGraph("graph", {"x": (width,)}, function, lambda _: [x]), path, {}, Weights())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = function(tf.constant(x))
    for output, value in zip(session.get_outputs(), session.run(None, {"x": x}), strict=True):
        np.testing.assert_allclose(value, expected[output.name], rtol=1e-4, atol=1e-5)


@every_prior
def test_configs_come_back(name: str) -> None:
    prior = PRIORS[name](2, **CASES[name])
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(prior), safe_mode=True
    )
    assert type(again) is type(prior) and again.get_config() == prior.get_config()
    assert [w.path for w in again.weights] == [w.path for w in prior.weights]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Mixture(2, num_components=0), "num_components=0"),
        (lambda: VampPrior(2, num_components=-1, data_shape=(2,)), "num_components=-1"),
        (lambda: VampPrior(2), "data_shape"),
        (lambda: VampPrior(2, data_shape=(2,), value_range=(1, 0)), "value_range"),
        (lambda: RealNVP(1), "latent_dim of 2"),
        (lambda: RealNVP(2, num_flows=0), "num_flows=0"),
        (lambda: MaskedAutoregressive(2, hidden=(0,)), "hidden=0"),
        (lambda: ConditionalNormal(2), "condition"),
        (lambda: ConditionalNormal(2, condition_dim=3).distribution(), "give a condition"),
        (lambda: VampPrior(2, data_shape=(2,)).distribution(), "encode"),
        (lambda: InverseAutoregressive(2, num_flows=0), "num_flows=0"),
        (lambda: InverseAutoregressive(2, context_dim=0), "context_dim=0"),
    ],
)
def test_bad_arguments(make: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


# ── mixtures ──────────────────────────────────────────────────────────────────


def mixture_parameters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shares = np.array([0.6, 0.3, 0.1])
    return shares, 2 * normals(3, 2), np.exp(normals(3, 2, seed=1))


def log_joint(z: np.ndarray) -> np.ndarray:
    """log pi_c N(z; mean_c, scale_c), [N, C], by SciPy."""
    shares, means, scales = mixture_parameters()
    return np.log(shares) + stats.norm(means, scales).logpdf(z[:, None]).sum(-1)


def test_mixture() -> None:
    prior = Mixture(2, num_components=3)
    prior.set_components(*mixture_parameters())
    z = 3 * normals(50, 2, seed=2)
    expected = special.logsumexp(log_joint(z), axis=1)
    np.testing.assert_allclose(prior.distribution().log_prob(z), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        prior.responsibilities(z), special.softmax(log_joint(z), axis=1), rtol=1e-3, atol=1e-5
    )
    tall = prior.responsibilities(z.reshape(5, 10, 2))
    np.testing.assert_allclose(tall, np.reshape(prior.responsibilities(z), (5, 10, 3)), rtol=1e-5)


def test_mixture_from_noise_chooses_by_the_first_number() -> None:
    prior = Mixture(2, num_components=3)
    shares, means, scales = mixture_parameters()
    prior.set_components(shares, means, scales)
    noise = normals(4000, 3)
    chosen = np.searchsorted(np.cumsum(shares), stats.norm.cdf(noise[:, 0]))
    expected = means[chosen] + scales[chosen] * noise[:, 1:]
    np.testing.assert_allclose(prior.from_noise(tf.constant(noise)), expected, rtol=1e-4, atol=1e-4)
    far = tf.constant([[-40.0, 0, 0], [40.0, 0, 0]])
    np.testing.assert_allclose(prior.from_noise(far), means[[0, 2]], rtol=1e-5)


@pytest.mark.parametrize("scale", [1e-5, 1.0, 300.0])
def test_mixture_takes_scales_of_any_size(scale: float) -> None:
    prior = Mixture(2, num_components=3)
    prior.set_components(*mixture_parameters()[:2], np.full((3, 2), scale))
    np.testing.assert_allclose(prior.components().stddev(), max(scale, 1.01e-4), rtol=1e-4)


def test_mixture_starts_spread() -> None:
    prior = Mixture(50, num_components=80)
    means = prior.components().mean().numpy()
    assert abs(means.std() - 1) < 4 / np.sqrt(2 * means.size)
    np.testing.assert_allclose(prior.components().stddev(), 1, atol=1e-3)
    np.testing.assert_allclose(prior.distribution().mixture_distribution.probs_parameter(), 1 / 80)


# ── mixtures of posteriors ────────────────────────────────────────────────────


def vamp(num: int = 5, **arguments: Any) -> VampPrior:
    return VampPrior(2, num_components=num, data_shape=(2, 3), **arguments)


@pytest.mark.parametrize("posterior", [DiagonalNormal(2), InverseAutoregressive(2)])
def test_vamp_at_the_data_is_the_aggregate_posterior(posterior: Posterior) -> None:
    """1/N sum_n q(z|x_n), whatever q is."""
    prior, encode = vamp(), encoder(shaken(posterior))
    x = np.random.default_rng(0).uniform(0.1, 0.9, (5, 2, 3)).astype(np.float32)
    prior.set_pseudo_inputs(x)
    np.testing.assert_allclose(prior.pseudo_inputs(), x, rtol=1e-5)
    z = normals(6, 4, 2)
    each = encode(x).log_prob(tf.constant(z)[:, :, None])
    assert each.shape == (6, 4, 5)
    expected = special.logsumexp(each, axis=-1) - np.log(5)
    log_prob = prior.distribution(Context(encode)).log_prob(z)
    np.testing.assert_allclose(log_prob, expected, rtol=1e-4, atol=1e-4)


def test_vamp_from_noise_chooses_and_scales() -> None:
    prior, context = case("vamp")
    noise = normals(200, 3)
    chosen = np.floor(5 * stats.norm.cdf(noise[:, 0])).astype(int)
    q = context.encode(prior.pseudo_inputs())
    expected = q.mean().numpy()[chosen] + q.stddev().numpy()[chosen] * noise[:, 1:]
    np.testing.assert_allclose(prior.from_noise(tf.constant(noise), context), expected, rtol=1e-4)


def test_vamp_keeps_pseudo_inputs_in_range() -> None:
    for value_range in ((0.0, 1.0), (-3.0, 5.0)):
        inputs = shaken(vamp(value_range=value_range), spread=30.0).pseudo_inputs().numpy()
        assert value_range[0] <= inputs.min() and inputs.max() <= value_range[1]
        assert np.ptp(inputs) > 0.9 * np.ptp(value_range)
    free = vamp(value_range=None)
    free.set_pseudo_inputs(10 * normals(5, 2, 3))
    np.testing.assert_array_equal(free.pseudo_inputs(), 10 * normals(5, 2, 3))


def test_vamp_starts_from_binary_examples() -> None:
    prior = vamp()
    x = np.float32(normals(5, 2, 3) > 0)
    prior.set_pseudo_inputs(x)
    np.testing.assert_allclose(prior.pseudo_inputs(), x, atol=1.1e-3)
    with pytest.raises(DataError, match="0 to 1"):
        prior.set_pseudo_inputs(x + 1)
    with pytest.raises(DataError, match="4 examples: expected num_components=5"):
        prior.set_pseudo_inputs(x[:4])


def test_vamp_draws_from_noise_with_normals_only() -> None:
    context = Context(encoder(InverseAutoregressive(2)))
    with pytest.raises(ConfigError, match="diagonal_normal"):
        vamp().from_noise(tf.constant(normals(4, 3)), context)


# ── a normal that hangs on a condition ────────────────────────────────────────


def test_conditional_normal() -> None:
    prior, context = case("conditional_normal")
    kernel, bias = (weight.numpy() for weight in prior.trainable_weights)
    mean, raw = np.split(context.condition.numpy() @ kernel + bias, 2, axis=-1)
    normal = stats.norm(mean, np.logaddexp(0, raw) + 1e-4)
    z = normals(7, 4, 2)
    log_prob = prior.distribution(context).log_prob(z)
    np.testing.assert_allclose(log_prob, normal.logpdf(z).sum(-1), rtol=1e-4, atol=1e-4)
    made = prior.from_noise(tf.constant(z[0]), context)
    np.testing.assert_allclose(made, normal.mean() + normal.std() * z[0], rtol=1e-5, atol=1e-5)


# ── masked networks ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("context_dim", [0, 3])
@pytest.mark.parametrize("hidden", [(), (9,), (16, 7)])
def test_made_is_strictly_triangular(
    hidden: tuple[int, ...], context_dim: int, backwards: bool
) -> None:
    made = shaken(MADE(5, 2, hidden, context_dim, backwards))
    x, context = tf.constant(normals(3, 5)), tf.constant(normals(3, context_dim, seed=1))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, context])
        outputs = made(x, context if context_dim else None)
    order = slice(None, None, -1 if backwards else 1)
    for output in outputs:
        jacobian = tape.batch_jacobian(output, x).numpy()[:, order, order]
        below = np.tril(np.ones((5, 5)), -1).astype(bool)
        assert (jacobian[:, ~below] == 0).all() and (jacobian[:, below] != 0).all()
        if context_dim:
            assert (tape.batch_jacobian(output, context).numpy() != 0).all()


def test_made_of_narrow_layers_sees_every_input() -> None:
    made, x = shaken(MADE(9, 1, (4, 4))), tf.constant(normals(3, 9))
    with tf.GradientTape() as tape:
        tape.watch(x)
        (output,) = made(x)
    assert (tape.batch_jacobian(output, x).numpy() != 0).any(1)[:, :-1].all()


def test_made_is_the_paper_s() -> None:
    """out = V elu(W x + U context + a) + b, with masks on W and V."""
    made = shaken(MADE(3, 1, (4,), 2))
    first, last = made.steps
    x, context = normals(6, 3), normals(6, 2, seed=1)
    h = x @ (first.mask * first.kernel.numpy()) + first.bias.numpy()
    h += context @ made.context.kernel.numpy()
    h = np.where(h > 0, h, np.expm1(h))
    expected = h @ (last.mask * last.kernel.numpy()) + last.bias.numpy()
    (output,) = made(x, context)
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-5)


# ── flows ─────────────────────────────────────────────────────────────────────


@every_flow
@pytest.mark.parametrize("dim", [2, 5])
def test_flow_priors_change_volume_as_they_say(name: str, dim: int) -> None:
    """log p(z(e)) = log N(e) - log|det dz/de|, and the flow takes z back to e."""
    prior, _ = case(name, dim)
    noise = tf.constant(normals(6, dim))
    with tf.GradientTape() as tape:
        tape.watch(noise)
        z = prior.from_noise(noise)
    determinant = np.linalg.slogdet(tape.batch_jacobian(z, noise).numpy().astype(np.float64))[1]
    expected = stats.norm.logpdf(noise).sum(-1) - determinant
    log_prob = prior.distribution().log_prob(tf.identity(z))
    np.testing.assert_allclose(log_prob, expected, rtol=1e-3, atol=1e-3)
    assert_inverts(noise, prior.distribution().bijector.inverse(tf.identity(z)))


@every_flow
def test_flow_priors_begin_near_the_unit_normal(name: str) -> None:
    prior = PRIORS[name](4)
    noise = normals(100, 4)
    assert np.abs(prior.from_noise(tf.constant(noise)) - noise).mean() < 0.25
    gap = prior.distribution().log_prob(noise) - stats.norm.logpdf(noise).sum(-1)
    assert np.abs(gap).mean() < 0.5


def test_masked_autoregressive_is_the_paper_s() -> None:
    """One flow: z_d ~ N(mu_d, exp(alpha_d)^2), [mu_d, alpha_d] of the numbers before."""
    prior = shaken(MaskedAutoregressive(3, num_flows=1, hidden=(8,)))
    z = normals(9, 3)
    mu, alpha = (value.numpy() for value in prior.networks[0](z))
    expected = stats.norm(mu, np.exp(3 * np.tanh(alpha / 3))).logpdf(z).sum(-1)
    np.testing.assert_allclose(prior.distribution().log_prob(z), expected, rtol=1e-4, atol=1e-4)


def test_real_nvp_layers_leave_what_they_see() -> None:
    prior, _ = case("real_nvp", dim=5)
    z = tf.constant(normals(9, 5))
    for index, flow in enumerate(prior.flows()):
        moved = (flow.forward(z) - z).numpy() != 0
        seen = np.arange(5) % 2 != index % 2
        assert moved[:, ~seen].all() != moved[:, seen].any()


@pytest.mark.parametrize("part", [MaskedAutoregressive(16, num_flows=2), InverseAutoregressive(16)])
def test_flows_of_many_dimensions_with_strong_weights_invert(part: Any) -> None:
    """What is not known yet while a flow is undone must not overflow."""
    shaken(part, spread=0.3)
    if isinstance(part, Prior):
        distribution = part.distribution()
    else:
        distribution = part.distribution(tf.constant(normals(1, part.num_outputs)))
    z = distribution.sample(20, seed=SEED)
    own, foreign = distribution.log_prob(z), distribution.log_prob(tf.identity(z))
    np.testing.assert_allclose(foreign, own, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("name", [*FLOWS, "inverse_autoregressive"])
def test_flows_are_float32_under_any_policy(name: str) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        if name in FLOWS:
            distribution = PRIORS[name](3).distribution()
        else:
            posterior = InverseAutoregressive(3)
            outputs = tf.zeros([1, posterior.num_outputs], tf.float16)
            distribution = posterior.distribution(outputs)
        assert distribution.log_prob(distribution.sample(5, seed=SEED)).dtype == tf.float32
    finally:
        keras.config.set_dtype_policy("float32")


# ── inverse autoregressive posteriors ─────────────────────────────────────────


def iaf(dim: int, **arguments: Any) -> tuple[InverseAutoregressive, tf.Tensor]:
    posterior = shaken(InverseAutoregressive(dim, **{"hidden": (16,), **arguments}))
    return posterior, tf.constant(normals(4, posterior.num_outputs, spread=0.7))


def gated(posterior: InverseAutoregressive, z: np.ndarray, context: Any) -> tuple[Any, Any]:
    """Algorithm 1 in NumPy: the last z, and the sum of the logs of all gates."""
    logs = 0.0
    for network in posterior.networks:
        m, s = (value.numpy().astype(np.float64) for value in network(z, context))
        gate = 1e-3 + (1 - 1e-3) * special.expit(s + 2)
        z, logs = gate * z + (1 - gate) * m, logs + np.log(gate).sum(-1)
    return z, logs


@pytest.mark.parametrize("dim", [1, 3])
def test_inverse_autoregressive_is_the_paper_s(dim: int) -> None:
    posterior, outputs = iaf(dim)
    parameters = {key: value.numpy() for key, value in posterior.parameters(outputs).items()}
    base = stats.norm(parameters["base_mean"], parameters["base_scale"])
    start = base.mean() + base.std() * normals(4, dim)
    z, logs = gated(posterior, start.astype(np.float32), parameters["context"])
    q = posterior.distribution(outputs)
    log_prob = q.log_prob(tf.constant(z, tf.float32))
    np.testing.assert_allclose(log_prob, base.logpdf(start).sum(-1) - logs, rtol=1e-3, atol=1e-3)
    mean, _ = gated(posterior, parameters["base_mean"], parameters["context"])
    np.testing.assert_allclose(parameters["mean"], mean, rtol=1e-4, atol=1e-5)


def test_inverse_autoregressive_changes_volume_as_it_says() -> None:
    posterior, outputs = iaf(3, num_flows=3)
    flow = posterior.distribution(outputs).bijector
    start = tf.constant(normals(4, 3))
    with tf.GradientTape() as tape:
        tape.watch(start)
        z = flow.forward(start)
    expected = np.linalg.slogdet(tape.batch_jacobian(z, start).numpy().astype(np.float64))[1]
    logs = flow.forward_log_det_jacobian(tf.identity(start), event_ndims=1)
    np.testing.assert_allclose(logs, expected, rtol=1e-3, atol=1e-3)
    assert_inverts(start, flow.inverse(tf.identity(z)))


def test_inverse_autoregressive_integrates_to_one() -> None:
    posterior, outputs = iaf(2)
    points, area = grid(reach=6.0)
    mass = np.exp(posterior.distribution(outputs).log_prob(points)).sum(0) * area
    np.testing.assert_allclose(mass, 1, atol=1e-2)


def test_inverse_autoregressive_eager_and_compiled() -> None:
    posterior, outputs = iaf(5)
    z = posterior.distribution(outputs).sample(6, seed=SEED)

    def densities(outputs: tf.Tensor, z: tf.Tensor) -> tuple[tf.Tensor, ...]:
        q = posterior.distribution(outputs)
        own = q.sample(3, seed=SEED)  # XLA draws numbers of its own
        return q.log_prob(z), q.log_prob(own), own

    *compiled, own = tf.function(densities, jit_compile=True)(outputs, z)
    q = posterior.distribution(outputs)
    for expected, value in zip((q.log_prob(z), q.log_prob(own)), compiled, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-3)


def test_inverse_autoregressive_gradients() -> None:
    """They reach the encoder's outputs and every weight, at its own draws and at other z."""
    posterior, outputs = iaf(3)
    weights = posterior.trainable_weights
    assert len(weights) == 2 * 5
    for own in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            q = posterior.distribution(outputs)
            z = q.sample(20, seed=SEED) if own else tf.constant(normals(20, 4, 3))
            loss = tf.reduce_sum(q.log_prob(z) + tf.reduce_sum(z**2, axis=-1))
        for gradient in tape.gradient(loss, [outputs, *weights]):
            assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_inverse_autoregressive_kl_is_by_samples() -> None:
    posterior, outputs = iaf(2)
    unit = tfd.Independent(tfd.Normal(tf.zeros(2), 1.0), 1)
    with pytest.raises(NotImplementedError):
        tfd.kl_divergence(posterior.distribution(outputs), unit)
