"""Can an autoencoder generate? Completeness and continuity of codes, in one table.

    python benchmarks/continuity.py [NAME ...] [--readme]

Trains one network with three objectives on dynamically binarised MNIST: an autoencoder, a VAE and
a beta-VAE, and draws z from the prior and from what is fitted to the codes afterwards. Writes
benchmarks/results/continuity.json and, for each model, a picture; with --readme the table in
README.md is written anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from report import report

from vaezoo import _noise as noise
from vaezoo import datasets, images, reference_classifiers, samplers
from vaezoo.datasets.base import as_float
from vaezoo.evaluation import sample_posterior
from vaezoo.metrics import lines
from vaezoo.models import VAE, Autoencoder, BetaVAE
from vaezoo.report import Reference, completeness, continuity

SIZES = (2, 16)
MODELS = {
    "autoencoder": lambda shape, **parts: Autoencoder(shape, **parts),
    "VAE": lambda shape, **parts: VAE(shape, **parts),
    "beta-VAE": lambda shape, **parts: BetaVAE(shape, beta=4.0, **parts),
}
SEED, EPOCHS, BATCH = 0, 20, 128
SHOWN, STEPS = 12, 12  # samples, and examples along a line
RESULTS = Path(__file__).parent / "results"


def trained(name: str, latent_dim: int, x: np.ndarray) -> Any:
    """One of `MODELS` after all epochs; the pixels are drawn anew in each."""
    model = MODELS[name](
        x.shape[1:],
        latent_dim=latent_dim,
        likelihood="bernoulli",
        network={"name": "mlp", "hidden": [256, 128], "activation": "silu"},
        seed=SEED,
    )
    steps = EPOCHS * (len(x) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(schedule))
    for epoch in range(EPOCHS):
        drawn = as_float(datasets.binarise(x, seed=epoch))
        model.fit(drawn, batch_size=BATCH, verbose=0)
    return model


def sources(model: Any, x: np.ndarray) -> dict[str, Callable[[int], np.ndarray]]:
    """Where z comes from: the prior, and what is fitted to the codes of the training data."""
    z = samplers.codes(model, x)
    mixture = samplers.fit_sampler("mixture", z, num_components=20, seed=SEED)
    mean, scale = z.mean(axis=0), z.std(axis=0)

    def unit(num: int) -> np.ndarray:
        return noise.standard_normal(num, z.shape[1], SEED)

    def fitted(num: int) -> np.ndarray:
        drawn = mixture.from_noise(noise.standard_normal(num, mixture.noise_dim, SEED))
        return np.asarray(drawn)

    return {
        "N(0, I)": unit,
        "normal of the codes' mean and scale": lambda num: mean + scale * unit(num),
        "mixture fitted to the codes": fitted,
    }


def measured(name: str, latent_dim: int) -> dict[str, Any]:
    """Figures of a model for each source, and between its codes; and its picture."""
    data = datasets.load("mnist", binarise="dynamic")
    reference = Reference.of(reference_classifiers.load("mnist"))
    grey, test = as_float(data.train), as_float(data.test)
    model = trained(name, latent_dim, grey)

    drawn = {source: draw(reference.num) for source, draw in sources(model, grey).items()}
    codes = sample_posterior(model, test, seed=SEED)
    means = model.encode_mean(test)
    rows = [model.decode_mean(z[:SHOWN]) for z in drawn.values()]
    rows += [model.decode_mean(path) for path in lines(means[[3, 2, 1]], means[[0, 18, 4]], STEPS)]
    sheet = images.grid(np.concatenate(rows), SHOWN)
    images.save_png(RESULTS / f"continuity_{name}_{latent_dim}.png".lower(), sheet)
    return {
        "real": reference.floor(),
        "sources": {
            s: completeness(model.decode_mean, z, codes, reference) for s, z in drawn.items()
        },
        "continuity": continuity(model.decode_mean, means, reference),
    }


def entries() -> dict[str, tuple[str, int]]:
    return {f"{name}, D = {size}": (name, size) for size in SIZES for name in MODELS}


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    for entry in names:
        keras.utils.set_random_seed(SEED)
        yield measured(*entries()[entry])


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = [
        "| completeness | z | Fréchet distance | sure | coverage | z told from codes |",
        "|---|---|---|---|---|---|",
    ]
    for entry, result in results.items():
        for source, found in result["sources"].items():
            accuracy = found["code_accuracy"]["mean"]
            lines.append(f"| {entry} | {source} | {_cells(found)} | {accuracy:.2f} |")
    real = next(iter(results.values()))["real"]
    lines += [
        f"| *training images* | | {_cells(real)} | |",
        "",
        "| continuity | path ÷ distance | largest ÷ mean step | sure in between | norm of dx/dz |",
        "|---|---|---|---|---|",
    ]
    for entry, result in results.items():
        found = result["continuity"]
        lines.append(
            f"| {entry} | {found['length_ratio']:.2f} | {found['step_ratio']:.2f} "
            f"| {found['confident_share']:.2f} | {found['jacobian_norm']['mean']:.2f} |"
        )
    if all(f"{name}, D = {size}" in results for size in SIZES for name in MODELS):
        lines += ["", _verdict(results)]
    return "\n".join(lines) + "\n"


def _verdict(results: dict[str, dict[str, Any]]) -> str:
    """The claim of the heading, held against the figures."""

    def shares(size: int, key: str) -> list[float]:
        """Of the autoencoder and of the VAE from N(0, I), then of both from the mixture."""
        both = [results[f"{name}, D = {size}"]["sources"] for name in ("autoencoder", "VAE")]
        return [
            each[source][key]
            for source in ("N(0, I)", "mixture fitted to the codes")
            for each in both
        ]

    text = []
    for size in SIZES:
        share, distance = shares(size, "confident_share"), shares(size, "frechet_distance")
        ratio = distance[2] / distance[1]
        text.append(
            f"With D = {size} the classifier is confident about {share[0]:.0%} of what the "
            f"autoencoder makes of N(0, I), and about {share[1]:.0%} of what the VAE makes of it; "
            f"about {share[2]:.0%} and {share[3]:.0%} where a mixture was fitted "
            f"to the codes. With a mixture, the autoencoder has {ratio:.2f} times the Fréchet "
            "distance that the VAE has without."
        )
    return " ".join(text)


def _cells(found: dict[str, Any]) -> str:
    return (
        f"{found['frechet_distance']:.1f} | {found['confident_share']:.2f} "
        f"| {found['coverage']:.2f}"
    )


if __name__ == "__main__":
    report("continuity", __doc__, entries(), measure, table)
