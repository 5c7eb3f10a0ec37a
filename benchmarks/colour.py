"""Pictures in colour: squared error against PCA, bits per value against simple densities.

    python benchmarks/colour.py [--docs]

All figures are of the validation splits. A model trains for MINUTES of processor time, with a
learning rate that falls to zero in it. Writes benchmarks/results/colour.json after each entry, so
that an interrupted run can be resumed. --docs rewrites the table in docs/benchmarks/colour.md.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from report import report
from scipy import special

from vaezoo import datasets
from vaezoo.datasets.base import Dataset
from vaezoo.metrics import bits_per_dimension
from vaezoo.models import CVAE, VAE, ResidualVAE

SETS = ("emoji", "sprites", "cells")
LATENT_DIM = 64
MINUTES = float(os.environ.get("COLOUR_MINUTES", "20"))
BATCH = 64
SEED = 0
COLOURS = {"likelihood": "colour_logistic_mixture", "network": "wide_resnet", "seed": SEED}


def residual(data: Dataset) -> ResidualVAE:
    return ResidualVAE(data.data_shape, seed=SEED)


def wide(data: Dataset) -> VAE:
    return VAE(data.data_shape, LATENT_DIM, **COLOURS)


def places(data: Dataset) -> VAE:
    """z is a picture of 8×8."""
    network = {"name": "wide_resnet", "widths": [32, 64], "dense": 0}
    return VAE(data.data_shape, LATENT_DIM, **{**COLOURS, "network": network})


def conditional(data: Dataset) -> CVAE:
    classes = 1 + max(int(labels.max()) for labels in data.labels.values())
    return CVAE(data.data_shape, LATENT_DIM, num_classes=classes, **COLOURS)


MODELS: dict[str, Callable[[Dataset], VAE | ResidualVAE]] = {
    "ResidualVAE": residual,
    "VAE wide_resnet": wide,
    "VAE wide_resnet, dense=0": places,
    "CVAE wide_resnet": conditional,
}


def trained(model: Any, data: Dataset, inputs: dict[str, Any]) -> tuple[int, float]:
    """Trains for the processor time there is; epochs and seconds."""
    optimizer = keras.optimizers.Adam(1e-3, beta_2=0.99, global_clipnorm=200.0)
    model.compile(optimizer, jit_compile=True)
    start, began, epochs, used = time.process_time(), time.time(), 0, 0.0
    while used < 1:
        warmup = min(1.0, (epochs + 1) / 3)
        optimizer.learning_rate.assign(1e-3 * warmup * (1 + math.cos(math.pi * used)) / 2)
        model.fit(**inputs, batch_size=BATCH, verbose=0)
        epochs += 1
        used = (time.process_time() - start) / (60 * MINUTES)
    return epochs, time.time() - began


def of_model(name: str, data: Dataset) -> dict[str, Any]:
    keras.utils.set_random_seed(SEED)
    model = MODELS[name](data)
    x, held_out = (datasets.as_float(each) for each in (data.train, data.validation))
    labels = data.labels if model.condition is not None else {}
    epochs, seconds = trained(model, data, {"x": x, "y": labels.get("train")})
    condition = labels.get("validation")
    reconstructed = np.asarray(model.reconstruct(held_out, condition=condition))
    figures = model.evaluate(held_out, condition, batch_size=BATCH, verbose=0, return_dict=True)
    return {
        "squared_error": float(np.mean((reconstructed - held_out) ** 2)),
        "bits_per_dimension": float(bits_per_dimension(figures["elbo"], data.data_shape)),
        "kl": float(figures["kl"]),
        "latent_dim": model.latent_dim,
        "parameters": model.count_params(),
        "epochs": epochs,
        "seconds": seconds,
        "minutes_of_processor": MINUTES,
    }


def of_components(data: Dataset, latent_dim: int = LATENT_DIM) -> dict[str, float]:
    """PCA's squared error; probabilistic PCA of bytes with uniform noise, as a bound in bits."""
    flat = [each.reshape(len(each), -1) for each in (data.train, data.validation)]
    x, held_out = (datasets.as_float(each).astype(np.float64) for each in flat)
    mean = x.mean(0)
    variances, axes = np.linalg.eigh(np.cov(x.T, bias=True))
    variances, axes = variances[::-1], axes[:, ::-1][:, :latent_dim]
    error = held_out - mean - (held_out - mean) @ axes @ axes.T
    noise = variances[latent_dim:].mean()
    rng = np.random.default_rng(SEED)
    dequantised = held_out * (255 / 256) + rng.random(held_out.shape) / 256
    centred = dequantised - mean * (255 / 256) - 1 / 512
    scores = centred @ axes
    rest = (centred**2).sum(1) - (scores**2).sum(1)
    size, kept = x.shape[1], variances[:latent_dim]
    log_density = -0.5 * (
        size * math.log(2 * math.pi)
        + np.log(kept).sum()
        + (size - latent_dim) * math.log(noise)
        + (scores**2 / kept).sum(1)
        + rest / noise
    )
    nats = log_density.mean() - size * math.log(256)
    return {
        "squared_error": float((error**2).mean()),
        "bits_per_dimension": float(bits_per_dimension(nats, data.data_shape)),
    }


def of_histograms(data: Dataset) -> dict[str, float]:
    """Bits of independent values: a histogram at each place, mixed with that of its channel.

    The weight of the two is the best of a few on half of the training pictures.
    """
    halves = data.train[::2], data.train[1::2]
    weights = np.array([0.01, 0.03, 0.1, 0.3, 0.5])
    bits = [_histogram_bits(*halves, float(weight)) for weight in weights]
    best = float(weights[int(np.argmin(bits))])
    return {"bits_per_dimension": _histogram_bits(data.train, data.validation, best)}


def _histogram_bits(x: np.ndarray, held_out: np.ndarray, weight: float) -> float:
    channels = np.stack([np.bincount(x[..., c].ravel(), minlength=256) + 1 for c in range(3)])
    channels = channels / channels.sum(1, keepdims=True)
    flat, other = x.reshape(len(x), -1), held_out.reshape(len(held_out), -1)
    total = 0.0
    for place in range(flat.shape[1]):
        counts = np.bincount(flat[:, place], minlength=256) / len(flat)
        mass = (1 - weight) * counts + weight * channels[place % 3]
        total -= special.xlogy(1.0, mass[other[:, place]]).mean()
    return float(total / flat.shape[1] / math.log(2))


def of_colours(data: Dataset) -> dict[str, float]:
    """Bits of pixels that are draws of one distribution of colours, in 32³ cells of 8³ each."""
    counts = np.zeros(32**3)
    cells = [
        np.ravel_multi_index(tuple(np.moveaxis(each // 8, -1, 0)), (32,) * 3).ravel()
        for each in (data.train, data.validation)
    ]
    counts += np.bincount(cells[0], minlength=32**3) + 0.1
    log_mass = np.log(counts / counts.sum()) - 3 * math.log(8)
    return {"bits_per_dimension": float(-log_mass[cells[1]].mean() / 3 / math.log(2))}


def entries() -> list[str]:
    kinds = ("histograms", "colours", "PCA", *MODELS)
    return [f"{kind}: {data}" for data in SETS for kind in kinds]


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    simple = {"histograms": of_histograms, "colours": of_colours, "PCA": of_components}
    for name in names:
        kind, data = name.split(": ")
        loaded = datasets.load(data)
        yield simple[kind](loaded) if kind in simple else of_model(kind, loaded)


TITLES = {
    "histograms": "a histogram at each place",
    "colours": "one distribution of colours",
    "PCA": f"PCA and probabilistic PCA, {LATENT_DIM} components",
}


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = [
        "| data | model | z | squared error | bits per value | KL, nats | epochs |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, result in sorted(results.items(), key=lambda item: entries().index(item[0])):
        kind, data = name.split(": ")
        error, bits = result.get("squared_error"), result["bits_per_dimension"]
        cells = [
            data,
            TITLES.get(kind, kind),
            str(result.get("latent_dim", "")),
            "" if error is None else f"{error:.5f}",
            f"{bits:.2f}",
            f"{result['kl']:.0f}" if "kl" in result else "",
            str(result.get("epochs", "")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("colour", __doc__, entries(), measure, table)
