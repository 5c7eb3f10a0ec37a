"""Models as Keras citizens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import slow

from vaezoo._storage import files
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.likelihoods import Normal
from vaezoo.models import VAE, BetaVAE
from vaezoo.objectives import ELBO

SHAPE = (7, 5, 1)
NETWORK = {"name": "mlp", "hidden": [16]}
LIKELIHOOD = {"name": "normal", "scale": "per_dimension"}


def fitted(model: Any, x: Any, epochs: int = 2, **compile_arguments: Any) -> Any:
    model.compile(keras.optimizers.Adam(1e-2), **{"jit_compile": False} | compile_arguments)
    return model.fit(x, epochs=epochs, batch_size=64, verbose=0)


class TestFit:
    @pytest.fixture
    def vae(self) -> VAE:
        model = VAE(SHAPE, 3, network=NETWORK, seed=0)
        model.compile("adam", jit_compile=False)
        return model

    def test_kinds_of_data(self, vae: VAE, binary: np.ndarray) -> None:
        dataset = tf.data.Dataset.from_tensor_slices(binary).batch(64)
        pairs = tf.data.Dataset.zip(dataset, dataset)
        for data in ((binary,), (binary, binary), (dataset,), (pairs,)):
            shuffle = isinstance(data[0], np.ndarray)
            history = vae.fit(*data, validation_data=data[0], verbose=0, shuffle=shuffle).history
            assert history.keys() == {
                f"{prefix}{key}"
                for prefix in ("", "val_")
                for key in ("loss", "elbo", "log_likelihood", "kl")
            }
            assert history["elbo"][0] == pytest.approx(
                history["log_likelihood"][0] - history["kl"][0], abs=1e-3
            )

    def test_evaluate_is_repeatable_and_weighs_examples(self, vae: VAE, binary: np.ndarray) -> None:
        x = binary[:96]
        first = vae.evaluate(x, batch_size=64, return_dict=True, verbose=0)
        assert vae.evaluate(x, batch_size=64, return_dict=True, verbose=0) == first
        assert first["loss"] == pytest.approx(-first["elbo"], rel=1e-6)
        # the mean over examples, also where the last batch is smaller
        exact = vae.trace(x, 1, seed=1).kl().numpy().mean()
        assert first["kl"] == pytest.approx(exact, rel=1e-5)
        elbo = vae.trace(x, 4000, seed=1)
        samples = (elbo.log_likelihood - elbo.kl()).numpy()
        error = np.sqrt(samples.var(0).sum()) / len(x)  # of one sample an example
        assert abs(first["elbo"] - samples.mean()) < 4 * error

    def test_predict_is_the_mean_reconstruction(self, vae: VAE, binary: np.ndarray) -> None:
        expected = vae.decode(vae.encode(binary).mean()).mean()
        np.testing.assert_allclose(vae.predict(binary, verbose=0), expected, atol=1e-6)

    def test_callbacks_monitor_val_elbo(self, vae: VAE, binary: np.ndarray, tmp_path: Path) -> None:
        best = tmp_path / "best.weights.h5"
        monitor = {"monitor": "val_elbo", "mode": "max"}
        callbacks = [
            keras.callbacks.ModelCheckpoint(
                best, save_best_only=True, save_weights_only=True, **monitor
            ),
            keras.callbacks.EarlyStopping(patience=1, **monitor),
            keras.callbacks.ReduceLROnPlateau(patience=1, **monitor),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        ]
        vae.fit(binary, validation_data=binary, epochs=3, callbacks=callbacks, verbose=0)
        assert best.exists() and "val_elbo" in (tmp_path / "log.csv").read_text()

    def test_summary(self, vae: VAE) -> None:
        lines: list[str] = []
        vae.summary(print_fn=lines.append)
        assert "encoder" in "\n".join(lines) and "decoder" in "\n".join(lines)

    def test_steps_per_execution(self, binary: np.ndarray) -> None:
        histories = []
        for per_execution in (1, 3, 32):
            keras.utils.set_random_seed(2)
            vae = VAE(SHAPE, 3, network=NETWORK, seed=2)
            vae.compile("sgd", steps_per_execution=per_execution)
            histories.append(vae.fit(binary, epochs=2, verbose=0, shuffle=False).history["loss"])
        for history in histories[1:]:
            np.testing.assert_allclose(history, histories[0], rtol=1e-4)

    @pytest.mark.parametrize(
        ("network", "jit_compile"), [("mlp", False), slow("conv", False), slow("conv", True)]
    )
    def test_mixed_precision(self, binary: np.ndarray, network: str, jit_compile: bool) -> None:
        losses = {}
        for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
            keras.utils.set_random_seed(3)
            vae = VAE(SHAPE, 3, network=network, dtype=policy, seed=3)
            losses[policy] = fitted(vae, binary, epochs=3, jit_compile=jit_compile).history["loss"]
            assert vae.encode(binary).dtype == vae.decode(np.zeros((1, 3))).dtype == tf.float32
            np.testing.assert_allclose(losses[policy], losses["float32"], rtol=0.05)
            assert losses[policy][-1] < losses[policy][0]
            assert VAE.from_config(vae.get_config()).dtype_policy.name == policy

    @pytest.mark.parametrize("jit_compile", [False, slow(True)])
    def test_sample_weight_is_a_weight(self, binary: np.ndarray, jit_compile: bool) -> None:
        # Twice the weight on one half and none on the other is training on that half.
        weight = np.where(np.arange(256) < 128, 2.0, 0.0).astype(np.float32)
        figures, weights = [], []
        for rows, sample_weight in ((slice(256), weight), (slice(128), weight[:128] / 2)):
            keras.utils.set_random_seed(4)
            vae = VAE(SHAPE, 3, network=NETWORK, objective=ELBO(beta=1e4), seed=4)  # little noise
            vae.compile(keras.optimizers.SGD(1e-6), jit_compile=jit_compile)
            x = binary[rows]
            vae.fit(x, x, 256, 3, verbose=0, shuffle=False, sample_weight=sample_weight)
            figures.append(vae.evaluate(x, x, 256, 0, sample_weight, return_dict=True)["kl"])
            weights.append(np.concatenate([w.ravel() for w in vae.get_weights()]))
        assert figures[0] == pytest.approx(figures[1], rel=1e-4)
        np.testing.assert_allclose(*weights, atol=1e-5)

    def test_accumulated_gradients_have_noise_of_their_own(self, binary: np.ndarray) -> None:
        vae = VAE(SHAPE, 3, network=NETWORK, seed=0)
        vae.compile(keras.optimizers.SGD(0.0, gradient_accumulation_steps=4))
        seeds: list[tuple] = []

        def recorded(step: object) -> tf.Tensor:
            seed = VAE._step_seed(vae, step)
            seeds.append(tuple(seed.numpy()))
            return seed

        vae._step_seed = recorded
        vae.run_eagerly = True
        vae.fit(binary, batch_size=32, epochs=2, verbose=0)
        assert len(set(seeds)) == len(seeds) == 16

    def test_own_networks_with_regulariser_dropout_and_normalisation(
        self, binary: np.ndarray
    ) -> None:
        layers = keras.layers
        encoder = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Flatten(),
                layers.Dense(8, kernel_regularizer=keras.regularizers.L2(10.0)),
                layers.BatchNormalization(),
                layers.Dropout(0.5, seed=0),
                layers.Dense(6),
            ]
        )
        decoder = keras.Sequential([keras.Input((3,)), layers.Dense(35), layers.Reshape(SHAPE)])
        vae = VAE(SHAPE, 3, encoder=encoder, decoder=decoder)
        before = np.linalg.norm(encoder.layers[1].kernel)
        moving = encoder.layers[2].moving_mean.numpy().copy()
        fitted(vae, binary, epochs=5)
        assert np.linalg.norm(encoder.layers[1].kernel) < before / 2  # the regulariser counts
        assert not np.array_equal(encoder.layers[2].moving_mean, moving)  # training mode
        np.testing.assert_array_equal(vae(binary), vae(binary))  # inference mode
        copy = VAE.from_config(vae.get_config())
        assert copy.count_params() == vae.count_params()

    @pytest.mark.parametrize("jit_compile", [False, slow(True)])
    def test_one_seed_decides_all(self, binary: np.ndarray, jit_compile: bool) -> None:
        weights = []
        for seed in (7, 7, 8):
            keras.utils.set_random_seed(seed)
            vae = VAE(SHAPE, 3, network=NETWORK)
            fitted(vae, binary, jit_compile=jit_compile)
            weights.append(np.concatenate([w.ravel() for w in vae.get_weights()]))
        np.testing.assert_array_equal(weights[0], weights[1])
        assert not np.array_equal(weights[0], weights[2])

    def test_noise_differs_between_steps(self, binary: np.ndarray) -> None:
        vae = VAE(SHAPE, 3, network=NETWORK, seed=0)
        vae.compile(keras.optimizers.SGD(0.0), jit_compile=False)
        batch = np.repeat(binary[:1], 64, axis=0)
        losses = vae.fit(batch, epochs=3, batch_size=64, verbose=0).history["loss"]
        assert len(set(losses)) == 3


class TestRefusals:
    @pytest.fixture
    def vae(self) -> VAE:
        model = VAE(SHAPE, 3, network=NETWORK)
        model.compile("adam", run_eagerly=True)
        return model

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (np.full((4, *SHAPE), -1.0), "needs 0 to 1"),
            (np.full((4, *SHAPE), 255, np.uint8), "divide by 255"),
            (np.full((4, *SHAPE), np.nan), "NaN"),
            (np.zeros((4, 5, 7, 1)), r"shape \[4, 5, 7, 1\]: expected \[N, 7, 5, 1\]"),
            (np.zeros((0, *SHAPE)), "empty"),
            (np.full((4, *SHAPE), "x"), "dtype"),
        ],
    )
    def test_arrays(self, vae: VAE, x: np.ndarray, message: str, binary: np.ndarray) -> None:
        for use in (vae.fit, vae.evaluate, vae.predict, vae.log_likelihood):
            with pytest.raises(DataError, match=message):
                use(x)
        with pytest.raises(DataError, match=f"validation_data.*{message}"):
            vae.fit(binary, validation_data=(x, None))

    def test_datasets_of_another_shape(self, vae: VAE) -> None:
        dataset = tf.data.Dataset.from_tensors(np.zeros((4, 9), np.float32))
        with pytest.raises(DataError, match=r"batches of shape \[4, 9\]"):
            vae.fit(dataset)

    def test_one_example_is_enough(self, vae: VAE, binary: np.ndarray) -> None:
        vae.fit(binary[:1], verbose=0)
        assert vae.log_likelihood(binary[:1], num_samples=3).shape == (1,)

    def test_normal_takes_any_finite_value(self, binary: np.ndarray) -> None:
        vae = VAE(SHAPE, 3, network=NETWORK, likelihood="normal")
        assert np.isfinite(vae.log_likelihood(200 * binary - 100, num_samples=5)).all()

    def test_grey_values_under_bernoulli_are_named(self, vae: VAE) -> None:
        with pytest.warns(UserWarning, match="no likelihood"):
            vae.log_likelihood(np.full((2, *SHAPE), 0.5), num_samples=3)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"latent_dim": 0}, ConfigError, "latent_dim=0"),
            ({"latent_dim": 2.5}, ConfigError, "latent_dim=2.5"),
            ({"data_shape": (7, 0)}, ConfigError, "data_shape=0"),
            ({"likelihood": "gausian"}, UnknownNameError, "likelihood 'gausian'"),
            ({"likelihood": "nomal"}, UnknownNameError, "did you mean 'normal'"),
            ({"network": "cnov"}, UnknownNameError, "did you mean 'conv'"),
            ({"network": {"name": "mlp", "depth": 3}}, ConfigError, "network 'mlp'"),
            ({"network": "conv", "data_shape": (9,)}, ConfigError, "needs images"),
            ({"seed": -1}, ConfigError, "seed=-1"),
            ({"posterior": "flow"}, UnknownNameError, "posterior"),
            ({"prior": "vampire"}, UnknownNameError, "prior"),
            ({"objective": {"name": "elbo", "beta": -1}}, ConfigError, "beta=-1"),
            ({"objective": {"name": "elbo", "num_samples": 2.5}}, ConfigError, "num_samples=2.5"),
        ],
    )
    def test_arguments(self, arguments: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            VAE(**{"data_shape": SHAPE, **arguments})

    def test_networks_that_do_not_fit(self) -> None:
        encoder = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])
        with pytest.raises(
            ConfigError, match=r"the encoder maps .*expected \[None, 7, 5, 1\] to \[None, 6\]"
        ):
            VAE(SHAPE, 3, encoder=encoder)

    def test_presets_of_another_class(self, tmp_path: Path) -> None:
        VAE(SHAPE, 3, network=NETWORK).save_to_preset(tmp_path, export=False)
        with pytest.raises(ConfigError, match=r"holds a VAE, not a BetaVAE: use VAE\.from_preset"):
            BetaVAE.from_preset(tmp_path)

    @pytest.mark.parametrize("file", ["config.json", "metadata.json", "model.weights.h5"])
    def test_presets_with_a_missing_or_broken_file(self, tmp_path: Path, file: str) -> None:
        VAE(SHAPE, 3, network=NETWORK).save_to_preset(tmp_path / "p", export=False)
        path = tmp_path / "p" / file
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(DamagedFileError):
            VAE.from_preset(tmp_path / "p")
        path.unlink()
        with pytest.raises(DamagedFileError, match=file.replace(".", r"\.")):
            VAE.from_preset(tmp_path / "p")

    def test_configs_of_unknown_classes(self, tmp_path: Path) -> None:
        VAE(SHAPE, 3, network=NETWORK).save_to_preset(tmp_path, export=False)
        config, metadata = tmp_path / "config.json", tmp_path / "metadata.json"
        old = files.sha256(config)
        config.write_text(config.read_text().replace("VAE", "XXX"))
        metadata.write_text(metadata.read_text().replace(old, files.sha256(config)))
        with pytest.raises(UnknownNameError, match="needs the class XXX"):
            VAE.from_preset(tmp_path)


def test_parts_as_objects_are_saved(binary: np.ndarray, tmp_path: Path) -> None:
    vae = VAE(SHAPE, 3, network=NETWORK, likelihood=Normal(SHAPE, 0.5))
    vae.save_to_preset(tmp_path, export=False)
    assert VAE.from_preset(tmp_path).likelihood.scale == 0.5


class TestStepsPerExecution:
    @pytest.mark.parametrize(
        ("given", "batch_size", "expected"), [(None, 32, 8), (None, 4, 32), (3, 4, 3)]
    )
    def test_as_many_as_an_epoch_has_up_to_32(
        self, binary: np.ndarray, given: int | None, batch_size: int, expected: int
    ) -> None:
        vae = VAE((7, 5, 1), 2)
        vae.compile("adam", steps_per_execution=given, jit_compile=False)
        vae.fit(binary, None, batch_size, verbose=0)
        assert vae.steps_per_execution == expected
        assert int(vae.optimizer.iterations) == 256 // batch_size

    def test_the_choice_follows_the_data(self, binary: np.ndarray) -> None:
        vae = VAE((7, 5, 1), 2)
        vae.compile("adam", jit_compile=False)
        for data, expected in (
            (binary[:40], 2),
            (tf.data.Dataset.from_tensor_slices(binary).batch(16), 16),
        ):
            vae.fit(data, shuffle=False, verbose=0)
            assert vae.steps_per_execution == expected
            vae.evaluate(binary, verbose=0)

    def test_one_where_steps_run_eagerly(self, binary: np.ndarray) -> None:
        vae = VAE((7, 5, 1), 2)
        vae.compile("adam", run_eagerly=True)
        vae.fit(binary[:64], verbose=0)
        assert vae.steps_per_execution == 1


class TestArrays:
    """`fit` makes batches of arrays in tensors."""

    def test_the_seed_decides_the_order(self, binary: np.ndarray) -> None:
        histories = []
        for seed in (0, 0, 1):
            keras.utils.set_random_seed(0)  # the same weights
            vae = VAE((7, 5, 1), 2, seed=seed)
            vae.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
            vae.fit(binary[:40], batch_size=32, verbose=0)
            histories.append(vae.history.history["loss"][0])
        assert histories[0] == pytest.approx(histories[1], rel=1e-6)
        assert histories[0] != pytest.approx(histories[2], rel=1e-6)

    def test_a_second_fit_goes_on(self, binary: np.ndarray) -> None:
        """Batches of the first 32 rows of an order: which, hangs on the steps before."""
        vae = VAE((7, 5, 1), 2, seed=0, posterior="deterministic", objective="regularised")
        vae.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
        losses = [vae.fit(binary[:40], verbose=0).history["loss"][0] for _ in range(2)]
        assert losses[0] != pytest.approx(losses[1], rel=1e-6)

    def test_what_needs_keras_goes_to_keras(self, binary: np.ndarray) -> None:
        vae = VAE((7, 5, 1), 2, seed=0)
        vae.compile("adam", run_eagerly=True)
        weights = np.ones(len(binary), np.float32)
        vae.fit(binary, sample_weight=weights, verbose=0)
        vae.fit(binary, None, 32, 1, 0, None, 0.25)
        assert "val_elbo" in vae.history.history
        assert int(vae.optimizer.iterations) == 8 + 6
