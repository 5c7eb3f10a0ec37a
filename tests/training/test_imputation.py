"""Missing values and odd examples by Keras models: the half that serves takes them as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import slow

import vaezoo
from vaezoo import anomalies
from vaezoo.errors import ConfigError
from vaezoo.imputation import impute
from vaezoo.imputation.gaps import Gaps
from vaezoo.models import MODELS

SHAPE = (4, 4, 1)
NETWORK = {"name": "mlp", "hidden": [4]}
X = np.random.default_rng(0).integers(0, 2, (5, *SHAPE)).astype(np.float32)
MASK = np.random.default_rng(1).random(X.shape) < 0.6
# Arguments, a condition, and whether q(z|x) is a diagonal normal.
CASES: dict[str, tuple[dict[str, Any], Any, bool]] = {
    "VAE": ({"latent_dim": 3, "network": NETWORK}, None, True),
    "RealNVPVAE": ({"latent_dim": 4, "network": NETWORK}, None, True),
    "CVAE": ({"latent_dim": 3, "num_classes": 3, "network": NETWORK}, 2, True),
    "FullCovarianceVAE": ({"latent_dim": 3, "network": NETWORK}, None, False),
    "HypersphericalVAE": ({"latent_dim": 3, "network": NETWORK}, None, False),
    "M2": ({"latent_dim": 3, "num_classes": 3, "network": NETWORK}, 2, False),
    "PlanarVAE": ({"latent_dim": 3, "network": NETWORK}, None, False),
    "RHVAE": ({"latent_dim": 3, "network": NETWORK}, None, False),
    "TwoLevelVAE": ({"latent_dims": [2, 2]}, None, False),
}


SLOW = {"HypersphericalVAE", "PlanarVAE", "RHVAE"}


@pytest.mark.parametrize("name", [slow(name) if name in SLOW else name for name in CASES])
def test_gaps_are_filled(name: str) -> None:
    arguments, condition, normal = CASES[name]
    model = MODELS[name](SHAPE, seed=0, **arguments)
    assert Gaps.checked(model, X, MASK, condition).has_normal_posterior() is normal
    filled = impute(model, X, MASK, condition=condition, num_samples=4, draws=2, refine=1)
    assert filled.draws.shape == (2, *X.shape) and set(np.unique(filled.draws)) == {0.0, 1.0}
    np.testing.assert_array_equal(filled.draws[:, MASK], np.broadcast_to(X[MASK], (2, MASK.sum())))
    assert (filled.mean[~MASK] > 0).all() and (filled.mean[~MASK] < 1).all()


def test_a_score_is_of_the_z_that_the_noise_makes() -> None:
    """What the weights rest on: without log p(x|z), a score is log p(z) - log q(z|x)."""
    model = MODELS["RealNVPVAE"](SHAPE, seed=0, latent_dim=4, network=NETWORK)
    noise = np.random.default_rng(0).standard_normal((5, 1, 4)).astype(np.float32)
    q = model.encode(X)
    z = q.mean() + q.stddev() * noise[:, 0]
    rest = model.score(X, noise=noise)[:, 0] - model.decode(z).log_prob(X)
    expected = model.prior.distribution().log_prob(z) - q.log_prob(z)
    np.testing.assert_allclose(rest, expected, atol=1e-4)


def test_both_halves_agree(tmp_path: Path) -> None:
    """Within five standard errors of the draws that importance resampling takes."""
    model = MODELS["VAE"](SHAPE, 3, network=NETWORK, seed=0)
    model.save_to_preset(tmp_path / "mine")
    served = vaezoo.load(tmp_path / "mine")
    means = [impute(m, X, MASK, num_samples=500).mean for m in (model, served)]
    np.testing.assert_allclose(means[0], means[1], atol=5 * 0.5 / np.sqrt(500))
    scores = [anomalies.reconstruction(m, X) for m in (model, served)]
    np.testing.assert_allclose(*scores, rtol=1e-5)
    heat = [anomalies.PixelErrors.fit(m, X)(X) for m in (model, served)]
    np.testing.assert_allclose(*heat, rtol=1e-4)


def test_without_a_density() -> None:
    model = MODELS["WAE"](SHAPE, 3, network=NETWORK, seed=0)
    with pytest.raises(ConfigError, match="missing values need a model with a density"):
        impute(model, X, MASK)
