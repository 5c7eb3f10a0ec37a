"""Trains any model on the digits with its default arguments."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from vaezoo import datasets
from vaezoo._model import pipeline
from vaezoo.likelihoods import Bernoulli
from vaezoo.likelihoods.counts import Counts
from vaezoo.likelihoods.discretised import Discretised
from vaezoo.models import MODELS
from vaezoo.training.callbacks import monitored

BATCH, RATE, SEED = 64, 2e-3, 0
# XLA compiles for longer than it saves: so too where a step takes many samples.
LONG_TO_COMPILE = {"RHVAE"}


class KeepBest(keras.callbacks.Callback):
    """Keeps the weights of the best epoch, as recipes do."""

    def __init__(self, monitor: str, sign: int) -> None:
        super().__init__()
        self.monitor, self.sign, self.best = monitor, sign, -np.inf
        self.weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        value = self.sign * ({"epoch": epoch} | (logs or {})).get(self.monitor, -np.inf * self.sign)
        if value > self.best:
            self.best, self.weights = value, self.model.get_weights()

    def on_train_end(self, logs: Any = None) -> None:
        self.model.set_weights(self.weights)


def splits(likelihood: Any) -> tuple[str, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The digits as the likelihood takes them: what they are called, examples, labels."""
    binary = isinstance(likelihood, Bernoulli)
    data = datasets.load("digits", binarise="dynamic" if binary else "none")
    x = {split: datasets.as_float(getattr(data, split)) for split in data.labels}
    if isinstance(likelihood, Counts):
        return "counts", {split: np.round(16 * values) for split, values in x.items()}, data.labels
    if isinstance(likelihood, Discretised):
        top = np.float32(likelihood.levels - 1)
        return "8 bits", {split: np.round(top * v) / top for split, v in x.items()}, data.labels
    return "binary" if binary else "grey", x, data.labels


@dataclass(frozen=True)
class Trained:
    """A model, and what it was trained on.

    Attributes:
        model: with the weights of the best epoch.
        data: what the examples are called.
        x: examples by split.
        condition: labels by split, or None for each where the model has no condition.
        seconds: of `fit`.
    """

    model: Any
    data: str
    x: dict[str, np.ndarray]
    condition: dict[str, Any]
    seconds: float


def train(name: str, epochs: int) -> Trained:
    """Trains one model with its default arguments."""
    keras.utils.set_random_seed(SEED)
    model = MODELS[name]((8, 8, 1), seed=SEED)
    kind, x, labels = splits(model.likelihood)
    nothing = dict.fromkeys(labels)
    condition = labels if model.condition is not None else nothing
    ink = {split: values.mean(axis=(1, 2)) for split, values in x.items()}  # an attribute
    y = ink if model.objective.target is not None else condition
    epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
    batches = pipeline.shuffled(
        x["train"],
        BATCH,
        epoch=epoch,
        seed=SEED,
        binarise=kind == "binary",
        condition=y["train"],
    )
    steps = int(batches.cardinality())
    schedule = keras.optimizers.schedules.CosineDecay(RATE, epochs * steps)
    model.compile(
        keras.optimizers.Adam(schedule),
        jit_compile=model.objective.num_samples == 1 and name not in LONG_TO_COMPILE,
        steps_per_execution=steps,
    )
    best = KeepBest(*monitored(model))
    clock = keras.callbacks.LambdaCallback(on_epoch_begin=lambda now, logs: epoch.assign(now))
    start = time.perf_counter()
    model.fit(
        batches,
        validation_data=pipeline.in_order(x["validation"], BATCH, y["validation"]),
        validation_freq=5,
        epochs=epochs,
        callbacks=[clock, best],
        shuffle=False,
        verbose=0,
    )
    return Trained(model, kind, x, condition, round(time.perf_counter() - start, 1))


def each(measure: Callable[[str], dict[str, Any]], names: list[str]) -> Iterator[dict[str, Any]]:
    """Measures models, one after the other."""
    # A process keeps what it compiled, and grows slow: a new one takes over now and then.
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1, maxtasksperchild=8) as pool:
        yield from pool.imap(measure, names)
