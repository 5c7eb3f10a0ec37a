"""`sample_weight`: weights of 0 and 1 are the examples of weight 1 alone, whatever they come in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import fresh_process, slow

from vaezoo.errors import ConfigError, DataError
from vaezoo.models import CVAE, M2, VAE
from vaezoo.objectives import OBJECTIVES

SHAPE, NUM, CLASSES = (6, 6, 1), 12, 3
X = (np.random.default_rng(0).random((NUM, *SHAPE)) < 0.4).astype(np.float32)
LABELS = np.arange(NUM) % CLASSES
COUNTED = np.arange(NUM) % 3 != 1
FEW = {"num_bounds": 2, "samples_per_bound": 2}
SPECS: dict[str, dict[str, Any]] = {
    **{name: {"name": name} for name in OBJECTIVES},
    "multiple_importance_weighted": {"name": "multiple_importance_weighted", **FEW},
    "partially_importance_weighted": {"name": "partially_importance_weighted", **FEW},
    # further estimators
    "stratified": {"name": "total_correlation", "estimator": "stratified", "dataset_size": 50},
    "second moments": {"name": "disentangled_inferred_prior", "kind": 2},
    "gradient penalty": {"name": "regularised", "gradient_weight": 1.0},
    "decaying": {"name": "decaying_weight", "objective": "total_correlation"},
    "per group": {"name": "free_bits", "per": "group"},
}
SOME = {"elbo", "importance_weighted", "total_correlation", "mean_discrepancy", "semi_supervised"}
EACH = [name if name in SOME else slow(name) for name in SPECS]


def compiled(model: keras.Model, **options: Any) -> Any:
    model.compile(keras.optimizers.SGD(0.01), **{"run_eagerly": True} | options)
    return model


def with_objective(name: str, **options: Any) -> Any:
    """A small model with one of `SPECS`, the same each time."""
    keras.utils.set_random_seed(1)
    network = {"network": {"name": "mlp", "hidden": [4]}, "seed": 0}
    if name == "semi_supervised":
        return compiled(M2(SHAPE, 2, num_classes=CLASSES, hidden=[4], **network), **options)
    objective = SPECS[name]
    if "adversarial" in name and name != "feature_adversarial":
        objective = objective | {"critic_hidden": [4]}
    return compiled(VAE(SHAPE, 2, objective=objective, **network), **options)


def make(has_condition: bool, **options: Any) -> Any:
    keras.utils.set_random_seed(1)
    arguments = {"network": {"name": "mlp", "hidden": []}, "seed": 0}
    if has_condition:
        return compiled(CVAE(SHAPE, 2, num_classes=CLASSES, **arguments), **options)
    return compiled(VAE(SHAPE, 2, **arguments), **options)


def figures(model: Any, *args: Any, **kwargs: Any) -> dict[str, float]:
    """Of one epoch of training, and of an evaluation after it; and all weights."""
    history = model.fit(*args, verbose=0, shuffle=False, **kwargs).history
    found = {name: values[0] for name, values in history.items()}
    after = model.evaluate(*args, verbose=0, return_dict=True, **kwargs)
    return found | {f"evaluated {name}": value for name, value in after.items()}


def weights_of(model: keras.Model) -> np.ndarray:
    return np.concatenate([np.ravel(weight) for weight in model.get_weights()])


def y_of(model: Any, rows: Any) -> tuple[np.ndarray, ...]:
    return () if model.given is None else (LABELS[rows],)


def assert_close(found: dict[str, float], expected: dict[str, float]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-5, abs=1e-5), name


class TestObjectives:
    @pytest.mark.parametrize("name", EACH)
    def test_a_step_with_weights_is_one_on_the_subset(self, name: str) -> None:
        """In batches, which only the steps can make smaller."""
        one, other = with_objective(name), with_objective(name)
        start = weights_of(one)
        y = LABELS if one.given is not None else None
        found = figures(one, dataset(X, y, 3 * COUNTED, size=NUM))
        expected = figures(other, X[COUNTED], *y_of(other, COUNTED), batch_size=NUM)
        assert_close(found, expected)
        np.testing.assert_allclose(weights_of(one), weights_of(other), rtol=1e-5, atol=1e-6)
        assert np.abs(weights_of(one) - start).max() > 1e-4

    @pytest.mark.parametrize("name", EACH)
    def test_rows_that_stay_in_a_batch_of_fixed_shape_count_for_nothing(self, name: str) -> None:
        """As XLA needs it: there, examples of weight 0 come last."""
        model = with_objective(name)
        expected = logs(model, X[COUNTED], *y_of(model, COUNTED))
        model.jit_compile = True
        y = y_of(model, slice(None)) or (np.zeros((NUM, 0), np.float32),)
        found = logs(model, X, *y, COUNTED.astype(np.float32))
        if name == "factor_adversarial":  # shuffles all rows: see `test_shuffled_by_weight`
            del found["critic_loss"], expected["critic_loss"]
        assert_close(found, expected)


def logs(model: Any, *batch: np.ndarray) -> dict[str, float]:
    model.reset_metrics()
    batch = tuple(map(tf.convert_to_tensor, batch))
    found = model.test_step(batch if len(batch) > 1 else batch[0])
    return {name: float(value) for name, value in found.items()}


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays: np.ndarray | None) -> None:
        super().__init__()
        self.arrays = arrays

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = slice(4 * index, 4 * index + 4)
        return tuple(None if array is None else array[rows] for array in self.arrays)


def dataset(x: Any, y: Any, weights: Any, size: int = 4) -> tf.data.Dataset:
    if y is None:
        data = tf.data.Dataset.from_tensor_slices((x, weights)).batch(size)
        return data.map(lambda x, weights: (x, None, weights))
    return tf.data.Dataset.from_tensor_slices((x, y, weights)).batch(size)


def generator(*arrays: Any) -> Iterator[tuple[Any, ...]]:
    batches = Batches(*arrays)
    return (batches[index] for index in range(3))


def array(x: Any, y: Any, weights: Any) -> Any:
    return x


# What x, y and weights may come in. A generator is read once, so that only `fit` or `evaluate` is.
FORMS: dict[str, Callable[..., Any]] = {
    "array": array,
    "data set": dataset,
    "PyDataset": Batches,
    "generator": generator,
}
DTYPES = ["bool", "int32", "int64", "uint8", "float32", "float64"]


def call(model: Any, method: str, form: str, y: Any, weights: Any) -> Any:
    arguments = {"y": y, "sample_weight": weights, "batch_size": 4} if form == "array" else {}
    options = {"return_dict": True} if method == "evaluate" else {"shuffle": False}
    if form == "generator":
        options["steps" if method == "evaluate" else "steps_per_epoch"] = 3
    data = FORMS[form](X, y, weights)
    return getattr(model, method)(data, verbose=0, **arguments, **options)


@pytest.mark.parametrize("form", FORMS)
class TestForms:
    def test_dtypes_and_shapes(self, form: str) -> None:
        model = make(False)
        expected = model.evaluate(X[COUNTED], verbose=0, return_dict=True)
        everything = call(model, "evaluate", form, None, np.ones(NUM))
        assert abs(everything["elbo"] - expected["elbo"]) > 1e-2
        for place, dtype in enumerate(DTYPES):
            weights = COUNTED.astype(dtype).reshape((NUM, 1) if place % 2 else NUM)
            assert_close(call(model, "evaluate", form, None, weights), expected)

    @pytest.mark.parametrize("has_condition", [False, True])
    def test_training(self, form: str, has_condition: bool) -> None:
        """Weights of whole batches, so that every form makes the same steps."""
        one, other = make(has_condition), make(has_condition)
        y, counted = LABELS if has_condition else None, np.arange(NUM) // 4 != 1
        call(one, "fit", form, y, 2 * counted[:, None])
        other.fit(X[counted], *y_of(other, counted), batch_size=4, shuffle=False, verbose=0)
        np.testing.assert_allclose(weights_of(one), weights_of(other), atol=1e-6)
        assert int(one.optimizer.iterations) == 2
        weights = call(one, "evaluate", form, y, counted)
        assert_close(weights, call(one, "evaluate", form, y, 7 * counted))


WRONG: dict[str, tuple[np.ndarray, str]] = {
    "NaN": (np.where(np.arange(NUM) == 5, np.nan, 1), r"first in row (5|1) \(nan\)"),
    "infinite": (np.where(np.arange(NUM) == 5, np.inf, 1), r"first in row (5|1) \(inf\)"),
    "too large": (np.where(np.arange(NUM) == 5, 1e300, 1), r"first in row (5|1) \(inf\)"),
    "negative": (np.where(np.arange(NUM) == 5, -1, 1), r"first in row (5|1) \(-1\)"),
    "two columns": (np.ones((NUM, 2)), r"has shape \[(12|4), 2\], x (12|4) rows"),
}


class TestErrors:
    @pytest.mark.parametrize("method", ["fit", "evaluate"])
    @pytest.mark.parametrize("form", FORMS)
    def test_no_weights(self, form: str, method: str) -> None:
        model = make(False)
        before = weights_of(model)
        for weights, message in WRONG.values():
            with pytest.raises(DataError, match=message) as error:
                call(model, method, form, None, weights)
            assert "expected finite numbers of 0 or more, one per example" in str(error.value)
        assert np.isfinite(weights_of(model)).all()
        if form == "array":
            np.testing.assert_array_equal(weights_of(model), before)

    @pytest.mark.parametrize("num", [1, NUM - 1, NUM + 1])
    def test_wrong_length(self, num: int) -> None:
        model, weights = make(False), np.ones(num)
        for data in (
            tf.data.Dataset.from_tensors((X, None, weights)),
            iter([(X, None, weights)]),
        ):
            if not isinstance(data, tf.data.Dataset):
                data = (batch for batch in data)
            with pytest.raises(DataError, match=rf"has shape \[{num}\], x 12 rows"):
                model.evaluate(data, verbose=0)
        with pytest.raises(DataError, match=rf"has shape \[{num}\], x 12 rows"):
            model.evaluate(X, sample_weight=weights, verbose=0)

    def test_masked_weights(self) -> None:
        """Of which the mask would be lost."""
        weights = np.ma.masked_array(np.ones(NUM), np.arange(NUM) == 5)
        for method in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
            with pytest.raises(DataError, match="sample_weight has masked values, first in row 5"):
                getattr(make(False), method)(X, sample_weight=weights)

    def test_text(self) -> None:
        for form in ("array", "PyDataset"):
            with pytest.raises(DataError, match="has dtype <U1"):
                call(make(False), "evaluate", form, None, np.array(["1"] * NUM))

    @pytest.mark.parametrize("method", ["fit", "evaluate"])
    @pytest.mark.parametrize("form", FORMS)
    def test_nothing_counted(self, form: str, method: str) -> None:
        with pytest.raises(DataError, match="sample_weight is 0 for all"):
            call(make(False), method, form, None, np.zeros(NUM))

    def test_nothing_counted_in_validation(self) -> None:
        for form in ("data set", "PyDataset"):
            data = FORMS[form](X, None, np.zeros(NUM))
            with pytest.raises(DataError, match="sample_weight is 0 for all"):
                make(False).fit(X, validation_data=data, verbose=0)
        with pytest.raises(DataError, match="sample_weight is 0 for all"):
            make(False).fit(X, validation_data=(X, None, np.zeros(NUM)), verbose=0)

    def test_single_batches(self) -> None:
        for method in ("train_on_batch", "test_on_batch"):
            for weights, message in WRONG.values():
                with pytest.raises(DataError, match=message):
                    getattr(make(False), method)(X, sample_weight=weights)
            with pytest.raises(DataError, match="sample_weight is 0 for all"):
                getattr(make(False), method)(X, sample_weight=np.zeros(NUM))

    def test_weights_beside_batches(self) -> None:
        data = tf.data.Dataset.from_tensor_slices(X).batch(4)
        for method in ("fit", "evaluate"):
            with pytest.raises(ConfigError, match="batches bring their own"):
                getattr(make(False), method)(data, sample_weight=np.ones(NUM), verbose=0)


def test_single_batches() -> None:
    model = make(False)
    expected = model.test_on_batch(X[COUNTED], return_dict=True)
    model.reset_metrics()
    assert_close(model.test_on_batch(X, None, COUNTED[:, None], return_dict=True), expected)
    one, other = make(False), make(False)
    one.train_on_batch(X, sample_weight=5 * COUNTED)
    other.train_on_batch(X[COUNTED])
    np.testing.assert_allclose(weights_of(one), weights_of(other), atol=1e-6)


def test_validation_and_its_split() -> None:
    """The last quarter, less those of weight 0; weights may be a list."""
    one, other = make(False), make(False)
    weights = COUNTED.astype(int).tolist()
    one.fit(X, sample_weight=weights, validation_split=0.25, shuffle=False, verbose=0)
    train, valid = X[:9][COUNTED[:9]], X[9:][COUNTED[9:]]
    other.fit(train, validation_data=valid, shuffle=False, verbose=0)
    for name, values in other.history.history.items():
        np.testing.assert_allclose(one.history.history[name], values, rtol=1e-6)
    for form in "data set", "PyDataset":
        third, weights = make(False), np.where(np.arange(NUM) < 9, 0, COUNTED)
        data = FORMS[form](X, None, weights)
        third.fit(train, validation_data=data, shuffle=False, verbose=0)
        found = third.history.history["val_elbo"]
        np.testing.assert_allclose(found, other.history.history["val_elbo"], rtol=1e-6)


def test_small_weights_are_as_large_ones() -> None:
    """Also their noise: batches are told apart by examples, not by sums of weights."""
    model = make(False)
    weights = np.linspace(1, 2, NUM).astype(np.float32)
    found = [
        model.evaluate(X, sample_weight=scale * weights, batch_size=4, verbose=0, return_dict=True)
        for scale in (1, 2.0**-20)
    ]
    assert_close(*found)
    seeds: list[tuple[int, ...]] = []

    def recorded(step: object) -> tf.Tensor:
        seeds.append(tuple(VAE._step_seed(model, step).numpy()))
        return VAE._step_seed(model, step)

    model._step_seed = recorded
    model.compile(keras.optimizers.SGD(0.0, gradient_accumulation_steps=3), run_eagerly=True)
    model.fit(dataset(X, None, 2.0**-20 * weights), shuffle=False, verbose=0)
    assert len(set(seeds)) == len(seeds) == 3


CLASS_WEIGHTS = {0: 2.0, 2: 0.5}


class TestClassWeights:
    def expected(self, model: Any, y: np.ndarray) -> np.ndarray:
        weights = np.array([2.0, 1.0, 0.5])[y]
        model.fit(X, y, 4, shuffle=False, verbose=0, sample_weight=np.where(y < 0, 1.0, weights))
        return weights_of(model)

    @pytest.mark.parametrize(
        ("family", "form"),
        [*((CVAE, form) for form in FORMS), (M2, "array"), (M2, "data set")],
    )
    def test_are_weights_by_label(self, family: Any, form: str) -> None:
        y = LABELS if family is CVAE else np.where(np.arange(NUM) % 4 == 3, -1, LABELS)
        hidden = {"hidden": [4]} if family is M2 else {}

        def new() -> Any:
            keras.utils.set_random_seed(1)
            network = {"name": "mlp", "hidden": [4]}
            return compiled(
                family(SHAPE, 2, num_classes=CLASSES, network=network, seed=0, **hidden)
            )

        expected, model, plain = self.expected(new(), y), new(), new()
        arrays: Any = {
            "array": lambda: X,
            "data set": lambda: tf.data.Dataset.from_tensor_slices((X, y)).batch(4),
            "PyDataset": lambda: Batches(X, y),
            "generator": lambda: (Batches(X, y)[index] for index in range(3)),
        }
        own: dict[str, Any] = {"y": y, "batch_size": 4} if form == "array" else {}
        own |= {"steps_per_epoch": 3} if form == "generator" else {}
        model.fit(arrays[form](), class_weight=CLASS_WEIGHTS, shuffle=False, verbose=0, **own)
        np.testing.assert_allclose(weights_of(model), expected, atol=1e-6)
        plain.fit(X, y, 4, shuffle=False, verbose=0)
        assert np.abs(weights_of(plain) - expected).max() > 1e-4

    def test_of_a_single_batch(self) -> None:
        one, other = make(True), make(True)
        one.train_on_batch(X, LABELS, class_weight=CLASS_WEIGHTS)
        other.train_on_batch(X, LABELS, np.array([2.0, 1.0, 0.5])[LABELS])
        np.testing.assert_allclose(weights_of(one), weights_of(other), atol=1e-6)

    @pytest.mark.parametrize("form", ["array", "data set", "PyDataset"])
    def test_need_labels(self, form: str) -> None:
        data = {
            "array": X,
            "data set": tf.data.Dataset.from_tensor_slices(X).batch(4),
            "PyDataset": Batches(X),
        }
        with pytest.raises(ConfigError, match="give sample_weight, one weight per example"):
            make(False).fit(data[form], class_weight=CLASS_WEIGHTS, verbose=0)

    @pytest.mark.parametrize(
        ("classes", "message"),
        [
            ({3: 1.0}, "a class 3: expected 0 to 2"),
            ({"0": 1.0}, "a class '0'"),
            ({0: -1.0}, r"class_weight\[0\]=-1.0"),
            ({0: float("nan")}, r"class_weight\[0\]=nan"),
            ([1.0, 2.0, 3.0], "give weights by class"),
            ({0: 0.0, 1: 0.0, 2: 0.0}, "is 0 for all examples"),
        ],
    )
    def test_wrong_ones(self, classes: Any, message: str) -> None:
        with pytest.raises((ConfigError, DataError), match=message):
            make(True).fit(X, LABELS, class_weight=classes, verbose=0)

    def test_with_weights_of_examples(self) -> None:
        with pytest.raises(ConfigError, match="multiply them"):
            make(True).fit(
                X, LABELS, class_weight=CLASS_WEIGHTS, sample_weight=np.ones(NUM), verbose=0
            )


@pytest.mark.slow
class TestXLA:
    def test_subset(self) -> None:
        """Shapes are fixed there: examples of weight 0 stay, and count for nothing."""
        for name in "elbo", "stratified":
            model = with_objective(name, run_eagerly=False, jit_compile=True)
            expected = model.evaluate(X[COUNTED], verbose=0, return_dict=True)
            found = model.evaluate(
                dataset(X, None, 3 * COUNTED, size=NUM), verbose=0, return_dict=True
            )
            assert_close(found, expected)

    def test_wrong_weights(self) -> None:
        model = make(False, run_eagerly=False, jit_compile=True)
        for method in "fit", "evaluate":
            for weights, message in WRONG.values():
                with pytest.raises(DataError, match=message):
                    call(model, method, "data set", None, weights)
        assert np.isfinite(weights_of(model)).all()


REPLICAS = """
import json
import keras, numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from vaezoo.models import MODELS

x = (np.random.default_rng(0).random((32, 12)) < 0.4).astype(np.float32)
weights = (np.arange(32) % 16 < 8).astype(np.float32)  # batches of 16: replicas of 1 and of 0
x[weights == 0] = 1  # so that averages tell whether these are among them
def run(strategy, name, x, weights, size):
    keras.utils.set_random_seed(0)
    arguments = {"latent_dim": 2, "network": {"name": "mlp", "hidden": [4]}}
    if name == "VQVAE":
        arguments = {"channels": 3, "codebook_size": 5}
        arguments["network"] = {"name": "mlp", "positions": 2, "hidden": [4]}
    with strategy.scope():
        model = MODELS[name]((12,), seed=0, **arguments)
        model.compile(keras.optimizers.SGD(1e-3), jit_compile=False)
    arrays = (x,) if weights is None else (x, np.zeros((len(x), 0), np.float32), weights)
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(size)
    loss = model.fit(data, verbose=0).history["loss"]
    kept = [weight for part in (model.objective, model.likelihood) for weight in part.weights]
    kept += model.quantiser.weights if name == "VQVAE" else []
    flat, averages = (
        np.concatenate([[0], *(np.ravel(w) for w in some)]).tolist()
        for some in (model.get_weights(), [w for w in kept if not w.trainable])
    )
    return loss + [model.evaluate(data, verbose=0, return_dict=True)["loss"]], flat, averages

results = {}
two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
alone = tf.distribute.get_strategy()
for name in ("SigmaVAE", "GECOVAE", "BetaTCVAE", "WAE", "Autoencoder", "VQVAE"):
    results[name] = [
        run(two, name, x, weights, 16), run(alone, name, x[weights > 0], None, 8)
    ]
print(json.dumps(results))
"""


@pytest.mark.slow
def test_a_replica_without_weight() -> None:
    """It adds nothing, and in no way NaN."""
    found = json.loads(fresh_process(REPLICAS).splitlines()[-1])
    for name, ((loss, weights, averages), (expected, others, right)) in found.items():
        assert np.isfinite([*loss, *weights]).all(), name
        np.testing.assert_allclose(weights, others, atol=0.05)
        np.testing.assert_allclose(averages, right, rtol=0.01, atol=1e-4, err_msg=name)
        if name == "Autoencoder":  # without noise
            np.testing.assert_allclose(loss, expected, rtol=1e-5)
            np.testing.assert_allclose(weights, others, atol=1e-5)
