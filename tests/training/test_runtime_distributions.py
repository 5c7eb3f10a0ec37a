"""The runtime's records of q(z|x) and p(x|z) against Keras's distributions."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vaezoo
from vaezoo.distributions import promised
from vaezoo.errors import ConfigError
from vaezoo.export import exporter
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.models import VAE
from vaezoo.posteriors import POSTERIORS
from vaezoo.runtime import distributions

SHAPE = (2, 3)


def assert_equal(record: Any, keras: Any) -> None:
    np.testing.assert_allclose(record.mean(), keras.mean(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(record.stddev(), keras.stddev(), rtol=2e-4, atol=1e-6)


def assert_equal_densities(record: Any, keras: Any, x: np.ndarray) -> None:
    log_prob = keras.log_prob(x)
    np.testing.assert_allclose(record.log_prob(x), log_prob, rtol=1e-4, atol=1e-5)
    with contextlib.suppress(ConfigError):  # where values depend on each other
        per_value = promised(keras, "p").log_prob_per_value(x)
        np.testing.assert_allclose(record.log_prob_per_value(x), per_value, rtol=1e-4, atol=1e-5)


# a table has no moments in closed form: test_tables.py
@pytest.mark.parametrize("name", [name for name in LIKELIHOODS if name != "table"])
def test_likelihoods(name: str) -> None:
    likelihood = LIKELIHOODS[name](SHAPE)
    outputs = np.random.default_rng(0).normal(0, 2, (5, *likelihood.output_shape))
    parameters = {k: v.numpy() for k, v in likelihood.parameters(np.float32(outputs)).items()}
    record = distributions.LIKELIHOODS[type(likelihood).__name__](
        parameters, exporter._numbers(likelihood)
    )
    keras = likelihood.distribution(np.float32(outputs))
    assert_equal(record, keras)
    for seed in range(3):
        assert_equal_densities(record, keras, record.sample(seed=seed))
    if likelihood.value_range == (0.0, 1.0):  # levels without a mass, and both ends
        for x in (0.0, 0.31, 1.0):
            assert_equal_densities(record, keras, np.full((5, *SHAPE), x, np.float32))


@pytest.mark.parametrize("components", [1, 4])
def test_mixtures_of_narrow_logistics(components: int) -> None:
    """Scales far below a level, where a difference of sigmoids is lost, and far above the range."""
    likelihood = LIKELIHOODS["discretised_logistic"](SHAPE, num_components=components)
    outputs = np.random.default_rng(1).normal(0, 5, (5, *likelihood.output_shape))
    parameters = {k: v.numpy() for k, v in likelihood.parameters(np.float32(outputs)).items()}
    record = distributions.LIKELIHOODS["DiscretisedLogistic"](
        parameters, exporter._numbers(likelihood)
    )
    for x in (record.sample(seed=0), np.zeros((5, *SHAPE)), np.full((5, *SHAPE), 128 / 255)):
        assert_equal_densities(record, likelihood.distribution(np.float32(outputs)), np.float32(x))


@pytest.mark.parametrize("name", POSTERIORS)
def test_posteriors(name: str) -> None:
    """Those that the runtime makes of an encoder's outputs; it refuses the others by name."""
    kind = POSTERIORS[name]
    if kind.__name__ not in distributions.POSTERIORS:
        return
    posterior = kind(8)
    outputs = np.random.default_rng(0).normal(0, 2, (5, posterior.num_outputs)).astype(np.float32)
    parameters = {k: v.numpy() for k, v in posterior.parameters(outputs).items()}
    record = distributions.POSTERIORS[kind.__name__](parameters, exporter._numbers(posterior))
    keras = posterior.distribution(outputs)
    assert_equal(record, keras)
    if kind.space is not None:
        assert_equal_densities(record, keras, record.sample(seed=0))
        return
    with pytest.raises(ConfigError, match="a point has no density"):
        record.log_prob(record.mean())


@pytest.mark.parametrize(
    "components",
    [
        {"likelihood": {"name": "student_t", "df": 3.5}, "posterior": "full_covariance"},
        {"likelihood": "negative_binomial", "posterior": "dirichlet", "prior": "dirichlet"},
    ],
    ids=lambda components: components["posterior"],
)
def test_exports_name_their_distributions(components: dict[str, Any], tmp_path: Path) -> None:
    model = VAE((6,), latent_dim=3, network={"name": "mlp", "hidden": [8]}, seed=0, **components)
    exporter.export_model(model, tmp_path / "e", preset="mine", weights_sha256="0" * 64)
    runtime = vaezoo.load(tmp_path / "e")
    x = np.random.default_rng(0).poisson(3, (5, 6)).astype(np.float32)
    assert_equal(runtime.encode(x), model.encode(x))
    z = runtime.sample_latents(5, seed=0)
    assert_equal(runtime.decode(z), model.decode(z))
