"""Training that goes on after a model was saved and loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from training_helpers import slow

from vaezoo import models

SHAPE, N = (6,), 64
NETWORK = {"name": "mlp", "hidden": [4]}
X = (np.random.default_rng(0).random((N, *SHAPE)) < 0.5).astype(np.float32)
LABELS = np.arange(N) % 3


def adam(**arguments: Any) -> keras.optimizers.Adam:
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 8)
    return keras.optimizers.Adam(rate, **arguments)


def weights(model: keras.Model) -> np.ndarray:
    return np.concatenate([np.ravel(weight) for weight in model.get_weights()])


def fit(model: keras.Model, epochs: int = 1, **arguments: Any) -> None:
    labels = () if model.condition is None else (LABELS,)
    model.fit(X, *labels, epochs=epochs, verbose=0, **arguments)


def annealed(**arguments: Any) -> models.AnnealedVAE:
    return models.AnnealedVAE(SHAPE, 2, network=NETWORK, warmup_steps=6, **arguments)


def frozen() -> models.VAE:
    model = models.VAE(SHAPE, 2, network=NETWORK)
    model.encoder.trainable = False
    return model


CASES: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "annealed, with averages": (annealed, {"use_ema": True, "ema_momentum": 0.9}),
    "with a critic": (
        lambda: models.FactorVAE(SHAPE, 2, critic={"critic_hidden": [4]}, network=NETWORK),
        {},
    ),
    "frozen": (frozen, {}),
}


@pytest.mark.parametrize("case", ["annealed, with averages", slow("with a critic"), slow("frozen")])
def test_a_loaded_model_goes_on(case: str, tmp_path: Path) -> None:
    make, arguments = CASES[case]
    model = make()
    model.compile(adam(**arguments), steps_per_execution=None)
    fit(model)
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert loaded.compiled and int(loaded.optimizer.iterations) == N // 32
    assert loaded.seed == model.seed
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.evaluate(X, verbose=0) == model.evaluate(X, verbose=0)
    assert [layer.trainable for layer in loaded.layers] == [x.trainable for x in model.layers]
    fit(model)
    fit(loaded)
    np.testing.assert_allclose(weights(loaded), weights(model), rtol=1e-6, atol=1e-7)
    if hasattr(model, "critic_optimizer"):
        assert int(loaded.critic_optimizer.iterations) == int(model.critic_optimizer.iterations)
    assert loaded.optimizer.learning_rate == model.optimizer.learning_rate


def test_two_epochs_are_one_and_another_also_with_averages(tmp_path: Path) -> None:
    arguments = {"use_ema": True, "ema_momentum": 0.9}
    whole = annealed(seed=0)
    start = whole.get_weights()
    whole.compile(adam(**arguments), run_eagerly=True)
    fit(whole, 2)
    parts = annealed(seed=0)
    parts.set_weights(start)
    parts.compile(adam(**arguments), run_eagerly=True)
    fit(parts)
    parts.save(tmp_path / "parts.keras")
    loaded = keras.models.load_model(tmp_path / "parts.keras")
    np.testing.assert_array_equal(weights(loaded), weights(parts))  # the averages
    fit(loaded)
    np.testing.assert_allclose(weights(loaded), weights(whole), rtol=1e-6, atol=1e-7)
    parts.set_weights(start)  # the user's own, which count
    parts._go_on()
    np.testing.assert_array_equal(weights(parts), np.concatenate([w.ravel() for w in start]))


def test_weights_bring_the_optimiser_s_state_where_there_is_one(tmp_path: Path) -> None:
    path, plain = tmp_path / "all.weights.h5", tmp_path / "plain.weights.h5"
    model = annealed(seed=0)
    model.save_weights(plain)
    model.compile(adam(), run_eagerly=True)
    fit(model)
    model.save_weights(path)
    other = annealed(seed=0)
    other.load_weights(path)  # not compiled: weights alone
    np.testing.assert_array_equal(weights(other), weights(model))
    other.compile(adam(), run_eagerly=True)
    other.load_weights(plain)
    assert int(other.optimizer.iterations) == 0
    other.load_weights(path)
    assert int(other.optimizer.iterations) == 2
    assert other.evaluate(X, verbose=0) == model.evaluate(X, verbose=0)


def test_a_preset_begins_anew(tmp_path: Path) -> None:
    model = annealed(seed=0)
    model.compile(adam(), run_eagerly=True)
    fit(model)
    model.save_to_preset(tmp_path, export=False)
    loaded = models.AnnealedVAE.from_preset(tmp_path)
    np.testing.assert_array_equal(weights(loaded), weights(model))
    assert not loaded.compiled


def test_a_clone_has_the_settings_and_other_weights() -> None:
    model = annealed()
    model.compile(adam(), run_eagerly=True)
    clone = keras.models.clone_model(model)
    assert clone.get_config() == model.get_config() and clone.seed == model.seed
    assert clone.compiled and int(clone.optimizer.iterations) == 0
    assert isinstance(clone.optimizer.get_config()["learning_rate"], dict)  # the schedule
    assert not np.array_equal(weights(clone), weights(model))


@pytest.mark.slow
def test_a_run_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    """Also on the way of Keras' own callbacks."""
    whole = annealed(seed=0)
    start = whole.get_weights()
    whole.compile(adam(), run_eagerly=True)
    checkpoint = tmp_path / "{epoch}.keras"
    fit(whole, 3, callbacks=[keras.callbacks.ModelCheckpoint(checkpoint)])

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    broken = annealed(seed=0)
    broken.set_weights(start)
    broken.compile(adam(), run_eagerly=True)
    with pytest.raises(KeyboardInterrupt):
        fit(broken, 3, callbacks=[backup, Stop()])
    again = annealed(seed=0)
    again.compile(adam(), run_eagerly=True)
    fit(again, 3, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup")])
    np.testing.assert_allclose(weights(again), weights(whole), rtol=1e-6, atol=1e-7)
    loaded = keras.models.load_model(tmp_path / "2.keras")
    fit(loaded)
    np.testing.assert_allclose(weights(loaded), weights(whole), rtol=1e-6, atol=1e-7)
