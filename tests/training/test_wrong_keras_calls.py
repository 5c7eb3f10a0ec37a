"""Calls of Keras' methods that mean nothing for these models: one clear sentence each."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.errors import ConfigError, DataError
from vaezoo.models import M2, VAE

SHAPE = (6,)
NETWORK = {"name": "mlp", "hidden": [4]}
X = np.eye(6, dtype=np.float32)


@pytest.fixture(scope="module")
def vae() -> VAE:
    model = VAE(SHAPE, 2, network=NETWORK, seed=0)
    model.compile("sgd")
    return model


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, r"x is None: expected an array \[N, 6\]"),
        ({"x": X}, r"x is a dict: expected an array \[N, 6\]"),
        ("x.npy", "x is a str: expected an array"),
        (1.0, "x is a float: expected an array"),
        ([X[0], X[0, :3]], "its parts differ in shape or type"),
        ([], "shape|empty"),
        (X[:0], "empty"),
        ((), "x is a tuple: expected an array"),
        ((X, None, None), "x is a tuple: expected an array"),
        (iter([X]), "x is a list_iterator: expected an array"),
        (zip([X], [X], strict=True), "x is a zip: expected an array"),
        ((255 * X,), "x has values from 0 to 255"),
    ],
)
def test_data_of_the_wrong_kind(vae: VAE, method: str, data: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        getattr(vae, method)(data)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_generators_of_the_wrong_kind(vae: VAE, method: str) -> None:
    for batches, message in (
        ([], "the data are empty: they give no batch"),
        ([(X, X, np.ones(6), 1)], "x gives batches of 4 parts: expected x"),
    ):
        with pytest.raises(DataError, match=message):
            options = {"shuffle": False} if method == "fit" else {}
            getattr(vae, method)((batch for batch in batches), verbose=0, **options)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((255 * X,), "validation_data has values from 0 to 255"),
        ((np.full_like(X, np.nan),), "validation_data has NaN or infinite values"),
        ([255 * X], "validation_data has shape"),
        ((), "validation_data is a tuple of 0 parts"),
        ((X, None, None, None), "validation_data is a tuple of 4 parts"),
        ((None, X), r"expected \(x, y\) or \(x, y, sample_weight\), of arrays"),
    ],
)
def test_validation_data_of_the_wrong_kind(vae: VAE, data: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        vae.fit(X, validation_data=data, verbose=0)


def test_one_array_in_a_tuple_is_that_array() -> None:
    """As Keras packs x where there is no y."""
    vae = VAE(SHAPE, 2, network=NETWORK, seed=0)
    vae.compile("sgd", run_eagerly=True)
    assert vae.evaluate((X,), verbose=0) == vae.evaluate(X, verbose=0)
    np.testing.assert_array_equal(vae.predict((X,), verbose=0), vae.predict(X, verbose=0))
    history = vae.fit((X,), validation_data=(X,), verbose=0).history
    assert history.keys() == vae.fit(X, validation_data=X, verbose=0).history.keys()


def test_empty_data_sets(vae: VAE) -> None:
    dataset = tf.data.Dataset.from_tensor_slices(X).batch(2)
    for use in (vae.fit, vae.evaluate, vae.predict):
        with pytest.raises(DataError, match="the data are empty: they give no batch"):
            use(dataset.take(0))
    nothing = dataset.filter(lambda x: False)  # of unknown length
    for use in (vae.fit, vae.evaluate):
        with pytest.raises(DataError, match="the data are empty: they give no batch"):
            use(nothing, verbose=0, **({"shuffle": False} if use == vae.fit else {}))
    assert int(vae.optimizer.iterations) == 0


def test_lists_are_arrays(vae: VAE) -> None:
    expected = vae.evaluate(X, verbose=0)
    assert vae.evaluate(X.tolist(), verbose=0) == expected
    np.testing.assert_array_equal(vae.predict(list(X), verbose=0), vae.predict(X, verbose=0))


@pytest.mark.parametrize(
    "arguments",
    [{"loss": "mse"}, {"metrics": ["mse"]}, {"weighted_metrics": ["mse"]}, {"loss_weights": [1]}],
)
def test_compile_takes_no_loss(arguments: dict[str, Any]) -> None:
    (name, _), *_ = arguments.items()
    with pytest.raises(ConfigError, match=rf"compile\(\) got {name}=.*minimises its objective"):
        VAE(SHAPE, 2, network=NETWORK).compile("adam", **arguments)


def test_a_model_that_is_not_compiled() -> None:
    model = VAE(SHAPE, 2, network=NETWORK)
    for use in (model.fit, model.evaluate):
        with pytest.raises(ConfigError, match=r"not compiled: call compile\('adam'\) first"):
            use(X)


def test_export_names_the_method_that_writes_all(vae: VAE) -> None:
    with pytest.raises(ConfigError, match=r"save_to_preset\(path\)"):
        vae.export("model")


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return self.dense(x)


def test_networks_that_do_not_know_their_shapes() -> None:
    called = Subclassed()
    called(X)
    for own in (Subclassed(), called, keras.Sequential([keras.layers.Dense(4)])):
        with pytest.raises(
            ConfigError, match=r"does not know its shapes: give a keras\.Sequential"
        ):
            VAE(SHAPE, 2, encoder=own)
    inputs = keras.Input(SHAPE)
    assert VAE(SHAPE, 2, encoder=keras.Model(inputs, called(inputs))).encode(X).mean().shape == (
        6,
        2,
    )


def test_networks_that_share_a_layer() -> None:
    shared = keras.layers.Dense(4)
    encoder = keras.Sequential([keras.Input((4,)), shared])
    inputs = keras.Input((2,))
    inner = keras.Sequential([keras.Input((4,)), shared])
    nested = keras.Model(inputs, inner(keras.layers.Dense(4)(inputs)))
    for decoder in (nested, keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), shared])):
        with pytest.raises(ConfigError, match=f"share the layer '{shared.name}'"):
            VAE((4,), 2, encoder=encoder, decoder=decoder)


def test_m2_learns_the_scale_of_its_likelihood() -> None:
    """And corrupts its inputs, and has noise by its seed, as every model has."""
    labels = np.array([0, 1, 2, 0, 1, -1])
    arguments = {"network": NETWORK, "num_classes": 3, "hidden": [4], "seed": 0}
    model = M2(SHAPE, 2, likelihood={"name": "optimal_normal", "momentum": 0.0}, **arguments)
    trace = model.trace(X, 1, labels, seed=1, training=True)
    squares = ((X - trace.likelihood.mean()) ** 2).numpy().mean(-1)
    weights = trace.weights.numpy()
    assert weights.shape == (3, 6)
    error = (weights * squares).sum(0).mean()
    assert float(model.likelihood.log_scale()) == pytest.approx(np.log(error) / 2, rel=1e-5)

    noisy = M2(SHAPE, 2, corruption={"name": "masking", "share": 0.9}, **arguments)
    noisy.set_weights(M2(SHAPE, 2, **arguments).get_weights())
    first, again, other = (noisy.trace(X, 1, labels, seed=s, training=True) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.log_likelihood, again.log_likelihood)
    assert not np.allclose(first.log_likelihood, other.log_likelihood)
    clean = noisy.trace(X, 1, labels, seed=1)
    assert not np.allclose(first.latents[0].posterior.mean(), clean.latents[0].posterior.mean())


@pytest.mark.parametrize("hidden", [10**9, 10**12])
def test_more_weights_than_the_memory_holds(hidden: int) -> None:
    with pytest.raises(ConfigError, match="VAE has more weights than the memory holds: give small"):
        VAE((8, 8, 1), 2, network={"name": "mlp", "hidden": [hidden]})
