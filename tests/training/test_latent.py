"""Latent tools on Keras models: the same numbers as on their exports, and each space by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo import latent, models
from vaezoo.latent import AttributeDirection
from vaezoo.runtime.latent_methods import _space_name
from vaezoo.runtime.manifest import Family, Manifest

SMALL = {"name": "mlp", "hidden": [8]}
# Models on each space, and the posterior's name and numbers as their manifests have them.
SPACES = {
    "real": lambda: models.VAE((6,), 2, network=SMALL, seed=0),
    "sphere": lambda: models.HypersphericalVAE((6,), 3, network=SMALL, seed=0),
    "ball_1": lambda: models.PoincareVAE((6,), 2, network=SMALL, seed=0),
    "ball_0.5": lambda: models.VAE(
        (6,),
        2,
        posterior={"name": "poincare", "curvature": 0.5},
        prior={"name": "wrapped_normal", "curvature": 0.5},
        network=SMALL,
        seed=0,
    ),
    "simplex": lambda: models.DirichletVAE((6,), 4, network=SMALL, seed=0),
    "simplex_3": lambda: models.CategoricalVAE((6,), 6, num_categories=3, network=SMALL, seed=0),
    "real_and_simplex_3": lambda: models.JointVAE((6,), 5, num_categories=3, network=SMALL, seed=0),
}


def manifest_of(model: models.LatentVariableModel) -> Manifest:
    """As far as the space is concerned."""
    values = model.posterior.get_config().items()
    numbers = {key: value for key, value in values if type(value) in (int, float)}
    family = Family(type(model.posterior).__name__, numbers)
    return Manifest(
        "mine", "VAE", (6,), model.latent_dim, "Bernoulli", None, "", "0" * 64, "0", {}, {},
        families={"encoder": family},
    )  # fmt: skip


@pytest.mark.parametrize("name", SPACES)
def test_spaces_of_both_halves(name: str, rng: np.random.Generator) -> None:
    model = SPACES[name]()
    assert model.latent_space.name == name == _space_name(manifest_of(model))
    assert model.latent_space.is_standard_normal == (name == "real")
    x = rng.random((4, 6), dtype=np.float32).round()
    z = latent.latent_path(model, x[:2], x[2:], 5)
    ends = np.stack([model.encode_mean(x[:2]), model.encode_mean(x[2:])])
    np.testing.assert_allclose(z[:, [0, -1]].swapaxes(0, 1), ends, atol=1e-6)
    np.testing.assert_allclose(
        latent.interpolate(model, x[:2], x[2:], 5)[:, 2], model.decode_mean(z[:, 2]), atol=1e-6
    )
    geometry = model.latent_space.geometry
    np.testing.assert_allclose(geometry.project(z), z, atol=1e-5)  # it stays in the space
    direction = AttributeDirection.fit(rng.random((9, model.latent_dim)), np.arange(9.0))
    assert latent.edit(model, x, direction, 1).shape == x.shape
    assert latent.rank_dimensions(model, x).order.shape == (model.latent_dim,)


def test_spaces_of_other_families() -> None:
    codes = models.VQVAE((4, 4, 1), network={"name": "conv", "widths": [4]}, codebook_size=7)
    assert codes.latent_space == latent.LatentSpace("codes_7", False)
    groups = models.TwoLevelVAE((6,))
    assert groups.latent_space == latent.LatentSpace("real", False)
    assert models.CVAE((6,), 2, num_classes=3, network=SMALL).latent_space.num_classes == 3
    assert not models.VampVAE((6,), 2, network=SMALL).latent_space.is_standard_normal
    points = models.Autoencoder((6,), 2, network=SMALL)
    assert points.latent_space == latent.LatentSpace()


def test_either_half_gives_the_same(tmp_path: Path) -> None:
    model, served = models.LatentVariableModel.from_preset("digits_vae"), vaezoo.load("digits_vae")
    assert model.latent_space == served.latent_space
    x = served.generate(40, seed=0)
    for path in ("line", "spherical", latent.Geodesic(num_codes=30, rounds=0)):
        pictures = [latent.interpolate(half, x[:2], x[2:4], 4, path) for half in (model, served)]
        np.testing.assert_allclose(*pictures, atol=1e-3)
    np.testing.assert_allclose(
        latent.traverse(model, x[:2], 3, [-1, 1]), latent.traverse(served, x[:2], 3, [-1, 1]),
        atol=1e-4,
    )  # fmt: skip
    orders = [latent.rank_dimensions(half, x).order for half in (model, served)]
    np.testing.assert_array_equal(*orders)
    direction = AttributeDirection.fit(model.encode_mean(x), x.mean(axis=(1, 2, 3)))
    edited = latent.edit(model, x, direction, 1)
    np.testing.assert_allclose(edited, served.edit(x, direction, 1), atol=1e-4)


def test_the_boundary_agrees_with_scikit_learn(rng: np.random.Generator) -> None:
    from sklearn.linear_model import LogisticRegression

    from vaezoo.latent import fitting

    z = rng.normal(size=(300, 3))
    yes = z @ [1.0, -2.0, 0.0] + rng.normal(size=300) > 0.5
    reference = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=1000).fit(z, yes)
    np.testing.assert_allclose(fitting.boundary(z, yes, 2.0), reference.coef_[0], atol=1e-4)
