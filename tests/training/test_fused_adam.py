"""Adam in one kernel: the updates of Keras' own, wherever it is used, and nowhere else."""

from __future__ import annotations

import contextlib
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo import models
from vaezoo._model.fused_adam import fused
from vaezoo.protocols import Array
from vaezoo.training.skipping import SkippingAdam

X = np.random.default_rng(0).random((32, 6), dtype=np.float32).round()
OPTIMIZERS: dict[str, Any] = {
    "Adam": lambda: keras.optimizers.Adam(0.03, beta_1=0.8, beta_2=0.95, epsilon=1e-3),
    "schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.1, decay_steps=10)
    ),
    "clipped": lambda: keras.optimizers.Adam(0.03, global_clipnorm=0.1),
    "averages": lambda: keras.optimizers.Adam(0.03, use_ema=True, ema_momentum=0.9),
    "accumulation": lambda: keras.optimizers.Adam(0.03, gradient_accumulation_steps=2),
    "AdamW": lambda: keras.optimizers.AdamW(0.03, weight_decay=0.1),
    "SkippingAdam": lambda: SkippingAdam(0.03),
    "scaled loss": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.03)),
}
OTHERS: dict[str, Any] = {
    "AMSGrad": lambda: keras.optimizers.Adam(0.03, amsgrad=True),
    "Nadam": lambda: keras.optimizers.Nadam(0.03),
    "SGD": lambda: keras.optimizers.SGD(0.03),
}


def updated(optimizer: Any, context: Any, sparse: bool = False) -> list[Array]:
    """Weights, and the optimiser's variables, after twelve updates."""
    rng = np.random.default_rng(1)
    weights = [keras.Variable(rng.normal(size=shape), dtype="float32") for shape in [(4, 3), (3,)]]
    optimizer.build(weights)

    @tf.function
    def update(gradients: list[tf.Tensor]) -> None:
        if sparse:
            gradients = [tf.IndexedSlices(gradients[0], [0, 2, 2, 3], (4, 3)), gradients[1]]
        with context(optimizer, compiled=False):
            optimizer.apply_gradients(zip(gradients, weights, strict=True))

    for scale in (1.0, 1e-3, 1e3, *rng.lognormal(size=9)):
        update([tf.constant(rng.normal(size=w.shape, scale=scale), tf.float32) for w in weights])
    return [np.asarray(v) for v in (*weights, *optimizer.variables)]


def assert_equal_to_rounding(mine: Array, other: Array) -> None:
    """Keras takes 1 - β₂ in float64, the kernel in float32: of .999 that is 5e-5 of v."""
    np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


@contextlib.contextmanager
def as_in_keras(optimizer: Any, *, compiled: bool) -> Any:
    yield


@pytest.mark.parametrize("name", [*OPTIMIZERS, *OTHERS])
def test_the_updates_are_those_of_keras(name: str) -> None:
    make = (OPTIMIZERS | OTHERS)[name]
    pairs = zip(updated(make(), fused), updated(make(), as_in_keras), strict=True)
    for mine, keras_own in pairs:
        assert_equal_to_rounding(mine, keras_own)


def test_gradients_of_some_rows_are_as_in_keras() -> None:
    make = OPTIMIZERS["clipped"]
    pairs = zip(updated(make(), fused, True), updated(make(), as_in_keras, True), strict=True)
    for mine, keras_own in pairs:
        assert_equal_to_rounding(mine, keras_own)


def test_adam_by_hand() -> None:
    """The paper's algorithm, in float64."""
    weight, optimizer = keras.Variable([1.0, -2.0]), OPTIMIZERS["Adam"]()
    optimizer.build([weight])
    w, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for t, g in enumerate(np.random.default_rng(0).normal(size=(7, 2)), 1):
        with fused(optimizer, compiled=False):
            optimizer.apply([tf.constant(g, tf.float32)])
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        w -= 0.03 * np.sqrt(1 - 0.95**t) / (1 - 0.8**t) * m / (np.sqrt(v) + 1e-3)
    np.testing.assert_allclose(weight, w, rtol=1e-6)


def kernels(optimizer: Any, **arguments: Any) -> int:
    """How many of the fused updates a training step has."""
    vae = models.VAE((6,), 2, network={"name": "mlp", "hidden": [3]}, seed=0)
    vae.compile(optimizer, **arguments)
    vae.fit(X, batch_size=8, verbose=0)
    assert "update_step" not in vars(getattr(vae.optimizer, "inner_optimizer", vae.optimizer))
    step = tf.function(lambda x: vae.train_step((x,))).get_concrete_function(tf.constant(X))
    graph = step.graph.as_graph_def()
    inner = [node for function in graph.library.function for node in function.node_def]
    return [node.op for node in (*graph.node, *inner)].count("ResourceApplyAdam")


@pytest.mark.parametrize("name", ["Adam", "averages", "AdamW", "SkippingAdam"])
def test_a_training_step_is_fused(name: str) -> None:
    assert kernels(OPTIMIZERS[name]()) == 8


@pytest.mark.parametrize("name", OTHERS)
def test_other_optimizers_are_not(name: str) -> None:
    assert kernels(OTHERS[name]()) == 0


def test_nor_is_what_xla_compiles() -> None:
    assert kernels(OPTIMIZERS["Adam"](), jit_compile=True) == 0


def test_a_critic_is_fused_too() -> None:
    vae = models.VAEGAN((8, 8, 1), 2, seed=0)
    vae.compile("adam")
    x = np.zeros((16, 8, 8, 1), np.float32)
    vae.fit(x, batch_size=8, verbose=0)
    assert "update_step" not in vars(vae.critic_optimizer)


def test_what_is_saved_is_keras_adam(tmp_path: Any) -> None:
    vae = models.VAE((6,), 2, network={"name": "mlp", "hidden": [3]}, seed=0)
    vae.compile(keras.optimizers.Adam(1e-2, beta_2=0.99))
    vae.fit(X, batch_size=8, epochs=2, verbose=0)
    vae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert type(loaded.optimizer) is keras.optimizers.Adam
    assert loaded.optimizer.get_config() == vae.optimizer.get_config()
    for a, b in zip(loaded.optimizer.variables, vae.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for each in (loaded, vae):  # and both go on in step
        each.fit(X, batch_size=8, verbose=0)
    for a, b in zip(loaded.weights, vae.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
