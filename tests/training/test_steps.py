"""As many steps as were asked for, however many run in one execution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_helpers import fresh_process

from vaezoo.errors import ConfigError
from vaezoo.models import VAE

BATCHES, BATCH = 33, 4
X = np.arange(BATCHES * BATCH * 3, dtype=np.float32).reshape(-1, 3) % 2


class Counting(VAE):
    """Steps that only count, and so are traced in no time."""

    def __init__(self) -> None:
        super().__init__((3,), 1, network={"name": "mlp", "hidden": []}, seed=0)
        self.tested = self.add_weight((), "zeros", "int32", trainable=False)

    def train_step(self, data: Any) -> dict[str, Any]:
        self.optimizer.iterations.assign_add(1)
        return self._mean(keras.utils.unpack_x_y_sample_weight(data)[0])

    def test_step(self, data: Any) -> dict[str, Any]:
        x = keras.utils.unpack_x_y_sample_weight(data)[0]
        self.tested.assign_add(tf.shape(x)[0])
        return self._mean(x)

    def _mean(self, x: tf.Tensor) -> dict[str, Any]:
        self._reported[0].update_state(x)
        return {"loss": tf.reduce_mean(x)}

    @property
    def steps(self) -> int:
        return int(self.optimizer.iterations)


class InMemory(keras.utils.PyDataset):
    """33 batches, or as many as are asked for."""

    def __init__(self, length: int | None = BATCHES) -> None:
        super().__init__()
        self.length = length

    @property
    def num_batches(self) -> int | None:
        return self.length

    def __getitem__(self, index: int) -> tuple[np.ndarray]:
        start = index % BATCHES * BATCH
        return (X[start : start + BATCH],)


def finite() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(X).batch(BATCH)


def generator() -> Iterator[tuple[np.ndarray]]:
    while True:
        yield from ((batch.numpy(),) for batch in finite())


ENDLESS: dict[str, Callable[[], Any]] = {
    "repeated": lambda: finite().repeat(),
    "of unknown length": lambda: finite().repeat().filter(lambda x: True),
    "generator": generator,
    "endless PyDataset": lambda: InMemory(None),
}
FINITE: dict[str, Callable[[], Any]] = {
    "array": lambda: X,
    "data set": finite,
    "PyDataset": InMemory,
}
every = pytest.mark.parametrize("data", [*ENDLESS, *FINITE])


def counting(steps_per_execution: int | None) -> Counting:
    model = Counting()
    model.compile("sgd", steps_per_execution=steps_per_execution, jit_compile=False)
    return model


def fit(model: Counting, data: str, **arguments: Any) -> int:
    """Steps that `fit` makes."""
    before = model.steps
    make = (ENDLESS | FINITE)[data]
    shuffle = data == "array"
    model.fit(make(), verbose=0, shuffle=shuffle, **arguments)
    return model.steps - before


@every
def test_fit(data: str) -> None:
    assert fit(counting(5), data, steps_per_epoch=11, epochs=3) == 33


@pytest.mark.parametrize("data", ENDLESS)
def test_fit_on_more_than_one_execution_and_a_prime_number(data: str) -> None:
    model = counting(None)
    assert fit(model, data, steps_per_epoch=37, epochs=2) == 74
    if data != "endless PyDataset":
        assert model.steps_per_execution == 32


def test_arrays_begin_again_in_another_order() -> None:
    assert fit(counting(None), "array", batch_size=BATCH, steps_per_epoch=40, epochs=2) == 80
    assert fit(counting(None), "array", batch_size=50, steps_per_epoch=3) == 3  # two whole ones
    assert fit(counting(None), "array", steps_per_epoch=5) == 5


@pytest.mark.parametrize("data", ["data set", "PyDataset"])
def test_data_that_end_early_say_so(data: str) -> None:
    with pytest.warns(UserWarning, match="40 steps were asked for, and the data end after 33"):
        assert fit(counting(None), data, steps_per_epoch=40, epochs=2) == 2 * BATCHES
    with pytest.warns(UserWarning, match="ran out of data"):  # as in Keras: 20 + 13
        assert fit(counting(32), data, steps_per_epoch=20, epochs=2) == BATCHES


@pytest.mark.parametrize("steps_per_execution", [None, 1, 5])
def test_data_of_unknown_length(steps_per_execution: int | None) -> None:
    """TensorFlow would count a step for the batch that is not there."""
    model = counting(steps_per_execution)
    data = finite().filter(lambda x: True)
    with pytest.warns(UserWarning, match="ran out of data"):  # Keras, in the first epoch
        model.fit(data, epochs=3, verbose=0, shuffle=False)
    assert model.steps == 3 * BATCHES


@every
def test_evaluation(data: str) -> None:
    model = counting(None)
    fit(model, "array", batch_size=BATCH)
    assert model.steps_per_execution == 32
    make = (ENDLESS | FINITE)[data]
    size = {"batch_size": BATCH} if data == "array" else {}
    for steps in (5, 33):
        model.tested.assign(0)
        model.evaluate(make(), steps=steps, verbose=0, **size)
        assert int(model.tested) == steps * BATCH
    assert len(model.predict(make(), steps=3, verbose=0, **size)) == 3 * BATCH


@every
def test_validation(data: str) -> None:
    model = counting(None)
    make = (ENDLESS | FINITE)[data]
    validation = {"validation_data": make(), "validation_steps": 5}
    if data == "array":
        validation["validation_batch_size"] = BATCH
    epochs = 1 if data == "generator" else 2
    assert fit(model, "repeated", steps_per_epoch=8, epochs=epochs, **validation) == 8 * epochs
    assert int(model.tested) == epochs * 5 * BATCH


def test_an_evaluation_in_the_middle_of_an_epoch_has_its_own_steps() -> None:
    model = counting(4)
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: model.evaluate(finite(), steps=3, verbose=0)
    )
    assert fit(model, "repeated", steps_per_epoch=10, callbacks=[callback]) == 10
    assert int(model.tested) == 3 * 3 * BATCH


def test_after_a_fit_nothing_is_limited() -> None:
    model = counting(None)
    fit(model, "repeated", steps_per_epoch=35)
    model.train_on_batch(X[:BATCH])
    assert model.steps == 36
    assert fit(model, "data set", epochs=2) == 2 * BATCHES
    model.evaluate(finite(), verbose=0)
    assert int(model.tested) == len(X)


def test_predictions_do_not_depend_on_what_ran_before() -> None:
    """Also where `predict` was first called while one step ran in an execution."""
    model = counting(None)
    expected = model.predict(X, batch_size=BATCH, verbose=0)
    fit(model, "data set")
    np.testing.assert_array_equal(model.predict(X, batch_size=BATCH, verbose=0), expected)
    assert model.predict_on_batch(X[:2]).shape == (2, 3)


@pytest.mark.parametrize("data", ["repeated", "endless PyDataset"])
def test_data_without_end_need_a_number_of_steps(data: str) -> None:
    model = counting(None)
    for use in (model.fit, model.evaluate, model.predict):
        with pytest.raises(ConfigError, match="these data have no end: give steps_per_epoch="):
            use(ENDLESS[data]())
    with pytest.raises(ConfigError, match="validation_steps="):
        model.fit(X, validation_data=ENDLESS[data]())


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("fit", {"batch_size": 0}),
        ("fit", {"batch_size": -1}),
        ("fit", {"batch_size": 2.5}),
        ("fit", {"steps_per_epoch": 0}),
        ("fit", {"steps_per_epoch": -3}),
        ("fit", {"validation_steps": 0}),
        ("fit", {"epochs": -1}),
        ("evaluate", {"batch_size": 0}),
        ("evaluate", {"steps": -1}),
        ("predict", {"batch_size": 0}),
        ("predict", {"steps": 0}),
        ("fit", {"initial_epoch": -1}),
        ("fit", {"initial_epoch": None}),
        ("fit", {"epochs": None}),
        ("fit", {"validation_freq": 0}),
        ("fit", {"validation_freq": 1.5}),
        ("evaluate", {"steps": 0}),
        ("compile", {"steps_per_execution": 0}),
    ],
)
def test_counts(method: str, arguments: dict[str, Any]) -> None:
    (name, value), *_ = arguments.items()
    model = counting(None)
    data = () if method == "compile" else (X,)
    with pytest.raises(ConfigError, match=f"{name}={value!r}: give an integer of"):
        getattr(model, method)(*data, **arguments)


CALLBACKS = {
    "a number": 3,
    "a function": print,
    "a class": keras.callbacks.TerminateOnNaN,
    "a list with None": [keras.callbacks.TerminateOnNaN(), None],
}


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize("callbacks", CALLBACKS)
def test_callbacks_that_are_none(method: str, callbacks: str) -> None:
    with pytest.raises(ConfigError, match=r"callbacks=.*: give a keras.callbacks.Callback, such"):
        getattr(counting(None), method)(X, callbacks=CALLBACKS[callbacks])


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize("verbose", ["quiet", 3, -1])
def test_verbosities_that_are_none(method: str, verbose: str | int) -> None:
    with pytest.raises(ConfigError, match=f"verbose={verbose!r}: give 'auto', 0, 1 or 2"):
        getattr(counting(None), method)(X, verbose=verbose)


@pytest.mark.parametrize("every_third", [np.int64(3), [3, 6], (3, 6), np.array([3, 6])])
def test_validation_every_third_epoch(every_third: Any) -> None:
    history = counting(None).fit(
        X, epochs=np.int64(7), validation_data=X, validation_freq=every_third, verbose=0
    )
    assert len(history.history["loss"]) == 7 and len(history.history["val_loss"]) == 2


def test_epochs_that_are_over_already() -> None:
    with pytest.raises(ConfigError, match="for 2 more give epochs=7"):
        fit(counting(None), "array", epochs=2, initial_epoch=5)
    assert fit(counting(None), "array", epochs=5, initial_epoch=5) == 0


def test_no_epochs_are_no_steps() -> None:
    assert fit(counting(None), "array", epochs=0) == 0


@pytest.mark.slow
def test_on_several_replicas() -> None:
    code = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np, vaezoo.models
x = tf.data.Dataset.from_tensor_slices(np.eye(64, dtype="f4")[:, :3]).batch(4).repeat()
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for given in (None, 4):
    with strategy.scope():
        model = vaezoo.models.VAE((3,), 1, network={"name": "mlp", "hidden": []}, seed=0)
        model.compile("sgd", steps_per_execution=given)
    model.fit(x, steps_per_epoch=7, epochs=2, verbose=0, validation_data=x, validation_steps=3)
    counts = strategy.experimental_local_results(model._reported[0].count.value)
    seen = sum(int(count) for count in counts)
    print(int(model.optimizer.iterations.numpy()), seen, len(model.predict(x, steps=3, verbose=0)))
"""
    assert fresh_process(code).split() == ["14", "12", "12"] * 2


@pytest.mark.slow
def test_batches_that_are_spread_over_replicas_already() -> None:
    """No check sees them: values of 255 would be trained on without a word."""
    code = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np, vaezoo.models
x = tf.data.Dataset.from_tensor_slices(255 * np.eye(8, dtype="f4")[:, :3]).batch(4)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = vaezoo.models.VAE((3,), 1, network={"name": "mlp", "hidden": []}, seed=0)
    model.compile("sgd")
for data in (
    strategy.experimental_distribute_dataset(x),
    strategy.distribute_datasets_from_function(lambda context: x),
):
    validated = lambda data: model.fit(np.zeros((4, 3), "f4"), validation_data=data)
    for method in (model.fit, model.evaluate, model.predict, validated):
        try:
            method(data)
        except vaezoo.errors.ConfigError as error:
            print("give the tf.data.Dataset itself" in str(error))
"""
    assert fresh_process(code).split() == ["True"] * 8


def test_a_step_is_traced_once(binary: np.ndarray) -> None:
    """A function that makes variables is traced twice: the optimiser's are there before."""
    traces: list[None] = []

    class Counted(VAE):
        def train_step(self, data: Any) -> Any:
            traces.append(None)
            return super().train_step(data)

    model = Counted((7, 5, 1), 2, network={"name": "mlp", "hidden": [4]}, seed=0)
    model.compile("adam", jit_compile=False)
    model.fit(binary, batch_size=32, epochs=2, verbose=0)
    assert len(traces) == 1
