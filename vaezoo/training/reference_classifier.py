"""Trains a classifier of a data set, for `vaezoo.reference_classifiers`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from vaezoo import datasets
from vaezoo._storage import files
from vaezoo.datasets.base import as_float
from vaezoo.errors import DataError
from vaezoo.export.graphs import ExportGraph
from vaezoo.export.onnx import Weights, write_onnx
from vaezoo.metrics import mean_and_standard_error
from vaezoo.networks import images

FEATURES = 64


def classifier(data_shape: Sequence[int], num_classes: int) -> keras.Model:
    """x -> features [B, 64] and probabilities [B, C]: three convolutions and two dense layers."""
    h = x = keras.Input(tuple(data_shape), name="x")
    for index, (filters, strides) in enumerate(((16, 1), (32, 2), (64, 2))):
        same = {"padding": "same", "activation": "relu", "name": f"conv_{index}"}
        h = images.Conv2D(filters, 3, strides, **same)(h)
    h = layers.Dropout(0.3, seed=0)(images.Flatten()(h))
    features = layers.Dense(FEATURES, activation="relu", name="features")(h)
    h = layers.Dropout(0.3, seed=1)(features)
    probabilities = layers.Dense(num_classes, activation="softmax", name="probabilities")(h)
    return keras.Model(x, {"features": features, "probabilities": probabilities})


def train_reference_classifier(
    name: str, folder: Path, *, epochs: int = 12, seed: int = 0, progress: bool = True
) -> dict[str, Any]:
    """Trains on the training split, and writes NAME.onnx and NAME.json into `folder`.

    Args:
        name: of a data set with labels.
        folder: of the classifiers.
        epochs: how many; the last one counts: no epoch is selected.
        seed: decides initial weights, order and dropout.
        progress: shows Keras' progress bar.

    Returns:
        The content of NAME.json: its accuracy on the test split, and its file's hash.

    Raises:
        DataError: the data have no labels.
    """
    data = datasets.load(name)
    if "train" not in data.labels:
        raise DataError(f"{name} has no labels to train a classifier on.")
    keras.utils.set_random_seed(seed)
    x, labels = as_float(data.train[np.arange(len(data.train))]), data.labels["train"]
    model = classifier(data.data_shape, int(labels.max()) + 1)
    batch_size = 100
    steps = epochs * -(-len(x) // batch_size)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss={"probabilities": "sparse_categorical_crossentropy"},
    )
    targets = {"probabilities": labels}
    model.fit(x, targets, batch_size=batch_size, epochs=epochs, verbose=2 * progress)
    test = as_float(data.test[np.arange(len(data.test))])
    guesses = model.predict(test, verbose=0)["probabilities"].argmax(axis=1)
    path = folder / f"{name}.onnx"
    with files.replaced_file(path) as temporary:
        write_onnx(_graph(model, test), temporary, {"trained_on": name}, Weights())
    facts = {
        "data": name,
        "data_shape": list(data.data_shape),
        "accuracy": mean_and_standard_error((guesses == data.labels["test"]).astype(float)),
        "num_examples": len(test),
        "epochs": epochs,
        "seed": seed,
        "command": f"vaezoo zoo reference-classifier {name} --epochs {epochs} --seed {seed}",
        "files": {path.name: dataclasses.asdict(files.describe(path))},
    }
    files.write_json(folder / f"{name}.json", facts)
    return facts


def _graph(model: keras.Model, x: np.ndarray) -> ExportGraph:
    def classify(x: tf.Tensor) -> Mapping[str, tf.Tensor]:
        outputs: Mapping[str, tf.Tensor] = model(x, training=False)
        return outputs

    inputs = {"x": tuple(x.shape[1:])}
    return ExportGraph("reference_classifier", inputs, classify, lambda num: [x[:num]])
