"""The mathematics of the family's objectives and of the posteriors that follow p(x, z)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from vaezoo import objectives
from vaezoo._model import presets, weights
from vaezoo._trace import Latent, Trace
from vaezoo.distributions import SeededDraws
from vaezoo.errors import ConfigError
from vaezoo.models import M2, VAE, FactorVAE
from vaezoo.objectives.adversarial import shuffled_dimensions
from vaezoo.objectives.discrepancy import KERNELS, mean_discrepancy
from vaezoo.objectives.structural_similarity import multi_scale_similarity

SHAPE = (7, 5, 1)
NETWORK = {"name": "mlp", "hidden": [16]}


@pytest.fixture
def vae() -> VAE:
    return VAE(SHAPE, 3, network=NETWORK, seed=0)


@pytest.fixture
def trace(vae: VAE, binary: np.ndarray) -> Trace:
    return vae.trace(binary[:9], 8, seed=0)


def at(trace: Trace, step: int, **changes: Any) -> Trace:
    return dataclasses.replace(trace, step=step, **changes)


def linear_gaussian(posterior: Any = "diagonal_normal", shift: float = 0.4) -> tuple[VAE, Any]:
    """x = W z + 0.7 e with two latents, a posterior that is off by `shift`, and log p(x)."""
    w = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 2)))[0] * [1.5, 0.8]
    covariance = np.linalg.inv(np.eye(2) + w.T @ w / 0.49)
    gain = covariance @ w.T / 0.49
    encoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    raw = np.log(np.expm1(np.sqrt(np.diag(covariance)) - 1e-6))
    kernel = np.concatenate([gain.T, np.zeros((4, 2))], axis=1)
    encoder.set_weights([kernel, np.concatenate([[shift, shift], raw])])
    decoder.set_weights([w.T, np.zeros(4)])
    likelihood = {"name": "normal", "scale": 0.7}
    parts = {"likelihood": likelihood, "posterior": posterior}
    vae = VAE((4,), 2, encoder=encoder, decoder=decoder, seed=0, **parts)
    return vae, stats.multivariate_normal(np.zeros(4), w @ w.T + 0.49 * np.eye(4)).logpdf


def test_annealing_ends_at_the_elbo_and_cycles(trace: Trace) -> None:
    objective = objectives.AnnealedELBO(warmup_steps=100)
    np.testing.assert_allclose(objective.loss(at(trace, 0)), -trace.reconstruction(), rtol=1e-6)
    half = 0.5 * trace.kl() - trace.reconstruction()
    np.testing.assert_allclose(objective.loss(at(trace, 50)), half, rtol=1e-6)
    np.testing.assert_allclose(objective.loss(at(trace, 999)), -trace.elbo(), rtol=1e-6)
    cyclic = objectives.AnnealedELBO(2.0, warmup_steps=10, period=20)
    weights = [float(cyclic.weight(step)) for step in (0, 5, 10, 19, 20, 25)]
    np.testing.assert_allclose(weights, [0, 1, 2, 2, 0, 1])


def test_relaxing_begins_at_its_weight_and_ends_at_the_objective(trace: Trace) -> None:
    inner = {"name": "total_correlation", "beta": 6.0, "dataset_size": 1000}
    relaxed = objectives.DecayingWeight(inner, first_weight=100.0, num_steps=10)
    alone = objectives.TotalCorrelation(beta=6.0, dataset_size=1000)
    assert relaxed.reports == alone.reports
    regulariser = alone.loss(trace) + trace.reconstruction()
    for step, weight in ((0, 100.0), (5, 10.0), (10, 1.0), (999, 1.0)):
        losses = relaxed.group_losses(at(trace, step))
        expected = weight * regulariser - trace.reconstruction()
        np.testing.assert_allclose(losses["model"], expected, rtol=1e-5)
    again = objectives.DecayingWeight.from_config(relaxed.get_config())
    found = again.group_losses(at(trace, 5))["model"]
    np.testing.assert_allclose(found, 10 * regulariser - trace.reconstruction(), rtol=1e-5)


def test_relaxing_leaves_the_critic_its_loss(trace: Trace) -> None:
    vae = VAE((4,), 3, objective={"name": "relaxed", "objective": "factor_adversarial"}, seed=0)
    relaxed = vae.objective
    assert relaxed.parameter_groups == relaxed.objective.parameter_groups == ("model", "critic")
    assert relaxed.critic_learning_rate == relaxed.objective.critic_learning_rate
    alone = relaxed.objective.group_losses(at(trace, 0))
    losses = relaxed.group_losses(at(trace, 0))
    np.testing.assert_allclose(losses["critic"], alone["critic"], rtol=1e-6)
    before = [weight.numpy() for weight in relaxed.objective.critic.weights]
    vae.compile("adam", run_eagerly=True)
    vae.fit(np.ones((8, 4), np.float32), epochs=1, verbose=0)
    after = [weight.numpy() for weight in relaxed.objective.critic.weights]
    assert any((a != b).any() for a, b in zip(before, after, strict=True))


def test_relaxing_needs_one_loss_for_the_model() -> None:
    with pytest.raises(ConfigError, match="one loss for the model"):
        objectives.DecayingWeight({"name": "feature_adversarial"}, data_shape=(4,))


def test_capacity(trace: Trace) -> None:
    objective = objectives.Capacity(gamma=3.0, max_capacity=2.0, num_steps=10)
    for step, capacity in ((0, 0.0), (5, 1.0), (50, 2.0)):
        expected = 3 * np.abs(trace.kl() - capacity) - trace.reconstruction()
        np.testing.assert_allclose(objective.loss(at(trace, step)), expected, rtol=1e-5)


def test_free_bits(trace: Trace) -> None:
    kl = trace.latents[0].kl_per_dimension().numpy().mean(0)
    floor = float(np.median(kl))
    loss = objectives.FreeBits(floor).loss(trace) + trace.reconstruction()
    np.testing.assert_allclose(loss, np.full(9, np.maximum(kl, floor).sum()), rtol=1e-5)
    free = objectives.FreeBits(0.0).loss(trace).numpy()
    assert free.mean() == pytest.approx(-trace.elbo().numpy().mean(), rel=1e-5)


@pytest.mark.parametrize("estimator", objectives.total_correlation.ESTIMATORS)
@pytest.mark.parametrize("size", [None, 1000])
def test_the_decomposition_sums_to_the_kl(trace: Trace, estimator: str, size: int | None) -> None:
    objective = objectives.TotalCorrelation(beta=1.0, estimator=estimator, dataset_size=size)
    parts = objective.report(trace)
    kl = -tf.reduce_mean(trace.latents[0].log_ratio(), axis=0)
    np.testing.assert_allclose(tf.add_n(list(parts.values())), kl, atol=1e-4)
    np.testing.assert_allclose(objective.loss(trace), kl - trace.reconstruction(), atol=1e-3)


def test_total_correlation_by_hand(trace: Trace) -> None:
    q, z = trace.latents[0].posterior, trace.latents[0].sample.numpy()[0]
    mean, scale = q.mean().numpy(), q.stddev().numpy()
    pairs = stats.norm(mean[None], scale[None]).logpdf(z[:, None])  # [i, j, d]
    log_q = np.log(np.exp(pairs.sum(-1)).mean(1))
    log_each = np.log(np.exp(pairs).mean(1)).sum(-1)
    one = dataclasses.replace(
        trace,
        latents=(Latent(q, trace.latents[0].prior, trace.latents[0].sample[:1]),),
        log_likelihood=trace.log_likelihood[:1],
    )
    found = objectives.TotalCorrelation().report(one)
    np.testing.assert_allclose(found["total_correlation"], log_q - log_each, atol=1e-4)
    own = stats.norm(mean, scale).logpdf(z).sum(-1)
    np.testing.assert_allclose(found["mutual_information"], own - log_q, atol=1e-4)


def test_stratified_shares_are_a_distribution() -> None:
    objective = objectives.TotalCorrelation(estimator="stratified", dataset_size=100)
    shares = np.exp(objective.log_importance(8))
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.diag(shares), 0.01, rtol=1e-5)
    assert (np.isclose(shares, 1 / 7).sum(1) == 6).all()


@pytest.mark.parametrize("kind", [1, 2])
def test_covariances_of_dip(trace: Trace, kind: int) -> None:
    q = trace.latents[0].posterior
    covariance = np.cov(q.mean().numpy().T, bias=True)
    if kind == 2:
        covariance += np.diag((q.stddev().numpy() ** 2).mean(0))
    diagonal = np.diag(covariance)
    expected = 5 * (covariance**2).sum() - 5 * (diagonal**2).sum() + 2 * ((diagonal - 1) ** 2).sum()
    loss = objectives.DisentangledInferredPrior(kind, 5.0, 2.0).loss(trace)
    np.testing.assert_allclose(loss + trace.elbo(), np.full(9, expected), rtol=1e-3)


def test_mean_discrepancy_of_two_normals(rng: np.random.Generator) -> None:
    # E exp(-|a - b|^2 / 2w) = (w / (w + 2))^(D/2) exp(-|shift|^2 / (2 (w + 2)))
    width, size = 3.0, 2
    shift = np.array([1.0, -0.5])
    draws = []
    for _ in range(60):
        a, b = rng.normal(size=(2, 100, size))
        pair = (tf.constant(a, tf.float32), tf.constant(b + shift, tf.float32))
        draws.append(float(mean_discrepancy(*pair, KERNELS["rbf"], width)))
    same = (width / (width + 2)) ** (size / 2)
    expected = 2 * same * (1 - np.exp(-(shift**2).sum() / (2 * (width + 2))))
    error = np.std(draws) / np.sqrt(len(draws))
    assert abs(np.mean(draws) - expected) < 4 * error


def test_no_discrepancy_weight_is_the_elbo(vae: VAE, trace: Trace) -> None:
    loss = objectives.MeanDiscrepancy(weight=0.0, kl_weight=1.0).loss(trace)
    np.testing.assert_allclose(loss, -trace.elbo(), rtol=1e-5)


def test_limits_of_the_importance_weighted_family(trace: Trace) -> None:
    bound, elbo = trace.importance_weighted_bound(), trace.elbo()
    sampled = tf.reduce_mean(trace.log_weights(), axis=0)
    for objective, expected in (
        (objectives.MultipleImportanceWeighted(1, 8), bound),
        (objectives.MultipleImportanceWeighted(8, 1), sampled),
        (objectives.CombinedImportanceWeighted(1.0, 8), elbo),
        (objectives.CombinedImportanceWeighted(0.0, 8), bound),
        (objectives.Renyi(0.0, 8), bound),
        (objectives.Renyi(1.0, 8), sampled),
        (objectives.StickingTheLanding(8), sampled),
        (objectives.DoublyReparameterised(8), bound),
        (objectives.PartiallyImportanceWeighted(2, 4), bound),
    ):
        loss = next(iter(objective.group_losses(trace).values()))
        np.testing.assert_allclose(loss, -expected, rtol=1e-4)
    near = objectives.Renyi(1 - 1e-3, 8).loss(trace)
    np.testing.assert_allclose(near, -sampled, rtol=1e-2)
    groups = np.log(np.exp(trace.log_weights().numpy().reshape(2, 4, 9)).mean(1)).mean(0)
    losses = objectives.PartiallyImportanceWeighted(2, 4).group_losses(trace)
    np.testing.assert_allclose(losses["encoder"], -groups, rtol=1e-4)


def encoder_gradients(vae: VAE, objective: Any, x: np.ndarray, seed: int) -> np.ndarray:
    """Gradient of each example's loss by the encoder's outputs, [N, P]."""
    outputs = tf.constant(vae.encoder_outputs(x))
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        prior = vae.prior.distribution()
        draws = SeededDraws(objective.num_samples, tf.constant([0, seed]))
        latent = vae.posterior.latent(outputs, prior, draws, None)
        likelihood = vae.likelihood_of(latent.sample)
        trace = Trace(tf.constant(x), likelihood, (latent,), likelihood.log_prob(x))
        losses = objective.group_losses(trace)
        total = tf.reduce_sum(losses.get("encoder", losses.get("model")))
    return tape.gradient(total, outputs).numpy()


def test_doubly_reparameterised_gradients_are_unbiased_and_quieter() -> None:
    vae, _ = linear_gaussian()
    x = np.repeat(np.float32([[0.5, -1.0, 0.3, 0.8]]), 4000, axis=0)
    plain = encoder_gradients(vae, objectives.ImportanceWeighted(64), x, 1)
    doubly = encoder_gradients(vae, objectives.DoublyReparameterised(64), x, 2)
    error = np.sqrt((plain.var(0) + doubly.var(0)) / len(x))
    assert (np.abs(plain.mean(0) - doubly.mean(0)) < 4 * error).all()
    assert (doubly.var(0) < plain.var(0) / 2).all()


def test_sticking_the_landing_is_unbiased_and_silent_at_the_true_posterior() -> None:
    x = np.repeat(np.float32([[0.5, -1.0, 0.3, 0.8]]), 4000, axis=0)
    exact, _ = linear_gaussian(shift=0.0)
    stuck = encoder_gradients(exact, objectives.StickingTheLanding(), x, 1)
    plain = encoder_gradients(exact, objectives.ImportanceWeighted(1), x, 1)
    assert np.abs(stuck).max() < 1e-3 < plain.std(0).min()
    wrong, _ = linear_gaussian(shift=0.4)
    stuck = encoder_gradients(wrong, objectives.StickingTheLanding(), x, 1)
    plain = encoder_gradients(wrong, objectives.ImportanceWeighted(1), x, 2)
    error = np.sqrt((stuck.var(0) + plain.var(0)) / len(x))
    assert (np.abs(stuck.mean(0) - plain.mean(0)) < 4 * error).all()


def test_slope_of_a_linear_decoder_is_its_norm() -> None:
    vae, _ = linear_gaussian()
    x = np.zeros((4000, 4), np.float32)
    squares = objectives.Regularised(0.0, 1.0).gradient_penalty(vae.trace(x, 1, seed=0)).numpy()
    exact = (vae.decoder.get_weights()[0] ** 2).sum()
    assert abs(squares.mean() - exact) < 4 * squares.std() / np.sqrt(len(squares))


def test_structural_similarity(rng: np.random.Generator) -> None:
    for side in (8, 32):
        x = tf.constant(rng.random((3, side, side, 1)), tf.float32)
        np.testing.assert_allclose(multi_scale_similarity(x, x), 1, rtol=1e-5)
        assert (multi_scale_similarity(x, 1 - x).numpy() < 0.9).all()


def test_constraint_moves_its_multiplier(trace: Trace) -> None:
    objective = objectives.Constrained(tolerance=0.5, rate=0.1, momentum=0.9)
    constraint = -trace.reconstruction().numpy() / 35 - 0.5
    expected = trace.kl() + 35 * constraint
    np.testing.assert_allclose(objective.loss(trace), expected, rtol=1e-5)
    assert float(objective.log_multiplier) == 0  # not in evaluation
    objective.loss(at(trace, 0, training=True))
    average = constraint.mean()
    assert float(objective.log_multiplier) == pytest.approx(0.1 * average, rel=1e-4)
    objective.loss(at(trace, 1, training=True))
    assert float(objective.log_multiplier) == pytest.approx(0.2 * average, rel=1e-4)


def test_shuffled_dimensions_keep_the_marginals(rng: np.random.Generator) -> None:
    column = rng.normal(size=(500, 1))
    z = tf.constant(np.concatenate([column, column], axis=1), tf.float32)
    shuffled = shuffled_dimensions(z, tf.constant([0, 1])).numpy()
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(z.numpy(), axis=0))
    assert abs(np.corrcoef(shuffled.T)[0, 1]) < 4 / np.sqrt(500)


def test_players_move_their_own_weights_only(binary: np.ndarray) -> None:
    model = FactorVAE(SHAPE, 3, network=NETWORK, seed=0, critic={"critic_hidden": [8]})
    parameter_groups = model.parameter_groups()
    critic, own = parameter_groups["critic"], parameter_groups["model"]
    before = {id(weight): weight.numpy().copy() for weight in (*critic, *own)}

    def moved(weights: Any) -> list[bool]:
        return [not np.array_equal(before[id(weight)], weight) for weight in weights]

    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    model.fit(binary, epochs=1, verbose=0)
    assert all(moved(critic)) and not any(moved(own))
    before |= {id(weight): weight.numpy().copy() for weight in critic}
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    model.critic_optimizer.learning_rate = 0.0
    model.fit(binary, epochs=1, verbose=0)
    assert all(moved(own)) and not any(moved(critic))


def test_a_critics_adam_is_in_checkpoints_only(binary: np.ndarray, tmp_path: Path) -> None:
    models = [FactorVAE(SHAPE, 3, network=NETWORK, seed=seed) for seed in range(2)]
    for model in models:
        model.compile("adam", run_eagerly=True)
    models[0].fit(binary, epochs=1, verbose=0)
    weights.write_weights(models[0], tmp_path / "last.weights.h5")
    models[1].optimizer.build(models[1].trainable_variables)
    models[1].load_weights(tmp_path / "last.weights.h5")
    states = [[value.numpy() for value in model.critic_optimizer.variables] for model in models]
    assert len(states[0]) > 2 and states[0][0] > 0
    assert all(map(np.array_equal, *states))
    presets.save(models[0], tmp_path, export=False)
    sizes: list[int] = []
    with h5py.File(tmp_path / presets.WEIGHTS) as file:
        file.visititems(lambda _, item: sizes.append(getattr(item, "size", 0)))
    assert sum(sizes) == models[0].count_params()


@pytest.mark.parametrize("name", ["hamiltonian", "riemannian_hamiltonian"])
def test_dynamics_give_unbiased_weights(name: str) -> None:
    spec = {"name": name, "num_steps": 3, "step_size": 0.1}
    if name == "riemannian_hamiltonian":
        spec |= {"num_iterations": 8, "num_centroids": 3}
    vae, log_p = linear_gaussian(spec)
    x = np.float32([[0.5, -1.0, 0.3, 0.8], [1.5, 0.0, -0.3, 0.1]])
    log_w = vae.trace(x, 20_000, seed=1).log_weights().numpy().astype(np.float64)
    ratios = np.exp(log_w - log_p(x))
    error = ratios.std(0) / np.sqrt(len(ratios))
    assert (np.abs(ratios.mean(0) - 1) < 4 * error + 2e-3).all()


def test_m2_sums_the_labels_out(binary: np.ndarray) -> None:
    model = M2(SHAPE, num_classes=3, latent_dim=2, network=NETWORK, hidden=[8], seed=0)
    x = binary[:6]
    unknown = model.trace(x, 1, np.full(6, -1), seed=4)
    log_q = model.label_posterior(x).logits
    log_q = tf.nn.log_softmax(log_q).numpy()
    bounds = np.stack(
        [model.trace(x, 1, np.full(6, label), seed=4).elbo().numpy() for label in range(3)], axis=1
    )
    expected = (np.exp(log_q) * (bounds - log_q)).sum(1)
    np.testing.assert_allclose(unknown.elbo(), expected, rtol=1e-4)
    np.testing.assert_allclose(unknown.label_log_prob, np.zeros(6))
    known = model.trace(x, 1, np.arange(6) % 3, seed=4)
    np.testing.assert_allclose(known.label_log_prob, log_q[np.arange(6), np.arange(6) % 3])


def test_m2_likelihood_is_the_sum_over_labels(binary: np.ndarray) -> None:
    model = M2(SHAPE, num_classes=3, latent_dim=2, network=NETWORK, hidden=[8], seed=0)
    x, num = binary[:4], 100_000
    # A posterior wider than the true one: importance weights have a bound.
    kernel, bias = model.encoder.get_layer("parameters").weights
    kernel.assign(0.1 * kernel)
    bias.assign([0.0, 0.0, 1.0, 1.0])  # scale = softplus(1) = 1.3
    drawn = np.exp(model.trace(x, num, seed=4).log_weights().numpy().astype(np.float64))
    networks = {"encoder": model.encoder, "decoder": model.decoder}
    condition = {"name": "labels", "num_classes": 3}
    given_labels = VAE(SHAPE, 2, condition=condition, **networks)  # p(x|y)
    each = [
        np.exp(given_labels.trace(x, num, np.full(4, label), seed=5 + label).log_weights())
        for label in range(3)
    ]
    summed = np.mean([values.mean(0, dtype=np.float64) for values in each], axis=0)
    errors = [values.std(0, dtype=np.float64) / 3 for values in each] + [drawn.std(0)]
    error = np.sqrt(np.sum(np.square(errors), axis=0) / num)
    assert (np.abs(drawn.mean(0) - summed) < 4 * error).all()
    assert (error < 0.1 * summed).all()
