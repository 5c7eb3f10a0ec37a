"""The runtime's records of q(z|x) and p(x|z) against Keras's distributions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vaezoo
from vaezoo.export import exporter
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.models import VAE
from vaezoo.posteriors import POSTERIORS
from vaezoo.runtime import distributions

SHAPE = (2, 3)


def assert_equal(record: Any, keras: Any) -> None:
    np.testing.assert_allclose(record.mean(), keras.mean(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(record.stddev(), keras.stddev(), rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_likelihoods(name: str) -> None:
    likelihood = LIKELIHOODS[name](SHAPE)
    outputs = np.random.default_rng(0).normal(0, 2, (5, *likelihood.output_shape))
    parameters = {k: v.numpy() for k, v in likelihood.parameters(np.float32(outputs)).items()}
    record = distributions.LIKELIHOODS[type(likelihood).__name__](
        parameters, exporter._numbers(likelihood)
    )
    assert_equal(record, likelihood.distribution(np.float32(outputs)))


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
    assert_equal(record, posterior.distribution(outputs))


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
