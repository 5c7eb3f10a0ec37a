"""Wrong calls of models and components: one error of the project's, with what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.export.exporter import _families as families
from vaezoo.likelihoods import LIKELIHOODS, Bernoulli, Normal
from vaezoo.models import (
    PCA,
    VAE,
    VQVAE,
    ConvTwoLevelVAE,
    FactorVAE,
    LatentVariableModel,
    ResidualVAE,
    TwoLevelVAE,
)
from vaezoo.networks import Group
from vaezoo.objectives import ELBO
from vaezoo.posteriors import DiagonalNormal, Dirichlet
from vaezoo.priors import RealNVP, StandardNormal, VampPrior
from vaezoo.runtime import distributions
from vaezoo.samplers import Hypersphere, NormalMixture, Standardised, TwoStage, fit_sampler

SHAPE = (8, 8, 1)
NETWORK = {"name": "mlp", "hidden": [4]}


def vae(**arguments: object) -> VAE:
    return VAE(**{"data_shape": SHAPE, "latent_dim": 4, "network": NETWORK, **arguments})


def grid(**arguments: object) -> VQVAE:
    network = {"name": "mlp", "positions": 2, "hidden": [8]}
    return VQVAE(SHAPE, **{"channels": 4, "codebook_size": 8, "network": network, **arguments})


KIND = {
    "list": r"give a list of integers, such as \[{}\]\.",
    "shape": "give the shape of one example",
    "dtype": "dtype={}: give a name such as 'float32'",
    "name": "name={}: give a string without '/'",
    "size": "has {}, the model .*: make it with the model's",
}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        # a number where a list is taken
        (lambda: vae(network={"name": "mlp", "hidden": 3}), KIND["list"].format(3)),
        (lambda: vae(network={"name": "conv", "filters": 3}), KIND["list"].format(3)),
        (lambda: vae(network={"name": "resnet", "widths": 3}), KIND["list"].format(3)),
        (lambda: TwoLevelVAE(SHAPE, 16), r"latent_dims=16: " + KIND["list"].format(16)),
        (lambda: ResidualVAE(SHAPE, 3), KIND["list"].format(3)),
        (lambda: grid(network={"name": "mlp", "hidden": 3}), KIND["list"].format(3)),
        (lambda: vae(network={"name": "mlp", "hidden": "ab"}), "hidden='ab': give a list"),
        (lambda: vae(network={"name": "mlp", "hidden": [0]}), "expected a positive integer"),
        (lambda: vae(network={"name": "mlp", "hidden": [2.5]}), "hidden holds 2.5: give integers"),
        (lambda: vae(network={"name": "conv", "patch": 1.5}), "patch=1.5: give an integer"),
        # arguments that a network does not take
        (lambda: vae(network={"name": "mlp", "hiden": [3]}), "'hiden': did you mean 'hidden'"),
        (lambda: vae(network={"name": "resnet", "width": 3}), "'width': did you mean 'widths'"),
        (lambda: fit_sampler("mixture", np.eye(9), num=3), "unknown argument of sampler 'mixture'"),
        # shapes and sizes
        *[
            (lambda shape=shape, make=make: make(shape), KIND["shape"])
            for make in (VAE, Normal, Bernoulli, PCA)
            for shape in (3, None, "mnist", (), np.zeros((9, *SHAPE)))
        ],
        (lambda: DiagonalNormal("a"), "latent_dim='a': give an integer of 1 or more"),
        (lambda: StandardNormal(0), "latent_dim=0: give an integer of 1 or more"),
        # Keras' arguments
        *[
            (lambda make=make, bad=bad: make(dtype=bad), KIND["dtype"].format(repr(bad)))
            for make in (vae, grid, lambda dtype: Normal(SHAPE, dtype=dtype))
            for bad in ("bad", 3)
        ],
        (lambda: vae(name=3), KIND["name"].format(3)),
        (lambda: ELBO(name="a/b"), KIND["name"].format("'a/b'")),
        (lambda: vae(trainable="x"), "trainable='x': give a bool"),
        # instances that were made for another model, or are of another kind
        (lambda: vae(likelihood=Normal((4, 4, 1))), KIND["size"].format(r"data_shape=\(4, 4, 1\)")),
        (lambda: grid(likelihood=Normal((64,))), KIND["size"].format(r"data_shape=\(64,\)")),
        (lambda: TwoLevelVAE(SHAPE, likelihood=Normal((9,))), KIND["size"].format("data_shape=.*")),
        (lambda: vae(posterior=DiagonalNormal(3)), KIND["size"].format("latent_dim=3")),
        (lambda: vae(prior=RealNVP(3)), KIND["size"].format("latent_dim=3")),
        (lambda: vae(prior=VampPrior(4, data_shape=(9,))), KIND["size"].format("data_shape=.*")),
        (lambda: vae(likelihood=StandardNormal(4)), "is a StandardNormal: expected a Likelihood"),
        (lambda: vae(prior=Dirichlet(4)), "prior is a Dirichlet: expected a Prior"),
        (lambda: vae(likelihood=Normal), "or an instance"),
        (lambda: NormalMixture(8, 3, 4), r"expected \[C\], \[C, D\], \[C, D, D\]"),
        *[
            (lambda make=make: make(foo=3), f"unknown argument of {make.__name__} 'foo'")
            for make in (NormalMixture, Hypersphere, Standardised, TwoStage, Group)
        ],
        (lambda: NormalMixture([1.0], [[0.0]]), "NormalMixture got no factors: give factors="),
        (lambda: PCA((6,), 16), "latent_dim=16 is too large: .*give at most 5"),
        *[
            (lambda make=make: make((6,)), rf"'{network}' needs images .*\[6\]: use {instead}\.$")
            for make, network, instead in (
                (ConvTwoLevelVAE, "conv_two_level", "TwoLevelVAE or LadderVAE"),
                (ResidualVAE, "residual", "TwoLevelVAE or LadderVAE"),
                (lambda shape: VAE(shape, 2, network="resnet"), "resnet", "network='mlp'"),
            )
        ],
        (lambda: PCA(SHAPE, 4, likelihood="normal"), "PCA fixes its likelihood: leave likelihood="),
        (lambda: FactorVAE(SHAPE, 4, objective="elbo"), r"use VAE\(objective=...\) for another"),
        # methods that a model has not
        (lambda: vae().classify(np.zeros((2, *SHAPE))), "VAE has no classifier"),
        (lambda: vaezoo.load("digits_vae").classify(np.zeros((2, *SHAPE))), "has no classifier"),
    ],
)  # fmt: skip
def test_wrong_calls_are_refused_in_the_projects_words(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        call()


def test_a_scale_of_a_hierarchy_may_have_no_groups() -> None:
    """As a published preset has it."""
    model = ResidualVAE(SHAPE, num_groups=[0, 2], widths=[4, 8], latent_channels=[1, 1])
    assert len(model.groups) == 2


def test_instances_that_fit_are_taken() -> None:
    model = vae(
        likelihood=Normal(SHAPE), posterior=DiagonalNormal(4), prior=VampPrior(4, data_shape=SHAPE)
    )
    assert model.generate(2, seed=0).shape == (2, *SHAPE)


class Laplacian(Normal):
    """A likelihood of a user's, whose registration a test takes back."""


class Wide(VAE):
    """A model of a user's."""


@pytest.mark.parametrize(
    ("cls", "make"),
    [
        (Laplacian, lambda: vae(likelihood=Laplacian(SHAPE, 0.5))),
        (Wide, lambda: Wide(SHAPE, 4, network=NETWORK)),
    ],
)
def test_a_preset_of_a_class_that_is_not_imported_names_it(
    cls: type, make: Callable[[], LatentVariableModel], tmp_path: Path
) -> None:
    with keras.saving.custom_object_scope({}):
        keras.saving.register_keras_serializable("mine")(cls)
        make().save_to_preset(tmp_path, export=False)
        assert type(VAE.from_preset(tmp_path)) in (VAE, Wide)
        name = keras.saving.get_registered_name(cls)
        keras.saving.get_custom_objects().pop(name)
    expected = rf"needs the class {cls.__name__}, registered as 'mine>{cls.__name__}', which is not"
    with pytest.raises(UnknownNameError, match=rf"{expected} imported: import its module \(.+\)"):
        VAE.from_preset(tmp_path)


def test_a_preset_of_a_name_that_is_not_registered_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(LIKELIHOODS, "mine", Normal)
    vae(likelihood="mine").save_to_preset(tmp_path, export=False)
    monkeypatch.delitem(LIKELIHOODS, "mine")
    with pytest.raises(UnknownNameError, match=r"unknown likelihood 'mine'.* import its module"):
        VAE.from_preset(tmp_path)


def test_the_runtime_knows_families_by_class_not_by_a_name_that_anyone_may_give() -> None:
    class Normal(LIKELIHOODS["normal"]):  # type: ignore[misc,name-defined]
        """A user's, of the same name."""

    manifest = vaezoo.load("digits_vae").manifest
    own, known = (
        distributions.likelihood(
            dataclasses.replace(manifest, families=families(vae(likelihood=likelihood))),
            {"mean": np.zeros((2, *SHAPE)), "scale": np.ones((2, *SHAPE))},
        )
        for likelihood in (Normal(SHAPE, 0.5), "normal")
    )
    assert own.mean().shape == known.mean().shape == known.stddev().shape == (2, *SHAPE)
    for method in (own.stddev, own.sample):
        with pytest.raises(ConfigError, match=r"test_wrong_calls\.Normal is not one that the"):
            method()
