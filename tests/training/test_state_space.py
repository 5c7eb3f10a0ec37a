"""The recurrent state-space VAE against the Kalman filter, on a linear-Gaussian state space.

z_t = a z_{t-1} + N(0, q),  x_t = c z_t + N(0, r),  z_0 = 0. With p as it is, and the exact
conditional q(z_t|z_{t-1}, x_t), the ELBO has a closed form: log p(x) - ELBO is what filtering loses
to smoothing.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy import stats

from vaezoo.sequences import RecurrentStateSpaceVAE

A, C, Q, R, SMALL = 0.9, 1.5, 0.5, 0.3, 0.01
P = 1 / (1 / Q + C**2 / R)  # variance of z_t given z_{t-1} and x_t
GAIN = P * C / R


def draw(num: int, steps: int, rng: np.random.Generator) -> np.ndarray:
    z, x = np.zeros(num), np.zeros((num, steps, 1))
    for t in range(steps):
        z = A * z + np.sqrt(Q) * rng.normal(size=num)
        x[:, t, 0] = C * z + np.sqrt(R) * rng.normal(size=num)
    return x


def kalman(x: np.ndarray) -> np.ndarray:
    """log p(x_t | x_<t) in nats, [N, T]: Kalman 1960."""
    mean, variance, logs = np.zeros(len(x)), 0.0, []
    for seen in x[:, :, 0].T:
        mean, variance = A * mean, A**2 * variance + Q
        spread = C**2 * variance + R
        logs.append(stats.norm.logpdf(seen, C * mean, np.sqrt(spread)))
        gain = variance * C / spread
        mean, variance = mean + gain * (seen - C * mean), (1 - gain * C) * variance
    return np.stack(logs, axis=1)


def closed_elbo(x: np.ndarray) -> np.ndarray:
    """E_q log p(x_t | z_{t-1}), [N, T], for z_{t-1} normal under the chain of conditionals."""
    mean, variance, logs = np.zeros(len(x)), 0.0, []
    scale = np.sqrt(C**2 * Q + R)
    for seen in x[:, :, 0].T:
        expected = stats.norm.logpdf(seen, C * A * mean, scale)
        logs.append(expected - 0.5 * (C * A) ** 2 * variance / scale**2)
        mean = (1 - GAIN * C) * A * mean + GAIN * seen
        variance = ((1 - GAIN * C) * A) ** 2 * variance + P
    return np.stack(logs, axis=1)


def linear_model(**changes: object) -> RecurrentStateSpaceVAE:
    return RecurrentStateSpaceVAE(
        (1,), 1, 1, state_dim=1, feature_dim=1, hidden=[], network={"name": "mlp", "hidden": []},
        likelihood={"name": "normal", "scale": R**0.5}, seed=0, **changes,
    )  # fmt: skip


def exact_model() -> RecurrentStateSpaceVAE:
    """h_t = tanh(0.01 z_{t-1}), which is as good as linear; all else is."""
    model = linear_model()
    raw_q, raw_p = (np.log(np.expm1(np.sqrt(v))) for v in (P, Q))
    kernel = np.array([[0, 0, SMALL], [0, 0, 0]])  # of update, reset and candidate
    bias = np.array([[-30.0, 0, 0], [0, 0, 0]])
    model.cell.gru.set_weights([kernel, np.zeros((1, 3)), bias])
    model.cell.prior.set_weights([np.array([[A / SMALL, 0]]), np.array([0, raw_p])])
    by_state = (1 - GAIN * C) * A / SMALL
    model.cell.posterior.set_weights([np.array([[by_state, 0], [GAIN, 0]]), np.array([0, raw_q])])
    model.encoder.set_weights([np.ones((1, 1)), np.zeros(1)])
    model.decoder.set_weights([np.array([[0.0], [C]]), np.zeros(1)])
    return model


def test_the_bounds_of_the_exact_model(rng: np.random.Generator) -> None:
    x = draw(40, 6, rng)
    sequences, model = {"x": x, "action": np.zeros((40, 6))}, exact_model()
    num_samples = 500
    found = model.elbo(sequences, num_samples)
    # five standard errors of a mean over draws whose terms have a spread of about one nat
    np.testing.assert_allclose(found, closed_elbo(x), atol=5 / np.sqrt(num_samples) * 1.5)
    assert found.mean() == pytest.approx(closed_elbo(x).mean(), abs=0.01)
    best = kalman(x).sum(axis=1)
    assert closed_elbo(x).sum(axis=1).mean() < best.mean() - 0.2
    bound = model.log_likelihood(sequences, num_samples)
    assert bound.mean() == pytest.approx(best.mean(), abs=0.02)
    assert found.sum(axis=1).mean() < bound.mean()
    mean = model.elbo({**sequences, "mask": np.tile([1, 1, 1, 1, 0, 0], (40, 1))}, 2)
    assert np.isnan(mean[:, 4:]).all() and np.isfinite(mean[:, :4]).all()


def test_the_trace_has_a_latent_group_for_the_steps(rng: np.random.Generator) -> None:
    model = exact_model()
    parts = model.check({"x": draw(3, 5, rng), "action": np.zeros((3, 5))})
    trace = model.trace(parts, num_samples=7, seed=0)
    (latent,) = trace.latents
    assert latent.sample.shape == (7, 15, 1) and trace.elbo().shape == (15,)
    # conditional on the same z: one draw of the KL has the closed form as its mean
    differences = (trace.mean(-latent.log_ratio()) - trace.kl()).numpy()
    assert abs(differences.mean()) < 5 * differences.std() / np.sqrt(15) + 0.02


def test_balanced_and_plain_losses_have_one_value(rng: np.random.Generator) -> None:
    parts = linear_model().check({"x": draw(3, 5, rng), "action": np.zeros((3, 5))})
    keras.utils.set_random_seed(0)
    model = linear_model(objective={"name": "balanced_elbo", "prior_share": 0.7})
    trace = model.trace(parts, seed=0)
    np.testing.assert_allclose(model.objective.loss(trace), -trace.elbo(), rtol=1e-4)


@pytest.mark.slow
def test_training_comes_near_the_kalman_filter(rng: np.random.Generator) -> None:
    train, test = ({"x": draw(num, 8, rng), "action": np.zeros((num, 8))} for num in (2000, 1000))
    keras.utils.set_random_seed(0)
    model = RecurrentStateSpaceVAE(
        (1,), 1, 2, state_dim=8, feature_dim=8, hidden=[16], seed=0,
        network={"name": "mlp", "hidden": [16]}, likelihood={"name": "normal", "scale": R**0.5},
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(train, epochs=15, batch_size=100, verbose=0)
    best, found = kalman(test["x"]), model.elbo(test)
    difference = (best - found).mean(axis=1)
    assert difference.mean() - 3 * difference.std() / np.sqrt(1000) > 0
    lost_by_filtering = (best - closed_elbo(test["x"])).mean()
    assert difference.mean() < lost_by_filtering + 0.03  # nats per frame
