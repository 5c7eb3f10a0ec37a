"""Constructor calls: what they take by position, what they refuse, and in which words."""

from __future__ import annotations

import inspect
import re
import typing
from typing import Any, Unpack

import pytest

from vaezoo._core.components import Component
from vaezoo._core.constructors import keywords
from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import Bernoulli, Normal
from vaezoo.models import FAMILIES, MODELS, VAE, BetaVAE, HierarchicalVAE, QuantisedVAE
from vaezoo.posteriors import DiagonalNormal

SHAPE = (8, 8, 1)
NETWORK = {"name": "mlp", "hidden": [4]}
# Families whose z is not one vector of `latent_dim` numbers.
GRIDS = tuple(
    name for name, model in MODELS.items() if issubclass(model, (HierarchicalVAE, QuantisedVAE))
)
COMPONENTS = (
    "network", "encoder", "decoder", "posterior", "prior", "likelihood", "objective",
    "condition", "corruption", "quantiser", "channels",
)  # fmt: skip
# What models fix, and the class that leaves it to the user.
CHOICES = (
    (
        "BetaVAE AnnealedVAE CyclicalVAE CapacityVAE FreeBitsVAE GECOVAE MSSSIMVAE",
        "objective",
        "VAE",
    ),
    ("BetaTCVAE FactorVAE DIPVAEI DIPVAEII InfoVAE", "objective", "VAE"),
    ("AttributeVAE", "objective condition", "VAE"),
    ("IWAE MIWAE PIWAE CIWAE DReGIWAE STLVAE RenyiVAE", "objective", "VAE"),
    ("AdversarialAE WAEGAN VAEGAN WAE RAEL2 RAEGP", "objective", "VAE"),
    ("WAEGAN WAE RAEL2 RAEGP", "posterior", "VAE"),
    ("FullCovarianceVAE PlanarVAE RadialVAE IAFVAE HVAE RHVAE", "posterior", "VAE"),
    (
        "HypersphericalVAE PoincareVAE CategoricalVAE JointVAE DirichletVAE",
        "posterior prior",
        "VAE",
    ),
    ("MixtureVAE VaDE VampVAE RealNVPVAE MAFVAE", "prior", "VAE"),
    ("ContinuousBernoulliVAE SigmaVAE LaplaceVAE StudentTVAE PoissonVAE", "likelihood", "VAE"),
    ("DiscretisedLogisticVAE LogisticMixtureVAE CategoricalPixelVAE", "likelihood", "VAE"),
    ("NegativeBinomialVAE TableVAE", "likelihood", "VAE"),
    ("CVAE", "condition", "VAE"),
    ("ConditionalPriorVAE", "condition prior", "VAE"),
    ("M2", "condition objective", "SemiSupervisedVAE"),
    ("TwoLevelVAE ConvTwoLevelVAE LadderVAE ResidualVAE", "network", "HierarchicalVAE"),
    ("LadderVAE", "posterior", "HierarchicalVAE"),
    ("VQVAE RQVAE FSQVAE", "quantiser", "QuantisedVAE"),
    ("FSQVAE", "channels", "QuantisedVAE"),
    ("PCA ProbabilisticPCA", "network encoder decoder posterior likelihood", "VAE"),
    ("PCA", "objective", "VAE"),
    ("LinearAutoencoder", "network encoder decoder", "Autoencoder"),
    ("LinearVAE", "network encoder decoder", "VAE"),
    ("DenoisingAutoencoder", "corruption", "Autoencoder"),
    ("SparseAutoencoder", "posterior", "Autoencoder"),
)


def choices(model: str) -> dict[str, str]:
    return {
        component: base
        for models, components, base in CHOICES
        if model in models.split()
        for component in components.split()
    }


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def refusal(constructor: Any, *args: Any, **kwargs: Any) -> str:
    """The message of the `ConfigError` that a call raises."""
    with pytest.raises(ConfigError) as error:
        constructor(*args, **kwargs)
    return str(error.value)


def test_every_model_is_in_one_family() -> None:
    models = [model.__name__ for family in FAMILIES.values() for model in family]
    assert models == list(MODELS) and len(set(models)) == len(models) >= 69


def test_latent_dim_is_the_second_argument(name: str) -> None:
    if name in GRIDS:
        assert "latent_dim" not in keywords(MODELS[name])
        return
    own: dict[str, Any] = {} if "network" in choices(name) else {"network": NETWORK}
    own |= {"num_categories": 3} if name in {"CategoricalVAE", "JointVAE"} else {}
    model = MODELS[name](SHAPE, 12, **own)
    assert model.latent_dim == model.posterior.latent_dim == 12
    assert model.get_config()["latent_dim"] == 12


def test_a_fixed_component_is_refused_with_the_class_that_takes_it(name: str) -> None:
    for component in COMPONENTS:
        if base := choices(name).get(component):
            expected = (
                f"{name} fixes its {component}: leave {component}= out, or use "
                f"{base}({component}=...) for another."
            )
            assert refusal(MODELS[name], SHAPE, **{component: "elbo"}) == expected
        elif component not in keywords(MODELS[name]):
            message = refusal(MODELS[name], SHAPE, **{component: "elbo"})
            assert message.startswith(f"unknown argument of {name} {component!r}"), message


def test_every_argument_that_is_passed_up_arrives(name: str) -> None:
    # A type of `**parts` with too many keys would let a raw TypeError through.
    hints = typing.get_type_hints(MODELS[name].__init__)
    passed_up = typing.get_args(hints.get("parts", hints.get("keras_args")))[0].__annotations__
    base = MODELS[name].__mro__[1]
    own = set(inspect.signature(MODELS[name].__init__).parameters)
    assert not own & set(passed_up)
    assert set(passed_up) <= {*keywords(base), *KerasArguments.__annotations__}


def test_an_unknown_argument_is_refused_with_the_nearest(name: str) -> None:
    for known in inspect.signature(MODELS[name]).parameters:
        if known in {"parts", "keras_args"}:
            continue
        message = refusal(MODELS[name], **{f"{known}x": 1})
        assert message.startswith(f"unknown argument of {name} '{known}x': did you mean {known!r}?")
    message = refusal(MODELS[name], SHAPE, zzz=1)
    assert message.startswith(f"unknown argument of {name} 'zzz'. Known: ")
    assert set(re.findall(r"\w+", message.partition("Known: ")[2])) == set(keywords(MODELS[name]))


def test_too_many_positional_arguments_are_refused_with_the_names(name: str) -> None:
    parameters = inspect.signature(MODELS[name]).parameters.values()
    positional = [item.name for item in parameters if item.kind is item.POSITIONAL_OR_KEYWORD]
    assert positional[0] == "data_shape" and len(positional) == 2
    assert refusal(MODELS[name], SHAPE, 6, 4.0).startswith(
        f"{name} got 3 positional arguments, expected at most 2 (data_shape, {positional[1]}): "
        "give the others by name ("
    )


def test_a_missing_argument_is_named(name: str) -> None:
    assert refusal(MODELS[name]) == f"{name} got no data_shape: give data_shape=..."


def test_other_wrong_calls() -> None:
    assert refusal(HierarchicalVAE, SHAPE) == "HierarchicalVAE got no network: give network=..."
    twice = "BetaVAE got latent_dim by position and by name: give it once."
    assert refusal(BetaVAE, SHAPE, 4, latent_dim=4) == twice
    message = refusal(BetaVAE, SHAPE, 16, 4.0)
    assert message.endswith(
        "(beta, network, encoder, decoder, corruption, name, dtype, trainable, seed, posterior, "
        "prior, likelihood, condition)."
    )
    # inner arguments, which pass through no user's call
    assert refusal(VAE, SHAPE, num_groups=2).startswith("unknown argument of VAE 'num_groups'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data_shape": 28}, r"data_shape=28: give the shape of one example"),
        ({"data_shape": None}, r"data_shape=None: give the shape of one example"),
        ({"data_shape": ()}, r"data_shape=\(\): give the shape of one example"),
        ({"data_shape": (8, 0)}, r"data_shape=0: give an integer of 1 or more"),
        ({"seed": "a"}, r"seed='a': give an integer from 0"),
        ({"seed": 1.5}, r"seed=1.5: give an integer from 0"),
        ({"encoder": "mlp"}, r"encoder='mlp': give a built keras.Model, or network="),
    ],
)
def test_values_that_a_constructor_cannot_use(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        VAE(**{"data_shape": (8, 8, 1), "latent_dim": 2, **arguments})


def test_components_keep_the_same_rule() -> None:
    assert refusal(DiagonalNormal).startswith("DiagonalNormal got no latent_dim")
    known = "data_shape, dtype, least_scale, name, scale, standardise, trainable"
    expected = f"unknown argument of Normal 'scal': did you mean 'scale'? Known: {known}."
    assert refusal(Normal, SHAPE, scal=1.0) == expected
    assert refusal(VAE, SHAPE, likelihood={"name": "normal", "scal": 1.0}) == expected
    expected = "posterior 'diagonal_normal' got latent_dim, which the model sets: leave it out."
    assert refusal(VAE, SHAPE, posterior={"name": "diagonal_normal", "latent_dim": 3}) == expected
    # a base's argument that the component's own constructor fills in
    message = refusal(VAE, SHAPE, objective={"name": "factor_adversarial", "critic": "mlp"})
    assert message.startswith("unknown argument of FactorAdversarial 'critic': did you mean")


class Open(VAE):
    """A user's model, whose `**parts` have no type."""

    def __init__(self, data_shape: Any, latent_dim: int = 16, **parts: Any) -> None:
        super().__init__(data_shape, latent_dim, likelihood="normal", **parts)


class Typed(Component):
    def __init__(self, size: int = 1, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.size = size


def test_models_and_components_of_users_keep_it_without_a_line_of_their_own() -> None:
    expected = (
        "Open fixes its likelihood: leave likelihood= out, or use VAE(likelihood=...) for another."
    )
    assert refusal(Open, SHAPE, likelihood="bernoulli") == expected
    assert refusal(Open, SHAPE, postrior="x").startswith("unknown argument of Open 'postrior': did")
    config = Open(SHAPE, 3, network=NETWORK, seed=1).get_config()
    assert config == {
        "data_shape": [8, 8, 1],
        "latent_dim": 3,
        "network": NETWORK,
        "seed": 1,
        "name": "open",
        "dtype": "float32",
    }
    assert Typed(name="mine").get_config() == {"size": 1, "name": "mine", "dtype": "float32"}
    assert refusal(Typed, sise=2).startswith("unknown argument of Typed 'sise': did you mean 'size")


def test_errors_of_the_constructor_itself_are_not_renamed() -> None:
    class Broken(Component):
        def __init__(self, size: int) -> None:
            super().__init__()
            dict(a=1, **{"a": size})

    with pytest.raises(TypeError, match="multiple values for keyword argument 'a'"):
        Broken(1)


def test_help_shows_the_constructor() -> None:
    assert list(inspect.signature(BetaVAE).parameters) == [
        "data_shape",
        "latent_dim",
        "beta",
        "parts",
    ]
    assert inspect.signature(BetaVAE).parameters["latent_dim"].default == 16
    assert next(iter(inspect.signature(Bernoulli).parameters)) == "data_shape"
