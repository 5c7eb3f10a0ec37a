"""The contract that each of MODELS keeps.

A new model is tested here without a line of its own: its arguments are varied by their type.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import OtherProcess, each

from vaezoo import _catalogue as catalogue
from vaezoo import datasets
from vaezoo._core.components import Component
from vaezoo._trace import Latent, Trace
from vaezoo.errors import ConfigError
from vaezoo.export import parity
from vaezoo.likelihoods import Bernoulli
from vaezoo.likelihoods.counts import Counts
from vaezoo.likelihoods.discretised import Discretised
from vaezoo.models import MODELS, VAE, HierarchicalVAE
from vaezoo.priors.base import Context
from vaezoo.runtime.manifest import Manifest

SHAPE = (8, 8, 1)
# Where half of the default, or 0.7 of it, is not what a short test needs.
SOON = {"objective": {"name": "annealed_elbo", "warmup_steps": 100}}
FEW = {"name": "mlp", "positions": 2, "hidden": [32]}
EXCEPTIONS: dict[str, dict[str, Any]] = {
    # within the few steps of these tests
    "AnnealedVAE": {"warmup_steps": 100},
    "CyclicalVAE": {"warmup_steps": 50, "period": 100},
    "CapacityVAE": {"gamma": 2.0, "max_capacity": 6.0, "num_steps": 100},
    "HypersphericalVAE": SOON,
    "CategoricalVAE": SOON,
    "JointVAE": SOON,
    "DirichletVAE": SOON,
    "LadderVAE": {"latent_dims": [3, 4, 5], "widths": [16, 24, 32], **SOON},
    "AttributeVAE": {"num_attributes": 2},
    # the constraint is one that can be met
    "GECOVAE": {"tolerance": 0.3},
    # lists
    "TwoLevelVAE": {"latent_dims": [4, 6]},
    "ConvTwoLevelVAE": {"latent_dims": [4, 6], "decoder_filters": [8]},
    "ResidualVAE": {
        "num_groups": [1, 1],
        "widths": [16, 24],
        "latent_channels": [1, 3],
        "num_blocks": 2,
        "posterior": "precision_weighted",
        **SOON,
    },
    # codes tell what they tell, at any price: few positions, as binary digits are worth little
    "VQVAE": {"channels": 6, "codebook_size": 12, "learning": "loss", "network": FEW},
    "RQVAE": {"channels": 6, "codebook_size": 3, "num_codes": 3, "network": FEW},
    "FSQVAE": {"levels": [4, 3], "network": FEW},
}
# Objectives that draw noise of their own, which TensorFlow draws differently under XLA.
DRAWS = {"InfoVAE", "WAE", "RAEGP", "FactorVAE", "AdversarialAE", "WAEGAN", "VAEGAN"}


LINEAR = {"PCA", "ProbabilisticPCA", "LinearAutoencoder", "LinearVAE"}  # choose their network


def varied(name: str) -> dict[str, Any]:
    """Arguments of a model, none of them at its default."""
    arguments: dict[str, Any] = {}
    if issubclass(MODELS[name], VAE):
        arguments["latent_dim"] = 6
        if name not in LINEAR:
            arguments["network"] = {"name": "mlp", "hidden": [32]}
    for key, parameter in inspect.signature(MODELS[name].__init__).parameters.items():
        default = parameter.default
        if name == "VAE" or isinstance(default, bool) or not isinstance(default, (int, float)):
            continue
        if key == "num_classes":
            arguments[key] = default + 1  # no label may be left out
        elif isinstance(default, int):
            arguments[key] = max(1, default // 2)
        else:
            arguments[key] = 0.7 * default
    return arguments | EXCEPTIONS.get(name, {})


def make(model_name: str, **more: Any) -> Any:
    keras.utils.set_random_seed(1)
    return MODELS[model_name](SHAPE, **{"seed": 0, **varied(model_name), **more})


def digits(model: Any) -> Any:
    """Real digits as the likelihood takes them: train and test, each with labels."""
    data = datasets.load("digits", binarise="static" if is_binary(model) else "none")
    for split in ("train", "test"):
        x = datasets.as_float(getattr(data, split))
        if isinstance(model.likelihood, Counts):
            x = np.round(16 * x)
        elif isinstance(model.likelihood, Discretised):
            top = np.float32(model.likelihood.levels - 1)
            x = np.round(top * x) / top
        yield x, data.labels[split]


def target_of(model: Any, labels: np.ndarray | tf.Tensor) -> tf.Tensor | None:
    """What an objective learns from in addition to x."""
    return None if model.objective.target is None else tf.constant(fit_y(model, np.array(labels)))


def is_binary(model: Any) -> bool:
    return isinstance(model.likelihood, Bernoulli)


def fit_y(model: Any, labels: np.ndarray) -> np.ndarray | None:
    """What `fit` takes as y: the labels, or numbers that follow from them as attributes."""
    if model.objective.target is not None:
        return np.stack([labels, labels % 3], axis=1).astype(np.float32)
    return None if model.condition is None else labels


def given(model: Any, labels: np.ndarray) -> np.ndarray | None:
    """The condition under which p(x|c) is evaluated; None for p(x)."""
    return None if model.condition is None or model.sums_out_condition else labels


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    yield str(request.param)
    keras.backend.clear_session()


def test_config_records_what_was_given_and_no_more(name: str) -> None:
    model = make(name, name="mine")
    config = model.get_config()
    expected = {**varied(name), "seed": 0, "name": "mine", "data_shape": list(SHAPE)}
    for key, value in expected.items():
        assert config[key] == value, key
    own = set(inspect.signature(MODELS[name].__init__).parameters)
    assert set(config) == own - {"self", "parts", "keras_args"} | set(expected) | {"dtype"}
    copy = MODELS[name].from_config(config)
    assert copy.get_config() == config
    parts = {key: part for key, part in vars(model).items() if isinstance(part, Component)}
    assert {"objective", "prior", "likelihood"} <= set(parts)
    for key, part in parts.items():
        assert type(part) is type(getattr(copy, key))
        assert part.get_config() == getattr(copy, key).get_config()


@pytest.mark.usefixtures("_eager")  # the slow tests make graphs
def test_shapes_figures_and_gradients(name: str) -> None:
    model = make(name)
    (x, labels), _ = digits(model)
    x, labels = x[:16], labels[:16]
    condition = None if model.condition is None else labels
    with tf.GradientTape(persistent=True) as tape:
        trace = model.trace(x, model.objective.num_samples, condition, seed=0, training=True)
        trace = dataclasses.replace(trace, step=7, target=target_of(model, labels))
        losses, aggregates = model._loss_parts(trace)
        totals = {
            group: tf.reduce_mean(loss + aggregates.get(group, 0.0))
            for group, loss in losses.items()
        }
    assert set(model.objective.report(trace)) == set(model.objective.reports)
    weights, moved = model.parameter_groups(), set()
    for group, total in totals.items():
        gradients = tape.gradient(total, weights[group])
        for weight, gradient in zip(weights[group], gradients, strict=True):
            assert gradient is not None, weight.path
            gradient = tf.convert_to_tensor(gradient)  # of an embedding it is sparse
            assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, weight.path
            assert id(weight) not in moved, f"{weight.path} has two players"
            moved.add(id(weight))
    assert moved == {id(weight) for weight in model.trainable_weights}

    latent_dim = model.latent_dim
    assert model.encode_mean(x, condition=condition).shape == (16, latent_dim)
    assert model((x, condition)).shape == x.shape
    first, second = (model.generate(16, condition=condition, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (16, *SHAPE) and np.isfinite(first).all()
    assert len(np.unique(np.round(first, 6), axis=0)) > 1
    if not model.has_density:
        with pytest.raises(ConfigError, match="no density that was fitted"):
            model.log_likelihood(x, num_samples=3)
        return
    assert np.isfinite(trace.elbo()).all() and trace.elbo().shape == (16,)
    if not is_binary(model):
        assert model.likelihood.is_normalised_on(x)
    estimate = model.log_likelihood(x[:4], num_samples=3, condition=given(model, labels[:4]))
    assert estimate.shape == (4,) and np.isfinite(estimate).all()


@pytest.mark.parametrize("name", each(MODELS), indirect=True)
def test_xla_gives_the_same_figures(name: str) -> None:
    # Given z: TensorFlow's generators draw other numbers under XLA.
    model = make(name)
    (x, labels), _ = digits(model)
    x, labels = tf.constant(x[:8]), tf.constant(labels[:8])
    condition = None if model.condition is None else labels
    latents = model.trace(x, 4, condition, seed=0).latents
    target = target_of(model, labels)
    several = isinstance(model, HierarchicalVAE)
    z = tf.concat([latent.sample for latent in latents[: None if several else 1]], axis=-1)

    def figures(x: tf.Tensor, z: tf.Tensor) -> list[tf.Tensor]:
        if several:
            mean = model.posterior_parameters(x)["mean"]
            return [model.posterior_of(x).log_prob(z), model.likelihood_of(z).log_prob(x), mean]
        numbers = None if condition is None else model.condition.as_vector(condition)
        prior = model.prior.distribution(Context(model.posterior_of, numbers))
        latent = Latent(model.posterior_of(x, condition), prior, z)
        likelihood = model.likelihood_of(z, condition)
        found = likelihood.log_prob(x)
        trace = Trace(x, likelihood, (latent,), found, decode=model.likelihood_of, target=target)
        found = [trace.reconstruction()]
        if model.has_density:
            found += [trace.elbo(), trace.kl(), trace.log_weights()]
        if name not in DRAWS | {"M2"} and model.objective.num_samples == 1:
            found += model.objective.group_losses(trace).values()
        return found

    expected = figures(x, z)
    for found, value in zip(tf.function(figures, jit_compile=True)(x, z), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=2e-4, atol=2e-4)


FACTORISED: dict[str, float] = {}


def factorised(model: Any, train: np.ndarray, test: np.ndarray) -> float:
    """Test log-likelihood of independent values: the best constant output of a decoder."""
    key = str(model.likelihood.get_config())
    if key not in FACTORISED:
        outputs = tf.Variable(tf.zeros((1, *model.likelihood.output_shape)))
        likelihood = type(model.likelihood).from_config(model.likelihood.get_config())
        weights = [outputs, *(weight.value for weight in likelihood.trainable_weights)]

        @tf.function
        def step() -> None:
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(
                    likelihood.training_distribution(outputs, train).log_prob(train)
                )
            for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
                weight.assign_sub(rate * gradient / (tf.norm(gradient) + 1e-6))

        rate = tf.Variable(0.0)
        for value in np.linspace(1.0, 0.0, 400, endpoint=False):
            rate.assign(value)
            step()
        FACTORISED[key] = float(likelihood.distribution(outputs).log_prob(test).numpy().mean())
    return FACTORISED[key]


RELOAD = """
import pathlib, sys, traceback
import keras, numpy as np
from vaezoo.models import LatentVariableModel
for line in sys.stdin:
    path = pathlib.Path(line.strip())
    data, answer = np.load(path.with_suffix(".npz")), "the same"
    try:
        for model in (
            keras.models.load_model(path, safe_mode=True),
            LatentVariableModel.from_preset(path.with_suffix("")),
        ):
            condition = None if model.condition is None else data["labels"]
            assert np.array_equal(model((data["x"], condition)), data["output"])
    except Exception:
        answer = repr(traceback.format_exc())
    keras.backend.clear_session()
    print("answer:", answer, flush=True)
"""


@pytest.fixture(scope="session")
def other_process() -> Iterator[OtherProcess]:
    """A process that reloads models and has made none; one start of TensorFlow serves them all."""
    with OtherProcess(RELOAD) as process:
        yield process


# Their losses are not the same at every step: weights grow, critics learn.
CHANGING = {"AnnealedVAE", "CyclicalVAE", "CapacityVAE", "GECOVAE", "WAEGAN", "VAEGAN"} | {
    name for name, arguments in EXCEPTIONS.items() if arguments is SOON
}
# Passes over the data where 30 are too few to beat independent values.
PASSES = {
    "NegativeBinomialVAE": 60,
    "HypersphericalVAE": 90,
    "DirichletVAE": 90,
    "PoincareVAE": 60,
    "RQVAE": 90,
}
AN_EPOCH = 3  # passes: beginning an epoch takes as long as the ten steps of a pass
# Discrete latents that need every step of 30 epochs, the small batches at their ends too.
BY_PASSES = {"CategoricalVAE", "FSQVAE"}
# Whole steps are compiled of some whose objective `test_xla_gives_the_same_figures` cannot compare,
# and of one that it can: without XLA, a model takes half the time.
BY_XLA = {"VAE", "M2", "FactorVAE", "VAEGAN"}


# TwoLevelVAE and VQVAE stand for two that take a minute or more.
@pytest.mark.parametrize("name", each(MODELS, late=["ResidualVAE", "FSQVAE"]), indirect=True)
def test_learns_real_digits_and_is_saved(
    name: str, tmp_path: Path, other_process: OtherProcess
) -> None:
    model = make(name)
    (x, labels), (test, test_labels) = digits(model)
    model.compile(keras.optimizers.Adam(5e-3), jit_compile=name in BY_XLA)
    y = fit_y(model, labels)
    passes = 1 if name in BY_PASSES else AN_EPOCH
    several = [None if each is None else np.concatenate([each] * passes) for each in (x, y)]
    epochs = PASSES.get(name, 30) // passes
    history = model.fit(*several, batch_size=128, epochs=epochs, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    if not model.trainable_weights:  # solved: there is nothing left to learn
        untrained = make(name).trace(x, 1, seed=0).reconstruction().numpy().mean()
        assert untrained < min(history["log_likelihood"])
    else:
        assert min(history["log_likelihood"]) < max(history["log_likelihood"][-3:])
    if name not in CHANGING and model.trainable_weights:
        assert np.mean(history["loss"][-3:]) < history["loss"][0]
    if model.has_density:
        test, test_labels = test[:100], test_labels[:100]
        found = model.log_likelihood(
            test, num_samples=200, condition=given(model, test_labels)
        ).mean()
        assert np.isfinite(found)
        assert found > factorised(model, x, test)

    model.save(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "model")
    condition = None if model.condition is None else labels[:16]
    output = model((x[:16], condition))
    np.savez(tmp_path / "model.npz", x=x[:16], labels=labels[:16], output=output)
    assert other_process.ask(tmp_path / "model.keras") == "the same"
    condition = None if model.condition is None else test_labels[:64]
    found = parity(model, tmp_path / "model", test[:64], condition)
    scored = found.pop("log_likelihood", None)
    assert max(found.values()) <= 1e-5
    if scored is not None:  # in nats: float32 holds no more than six digits of a sum
        c = given(model, test_labels[:64])
        nats = np.abs(model.log_likelihood(test[:64], num_samples=8, condition=c)).max()
        assert scored <= 1e-6 * max(100, nats)
    refused = Manifest.read(tmp_path / "model" / "export").refused
    assert set(refused) == ({"score"} if scored is None else set()), refused


def test_a_named_model_is_one_constructor_on_one_page() -> None:
    folder = Path(inspect.getfile(MODELS["BetaVAE"])).parent
    lengths = []
    for name, model in MODELS.items():
        if name == "VAE":
            continue
        assert [key for key in vars(model) if inspect.isfunction(vars(model)[key])] == ["__init__"]
        path = Path(inspect.getfile(model))
        assert path.parent == folder
        lengths.append(len(path.read_text(encoding="utf-8").splitlines()))
    assert len(MODELS) >= 40 and np.median(lengths) <= 60


def test_the_catalogue_knows_every_model() -> None:
    entries = {entry.name: entry for entry in catalogue.models()}
    assert list(entries) == list(MODELS)
    for name, entry in entries.items():
        assert re.search(r"\d{4}$", entry.paper) and entry.url.startswith("https://"), name
        assert entry.axes or name == "VAE", name


# Eagerly, as a compilation by XLA takes longer than all else here; some as recipes compile them.
EAGER, COMPILED = {"run_eagerly": True, "jit_compile": False}, {"jit_compile": True}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *(
            pytest.param(*param.values, EAGER, id=param.values[0], marks=param.marks)
            for param in each(MODELS, ["VAE"])
        ),
        *(
            pytest.param(
                *param.values, COMPILED, id=f"{param.values[0]}-compiled", marks=param.marks
            )
            for param in each(
                ["AnnealedVAE", "VAEGAN", "TwoLevelVAE"], late=["VAEGAN", "TwoLevelVAE"]
            )
        ),
    ],
)
def test_training_goes_on_after_saving(name: str, how: dict[str, bool], tmp_path: Path) -> None:
    """Bit by bit where steps are compiled: only XLA repeats a step so."""
    model = make(name)
    (x, labels), _ = digits(model)
    y = fit_y(model, labels[:64])
    data = (x[:64],) if y is None else (x[:64], y)
    averaging = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.9)
    model.compile(averaging, **how)
    model.fit(*data, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        one.fit(*data, verbose=0)
    few = 0 if how is COMPILED else 1e-6
    for first, second in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, rtol=few, atol=few)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)
