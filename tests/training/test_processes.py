"""What must hold in another process: reloading, two replicas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from training_helpers import fresh_process

from vaezoo.models import IWAE, VAE, BetaVAE

# All models are reloaded by the contract's tests; these with a convolution and a learned scale.
RELOAD = """
import keras, numpy as np
from vaezoo.models import MODELS
x = np.load({folder!r} + "/x.npy")
for name in ("VAE", "BetaVAE", "IWAE"):
    model = MODELS[name]
    folder = {folder!r} + "/" + name
    loaded = keras.models.load_model(folder + ".keras", safe_mode=True)
    preset = model.from_preset(folder)
    assert type(loaded) is type(preset) is model
    assert loaded.get_config() == preset.get_config()
    weights = [w for m in (loaded, preset) for w in m.get_weights()]
    np.savez(folder + ".npz", *weights, loaded(x), preset(x))
"""


@pytest.mark.slow
def test_reload_is_bit_equal(binary: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", binary[:8])
    expected = {}
    for make in (VAE, BetaVAE, IWAE):
        name = make.__name__
        model = make((7, 5, 1), latent_dim=2, network="conv", likelihood="normal", seed=1)
        model.compile("adam", run_eagerly=True)
        model.fit(binary, verbose=0)
        model.save(tmp_path / f"{name}.keras")
        model.save_to_preset(tmp_path / name, export=False)
        expected[name] = [*2 * model.get_weights(), *2 * [model(binary[:8])]]
    fresh_process(RELOAD.format(folder=str(tmp_path)))
    for name, arrays in expected.items():
        with np.load(tmp_path / f"{name}.npz") as found:
            for key, array in zip(found.files, arrays, strict=True):
                np.testing.assert_array_equal(found[key], array)


REPLICAS = """
import json
import keras, numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from vaezoo.models import VAE

x = np.tile((np.arange(12) % 2).astype(np.float32), (64, 1))
results = {}
def run(strategy, rate):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        # no noise in the loss: a posterior so narrow that samples are means
        vae = VAE((12,), 2, network={"name": "mlp", "hidden": [8]}, seed=0)
        bias = vae.encoder.layers[-2].bias
        bias.assign(np.array([0, 0, -30, -30], np.float32))
        start = np.concatenate([np.asarray(w).ravel() for w in vae.get_weights()])
        vae.compile(keras.optimizers.SGD(rate), jit_compile=False)
    history = vae.fit(
        x, validation_data=x[:48], epochs=3, batch_size=32, verbose=0, shuffle=False
    ).history
    weights = np.concatenate([np.asarray(w).ravel() for w in vae.get_weights()])
    return history["loss"], history["val_elbo"], weights, np.abs(weights - start).max()

one = run(tf.distribute.get_strategy(), 1e-3)
two = run(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), 1e-3)
results["loss"] = [one[0] + one[1], two[0] + two[1]]
results["weights"] = float(np.abs(one[2] - two[2]).max())
results["moved"] = float(one[3])

# the noise of two replicas in one step
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    vae = VAE((12,), 2, seed=0)
seeds = strategy.run(lambda: vae._step_seed(tf.constant(5)))
results["seeds"] = [value.numpy().tolist() for value in strategy.experimental_local_results(seeds)]
print(json.dumps(results))
"""


@pytest.mark.slow
def test_two_replicas_train_as_one_with_noise_of_their_own() -> None:
    found = json.loads(fresh_process(REPLICAS).splitlines()[-1])
    np.testing.assert_allclose(*found["loss"], rtol=1e-4)
    assert found["weights"] < 1e-5 < 1e-3 < found["moved"]
    assert found["seeds"][0] != found["seeds"][1]
