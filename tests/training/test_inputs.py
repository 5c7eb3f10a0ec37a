"""What models are given, by every way in: x, labels, y that is another image, noise and z."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import slow

from vaezoo.errors import ConfigError, DataError
from vaezoo.models import CVAE, M2, VAE, Autoencoder, DenoisingAutoencoder, LatentVariableModel

NUM, BATCH = 12, 4
WRONG = 6  # the row with a fault: row 2 of the second batch

_rng = np.random.default_rng(0)
X = (_rng.random((NUM, 3, 2, 1)) < 0.5).astype(np.float32)
LABELS = _rng.integers(0, 3, NUM)


def compiled(model: LatentVariableModel) -> LatentVariableModel:
    model.compile("adam", run_eagerly=True)  # a graph of each would take most of the time
    return model


@pytest.fixture(scope="module")
def vae() -> LatentVariableModel:
    return compiled(VAE((3, 2, 1), 2, network={"name": "mlp", "hidden": [4]}, seed=0))


@pytest.fixture(scope="module")
def cvae() -> LatentVariableModel:
    network = {"name": "mlp", "hidden": [4]}
    return compiled(CVAE((3, 2, 1), 2, num_classes=3, network=network, seed=0))


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays: np.ndarray) -> None:
        super().__init__()
        self.arrays = arrays

    def __len__(self) -> int:
        return NUM // BATCH

    def __getitem__(self, index: int) -> Any:
        rows = slice(BATCH * index, BATCH * (index + 1))
        return tuple(array[rows] for array in self.arrays)


def dataset(*arrays: np.ndarray) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(arrays).batch(BATCH)


def generator(*arrays: np.ndarray) -> Iterator[Any]:
    while True:
        yield from (Batches(*arrays)[index] for index in range(NUM // BATCH))


Entry = Callable[..., Any]

# Ways in for x, or for x and y.
LEARNING: dict[str, Entry] = {
    "fit": lambda m, *data: m.fit(*data, verbose=0),
    "fit_in_order": lambda m, *data: m.fit(*data, verbose=0, shuffle=False),
    "fit_dataset": lambda m, *data: m.fit(dataset(*data), verbose=0, shuffle=False),
    "fit_pydataset": lambda m, *data: m.fit(Batches(*data), verbose=0),
    "fit_generator": lambda m, *data: m.fit(
        generator(*data), verbose=0, shuffle=False, steps_per_epoch=NUM // BATCH
    ),
    "train_on_batch": lambda m, *data: m.train_on_batch(*data),
    "test_on_batch": lambda m, *data: m.test_on_batch(*data),
    "train_on_tensors": lambda m, *data: m.train_on_batch(*map(tf.constant, data)),
    "evaluate": lambda m, *data: m.evaluate(*data, verbose=0),
    "evaluate_dataset": lambda m, *data: m.evaluate(dataset(*data), verbose=0),
    "validation": lambda m, *data: m.fit(
        *(X, LABELS)[: len(data)], validation_data=data if len(data) > 1 else data[0], verbose=0
    ),
}
# Ways in for x alone.
READING: dict[str, Entry] = {
    "predict": lambda m, x: m.predict(x, verbose=0),
    "predict_dataset": lambda m, x: m.predict(dataset(x), verbose=0),
    "predict_pydataset": lambda m, x: m.predict(Batches(x), verbose=0),
    "predict_on_batch": lambda m, x: m.predict_on_batch(x),
    "call": lambda m, x: m(x),
    "call_tensor": lambda m, x: m(tf.constant(x)),
    "encode": lambda m, x: m.encode(x).mean(),
    "encode_tensor": lambda m, x: m.encode_mean(tf.constant(x)),
    "reconstruct": lambda m, x: m.reconstruct(x),
    "score": lambda m, x: m.score(x, noise=np.zeros((NUM, 1, 2))),
    "log_likelihood": lambda m, x: m.log_likelihood(x, num_samples=1),
}


def with_fault(value: float, dtype: str = "float32") -> np.ndarray:
    x = X.astype(dtype)
    x[WRONG, 1] = value
    return x


@pytest.mark.parametrize("entry", [*LEARNING, *READING])
class TestExamples:
    @pytest.mark.parametrize("value", [np.nan, slow(np.inf), slow(-np.inf)])
    def test_not_finite(self, vae: LatentVariableModel, entry: str, value: float) -> None:
        with pytest.raises(DataError, match=r"NaN or infinite values in 1 of .*first in row [26]:"):
            (LEARNING | READING)[entry](vae, with_fault(value))

    @pytest.mark.parametrize("dtype", ["uint8", slow("float32"), slow("float64"), slow("int64")])
    def test_out_of_range(self, vae: LatentVariableModel, entry: str, dtype: str) -> None:
        message = r"0 to 255: .*Bernoulli.* \(not so in 1 of .*first in row [26]\); divide by 255"
        with pytest.raises(DataError, match=message):
            (LEARNING | READING)[entry](vae, with_fault(255, dtype))

    @pytest.mark.parametrize("dtype", ["uint8", slow("bool"), slow("float64"), slow("int32")])
    def test_other_types_of_the_same_numbers(
        self, vae: LatentVariableModel, entry: str, dtype: str
    ) -> None:
        (LEARNING | READING)[entry](vae, X.astype(dtype))


def test_masked_arrays(vae: LatentVariableModel) -> None:
    with pytest.raises(DataError, match="masked values, first in row"):
        vae.encode(np.ma.masked_equal(X, 1))
    np.testing.assert_array_equal(
        vae.encode_mean(np.ma.masked_equal(X, 2)), vae.encode_mean(X), strict=True
    )


class TestLabels:
    @pytest.mark.parametrize("entry", LEARNING)
    @pytest.mark.parametrize("value", [3.0, np.nan, slow(-2.0), slow(0.5), slow(np.inf)])
    def test_that_are_none(self, cvae: LatentVariableModel, entry: str, value: float) -> None:
        labels = LABELS.astype(np.float32)
        labels[WRONG] = value
        with pytest.raises(DataError, match=r"1 wrong values, the first in row [26]: .*0 to 2"):
            LEARNING[entry](cvae, X, labels)

    @pytest.mark.parametrize("entry", LEARNING)
    @pytest.mark.parametrize(
        "labels",
        [LABELS[:, None], *map(slow, (LABELS.astype("uint8"), LABELS * 0 - 1, np.eye(3)[LABELS]))],
        ids=["column", "bytes", "unknown", "one_hot"],
    )
    def test_as_users_write_them(
        self, cvae: LatentVariableModel, entry: str, labels: np.ndarray
    ) -> None:
        LEARNING[entry](cvae, X, labels)

    @pytest.mark.parametrize("labels", [LABELS[:5], np.tile(LABELS, 3), np.array(1), X])
    def test_of_another_shape(self, cvae: LatentVariableModel, labels: np.ndarray) -> None:
        for entry in ("fit", "train_on_batch", "evaluate"):
            with pytest.raises(DataError, match=r"rows, x 12|labels have shape"):
                LEARNING[entry](cvae, X, labels)

    def test_are_nan_in_graphs(self, cvae: LatentVariableModel) -> None:
        vectors = tf.function(cvae.condition.as_vector)(tf.constant([0.0, -1, 3, 0.5, np.nan]))
        np.testing.assert_array_equal(vectors[:2], [[1, 0, 0], [0, 0, 0]])
        assert np.isnan(vectors[2:]).all()

    def test_that_are_wrong_are_never_unknown(self) -> None:
        model = M2((3, 2, 1), 2, num_classes=3, seed=0)
        for label in (3, 7.5):
            step = tf.function(lambda c: model.trace(X, 1, c, seed=0).label_log_prob)
            assert np.isnan(step(tf.fill([NUM], float(label)))).all()

    def test_one_for_all(self, cvae: LatentVariableModel) -> None:
        for condition in (2, np.int8(2), [2] * 4, tf.constant(2), [[2]] * 4, [[0, 0, 1]] * 4):
            np.testing.assert_array_equal(
                cvae.generate(4, condition=condition, seed=0),
                cvae.generate(4, condition=[2, 2, 2, 2], seed=0),
            )

    def test_of_methods(self, cvae: LatentVariableModel) -> None:
        for wrap in (np.asarray, tf.constant):
            with pytest.raises(DataError, match="in row 0: 100"):
                cvae.log_likelihood(X, num_samples=2, condition=wrap(LABELS * 0 + 100))
            with pytest.raises(DataError, match="12"):
                cvae.log_likelihood(X, num_samples=2, condition=wrap(np.tile(LABELS, 2)))

    def test_of_calls(self, cvae: LatentVariableModel) -> None:
        pairs = tf.data.Dataset.from_tensor_slices(((X, LABELS + 1),)).batch(BATCH)
        for call in (
            lambda: cvae((X, LABELS + 1)),
            lambda: cvae.predict((X, LABELS + 1), verbose=0),
            lambda: cvae.predict(pairs, verbose=0),
            lambda: cvae.predict_on_batch((X, LABELS + 1)),
        ):
            with pytest.raises(DataError, match="wrong values, the first in row"):
                call()


class TestYThatIsNoCondition:
    damaged = X * (_rng.random(X.shape) < 0.5).astype(np.float32)

    @pytest.mark.parametrize("entry", sorted(set(LEARNING) - {"validation"}))
    def test_another_image(self, vae: LatentVariableModel, entry: str) -> None:
        with pytest.raises(DataError, match=r"y differs from x in .* corruption="):
            LEARNING[entry](vae, self.damaged, X)

    @pytest.mark.parametrize("entry", sorted(set(LEARNING) - {"validation"}))
    def test_labels(self, vae: LatentVariableModel, entry: str) -> None:
        with pytest.raises(ConfigError, match="has no condition that it could be"):
            LEARNING[entry](vae, X, LABELS)

    def test_the_same_image(self) -> None:
        def losses(*data: Any) -> list[float]:
            model = compiled(VAE((3, 2, 1), 2, network={"name": "mlp", "hidden": [4]}, seed=0))
            keras.utils.set_random_seed(0)
            model.set_weights([np.full_like(w, 0.1) for w in model.get_weights()])
            return model.fit(*data, epochs=2, verbose=0).history["loss"]

        assert losses(X, X) == losses(X, X.astype(np.float64)) == losses(X)

    def test_is_what_a_denoising_model_scores(self) -> None:
        model = compiled(DenoisingAutoencoder((3, 2, 1), 2, network={"name": "mlp"}, seed=0))
        noisy = X + np.float32(0.3) * _rng.standard_normal(X.shape, dtype=np.float32)
        q = model.encode_mean(noisy)
        want = model.decode(q).log_prob(X).numpy().mean()
        for evaluated in (
            model.evaluate(noisy, X, verbose=0, return_dict=True),
            model.evaluate(dataset(noisy, X), verbose=0, return_dict=True),
            model.test_on_batch(noisy, X, return_dict=True),
            model.train_on_batch(noisy, X, return_dict=True),  # and damaged no further
        ):
            assert evaluated["log_likelihood"] == pytest.approx(want, rel=1e-5)
            model.reset_metrics()

    def test_x_leaves_the_damage_to_a_denoising_model(self) -> None:
        def loss(*data: Any) -> float:
            network = {"name": "mlp", "hidden": [4]}
            model = Autoencoder((3, 2, 1), 2, corruption="masking", network=network, seed=0)
            model = compiled(model)
            model.set_weights([np.full_like(w, 0.1) for w in model.get_weights()])
            size = {"batch_size": BATCH} if isinstance(data[0], np.ndarray) else {}
            return model.fit(*data, verbose=0, shuffle=False, **size).history["loss"][0]

        assert loss(X, X) == loss(X) == loss(dataset(X, X)) != loss(X * 0, X)


class TestNoiseAndLatents:
    noise = _rng.standard_normal((NUM, 2, 2))

    def test_float64(self, vae: LatentVariableModel) -> None:
        noise = self.noise.astype(np.float32)
        np.testing.assert_array_equal(vae.score(X, noise=self.noise), vae.score(X, noise=noise))
        np.testing.assert_array_equal(
            vae.trace(X, 2, seed=0, noise=tf.constant(self.noise.transpose(1, 0, 2))).log_weights(),
            vae.score(X, noise=noise).T,
        )

    @pytest.mark.parametrize(
        ("noise", "message"),
        [
            (noise * np.nan, "noise has NaN .* first in row 0"),
            (noise[:, 0], r"noise has shape \[12, 2\]: expected \[12, K, 2\]"),
            (noise[:5], r"noise has shape \[5, 2, 2\]"),
            (noise[:, :, :1], r"noise has shape \[12, 2, 1\]"),
            (noise[:, :0], "noise is empty"),
            (None, "noise is None"),
            (np.ma.masked_less(noise, 0), "noise has masked values"),
            (noise.astype(complex), "noise has dtype complex128"),
        ],
    )
    def test_wrong_noise(
        self, vae: LatentVariableModel, noise: np.ndarray | None, message: str
    ) -> None:
        with pytest.raises(DataError, match=message):
            vae.score(X, noise=noise)

    @pytest.mark.parametrize(
        "z", [np.full((3, 2), np.nan), np.zeros((3, 5)), np.zeros(2), np.full((3, 2), 1e300)]
    )
    def test_wrong_latents(self, vae: LatentVariableModel, z: np.ndarray) -> None:
        for method in (vae.decode, vae.decode_mean):
            with pytest.raises(DataError, match="z has"):
                method(z)
