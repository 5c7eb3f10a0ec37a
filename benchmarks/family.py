"""Trains every model on the digits with its default arguments, and prints one table.

    python benchmarks/family.py [NAME ...]

Writes benchmarks/results/family.json as it goes, so that a run that was stopped goes on; with
names, only these are trained (again). With --readme the table in README.md is written anew.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from report import report

from vaezoo import datasets
from vaezoo.evaluation import evaluate
from vaezoo.likelihoods import Bernoulli
from vaezoo.likelihoods.counts import Counts
from vaezoo.likelihoods.levels import Levels
from vaezoo.models import MODELS
from vaezoo.training import pipeline

EPOCHS, BATCH, RATE, SAMPLES, SEED = 80, 64, 2e-3, 500, 0
# XLA compiles for longer than it saves: so too where a step takes many samples.
LONG_TO_COMPILE = {"RHVAE"}
# Why a model is more than 3 nats below the plain VAE on the same data.
REASONS = {
    "BetaVAE": "its KL weighs four times, so that z tells less",
    **dict.fromkeys(
        ("VQVAE", "RQVAE", "FSQVAE"), "its codes are points: no loss weighs what they tell"
    ),
    "CapacityVAE": "its KL may be 25 nats after 100,000 steps, and 0.4 of a nat after these 1,600",
}


class KeepBest(keras.callbacks.Callback):
    """Keeps the weights of the best validation figure, as recipes do."""

    def __init__(self, monitor: str, sign: int) -> None:
        super().__init__()
        self.monitor, self.sign, self.best = monitor, sign, -np.inf
        self.weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        value = self.sign * (logs or {}).get(self.monitor, -np.inf * self.sign)
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
    if isinstance(likelihood, Levels):
        top = np.float32(likelihood.levels - 1)
        return "8 bits", {split: np.round(top * v) / top for split, v in x.items()}, data.labels
    return "binary" if binary else "grey", x, data.labels


def train(name: str) -> dict[str, Any]:
    """Trains and measures one model."""
    keras.utils.set_random_seed(SEED)
    model = MODELS[name]((8, 8, 1), seed=SEED)
    kind, x, labels = splits(model.likelihood)
    condition = labels if model.condition is not None else dict.fromkeys(labels)
    epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
    batches = pipeline.shuffled(
        x["train"],
        BATCH,
        epoch=epoch,
        seed=SEED,
        binarise=kind == "binary",
        condition=condition["train"],
    )
    steps = int(batches.cardinality())
    schedule = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * steps)
    model.compile(
        keras.optimizers.Adam(schedule),
        jit_compile=model.objective.num_samples == 1 and name not in LONG_TO_COMPILE,
        steps_per_execution=steps,
    )
    best = KeepBest(*(("val_elbo", 1) if model.has_density else ("val_loss", -1)))
    clock = keras.callbacks.LambdaCallback(on_epoch_begin=lambda now, logs: epoch.assign(now))
    start = time.perf_counter()
    model.fit(
        batches,
        validation_data=pipeline.in_order(x["validation"], BATCH, condition["validation"]),
        validation_freq=5,
        epochs=EPOCHS,
        callbacks=[clock, best],
        shuffle=False,
        verbose=0,
    )
    seconds = round(time.perf_counter() - start, 1)
    figures = evaluate(model, x["test"], condition["test"], num_samples=SAMPLES)
    figures.pop("kl_per_dimension", None)
    return {"data": kind, **figures, "seconds": seconds}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""

    def figure(result: dict[str, Any], key: str) -> str:
        if key not in result:
            return "none"
        value = result[key]
        return f"{value['mean']:.2f} ± {value['standard_error']:.2f}".replace("-", "−")

    lines = [
        "| model | data | ELBO | log-likelihood | KL | active units | seconds | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in filter(results.__contains__, MODELS):
        result = results[name]
        units = f"{result['active_units']} of {result['latent_dim']}"
        cells = [name, result["data"], *(figure(result, k) for k in ("elbo", "log_likelihood"))]
        if result["data"] == "8 bits":
            cells[-1] += f" ({result['bits_per_dimension']['mean']:.2f} bits a pixel)"
        cells += [figure(result, "kl"), units, f"{result['seconds']:.0f}", REASONS.get(name, "")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def train_all(names: list[str]) -> Iterator[dict[str, Any]]:
    """Trains models, one after the other."""
    # A process keeps what it compiled, and grows slow: a new one takes over now and then.
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1, maxtasksperchild=8) as pool:
        yield from pool.imap(train, names)


if __name__ == "__main__":
    report("family", __doc__, MODELS, train_all, table)
