"""`encode` and `decode` of the Keras models keep what `vaezoo.protocols.Distribution` promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import vaezoo
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.models import MODELS, LatentVariableModel

SHAPE = (4, 4, 1)
NETWORK = {"name": "mlp", "hidden": [4]}
TWO_LEVEL: dict[str, Any] = {"latent_dims": [2, 2]}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "CategoricalVAE": {"latent_dim": 6, "num_categories": 3, "network": NETWORK},
    "FullCovarianceVAE": {"latent_dim": 3, "network": NETWORK},
    "HypersphericalVAE": {"latent_dim": 3, "network": NETWORK},
    "IAFVAE": {"latent_dim": 3, "network": NETWORK},
    "JointVAE": {"latent_dim": 5, "num_categories": 3, "network": NETWORK},
    "PlanarVAE": {"latent_dim": 3, "network": NETWORK},
    "PoincareVAE": {"latent_dim": 2, "network": NETWORK},
    "TwoLevelVAE": TWO_LEVEL,
    "VAE": {"latent_dim": 3, "network": NETWORK},
}
MEAN = {"FullCovarianceVAE", "HypersphericalVAE", "VAE"}
STDDEV = {"FullCovarianceVAE", "VAE"}


@pytest.fixture(scope="module", params=ARGUMENTS)
def model(request: pytest.FixtureRequest) -> LatentVariableModel:
    return MODELS[request.param](SHAPE, seed=0, **ARGUMENTS[request.param])


def distributions(model: LatentVariableModel) -> list[tfd.Distribution]:
    x = np.random.default_rng(0).integers(0, 2, (5, *SHAPE))
    return [model.encode(x), model.decode(model.encode_mean(x))]


def test_a_seed_gives_the_same_samples_at_each_call(model: LatentVariableModel) -> None:
    for p in distributions(model):
        first, again, other, free = (np.asarray(p.sample(seed=s)) for s in (3, 3, 4, None))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any() and (first != free).any()
        assert p.sample(7, seed=np.int64(3)).shape == (7, *first.shape)


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5])
def test_seeds_out_of_range_are_refused(model: LatentVariableModel, seed: float) -> None:
    for p in distributions(model):
        with pytest.raises(ConfigError, match=rf"seed={seed}: give an integer from 0"):
            p.sample(seed=seed)


def test_a_moment_exists_or_is_an_error_of_the_projects(model: LatentVariableModel) -> None:
    q, p = distributions(model)
    assert p.mean().shape == p.stddev().shape == (5, *SHAPE)
    name = type(model).__name__
    for moment, known in (("mean", MEAN), ("stddev", STDDEV)):
        if name in known:
            assert getattr(q, moment)().shape == (5, model.latent_dim)
            continue
        with pytest.raises(ConfigError, match=rf"q\(z\|x\) of \w+ has no {moment}\(\) in closed"):
            getattr(q, moment)()


def test_records_and_models_of_the_runtime_show_what_they_are() -> None:
    served = vaezoo.load("digits_vae")
    assert repr(served) == (
        "<vaezoo.runtime.Model digits_vae: VAE, data (8, 8, 1), latents (8,), cpu>"
    )
    assert repr(served.encode(np.zeros((2, 8, 8, 1)))) == "<Normal of mean [2, 8], scale [2, 8]>"
