"""PCA and autoencoders as dimension reduction, in one table.

    python benchmarks/dimension_reduction.py [--docs]

Writes benchmarks/results/dimension_reduction.json after each entry, so that an interrupted run can
be resumed. --docs rewrites the table in docs/benchmarks/dimension-reduction.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf
from report import report

from vaezoo import datasets
from vaezoo.models import PCA, Autoencoder, LinearAutoencoder, LinearVAE, ProbabilisticPCA

SIZES = (2, 10, 32, 64)
SEED = 0


def splits(name: str) -> dict[str, np.ndarray]:
    data = datasets.load(name)
    return {
        split: datasets.as_float(getattr(data, split)) for split in ("train", "validation", "test")
    }


def squared_error(model: Any, x: np.ndarray) -> float:
    """Of a value, mean over the examples."""
    return float(np.mean((model.predict(x, batch_size=500, verbose=0) - x) ** 2))


def solved(model: Any, x: np.ndarray) -> Any:
    model.adapt(x)
    return model


def learnt(model: Any, x: np.ndarray, rate: float, steps: int) -> Any:
    """After `steps` steps on all of x, without the noise of batches."""
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(keras.optimizers.Adam(schedule), steps_per_execution=50)
    whole = tf.data.Dataset.from_tensors(x).repeat(steps)
    model.fit(whole, shuffle=False, verbose=0)
    return model


def pca_error(data: str, latent_dim: int) -> dict[str, float]:
    """Test squared error of PCA."""
    x = splits(data)
    model = solved(PCA(x["train"].shape[1:], latent_dim), x["train"])
    return {"squared_error": squared_error(model, x["test"])}


def linear_angle(latent_dim: int) -> dict[str, float]:
    """Largest angle between the linear autoencoder's space and PCA's, in degrees."""
    x = splits("digits")["train"]
    exact = solved(PCA(x.shape[1:], latent_dim), x)
    model = learnt(LinearAutoencoder(x.shape[1:], latent_dim, seed=SEED), x, 1e-2, 4000)
    spaces = [each.decoder.get_weights()[0].T for each in (model, exact)]
    return {"degrees": float(np.degrees(scipy.linalg.subspace_angles(*spaces).max()))}


def linear_bound(latent_dim: int) -> dict[str, float]:
    """ELBO of the linear VAE next to the log-likelihood of probabilistic PCA, on the same data."""
    x = splits("digits")["train"]
    exact = solved(ProbabilisticPCA(x.shape[1:], latent_dim, seed=SEED), x)
    objective = {"name": "elbo", "num_samples": 4}
    model = LinearVAE(x.shape[1:], latent_dim, objective=objective, seed=SEED)
    learnt(model, x, 1e-2, 6000)
    elbos = [model.trace(x, 100, seed=seed).elbo().numpy().mean() for seed in range(20)]
    return {
        "elbo": float(np.mean(elbos)),
        "elbo_standard_error": float(np.std(elbos, ddof=1) / np.sqrt(len(elbos))),
        "log_likelihood": float(exact.log_likelihood(x, num_samples=1).mean()),
    }


def deep_error(data: str, latent_dim: int) -> dict[str, float]:
    """Test squared error of a deep autoencoder, at the epoch that validation chose."""
    x = splits(data)
    network = {"name": "mlp", "hidden": [512, 512]}
    model = Autoencoder(x["train"].shape[1:], latent_dim, network=network, seed=SEED)
    epochs, batch = 50, 128
    steps = epochs * -(-len(x["train"]) // batch)
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=True, steps_per_execution=32)
    model.fit(x["train"], batch_size=batch, epochs=epochs, verbose=0)
    return {
        "squared_error": squared_error(model, x["test"]),
        "validation_squared_error": squared_error(model, x["validation"]),
    }


def tasks() -> dict[str, Callable[[], dict[str, float]]]:
    entries: dict[str, Callable[[], dict[str, float]]] = {
        f"PCA {data} {size}": lambda data=data, size=size: pca_error(data, size)
        for data in ("mnist", "fashion_mnist")
        for size in SIZES
    }
    return entries | {
        "LinearAutoencoder digits 4": lambda: linear_angle(4),
        "LinearVAE digits 8": lambda: linear_bound(8),
        "Autoencoder mnist 32": lambda: deep_error("mnist", 32),
    }


def table(results: dict[str, dict[str, float]]) -> str:
    """The results as Markdown."""
    lines = ["| test squared error per pixel, D = | " + " | ".join(map(str, SIZES)) + " |"]
    lines.append("|---" * (1 + len(SIZES)) + "|")
    for data, title in (("mnist", "PCA, MNIST"), ("fashion_mnist", "PCA, Fashion-MNIST")):
        errors = [results[f"PCA {data} {size}"]["squared_error"] for size in SIZES]
        lines.append(f"| {title} | " + " | ".join(f"{error:.5f}" for error in errors) + " |")
    deep = results["Autoencoder mnist 32"]["squared_error"]
    share = deep / results["PCA mnist 32"]["squared_error"]
    lines.append(f"| Autoencoder 2×512, MNIST | | | {deep:.5f} | |")
    angle = results["LinearAutoencoder digits 4"]["degrees"]
    bound = results["LinearVAE digits 8"]
    lines += [
        "",
        f"At D = 32 the deep autoencoder leaves {share:.2f} of PCA's error. On the digits a linear "
        "autoencoder (D = 4) learns the principal subspace: the largest angle between the two is "
        f"{angle:.3f}°; "
        f"and the linear VAE (D = 8) reaches an ELBO of {bound['elbo']:.3f} ± "
        f"{bound['elbo_standard_error']:.3f} nats (2,000 draws of each z) where "
        "the closed-form solution of probabilistic PCA has a log-likelihood of "
        f"{bound['log_likelihood']:.3f}.",
    ]
    return "\n".join(lines) + "\n"


def measure(names: list[str]) -> Iterator[dict[str, float]]:
    """Does the tasks of these names, one after the other."""
    todo = tasks()
    for name in names:
        keras.utils.set_random_seed(SEED)
        yield todo[name]()


if __name__ == "__main__":
    report("dimension_reduction", __doc__, tasks(), measure, table)
