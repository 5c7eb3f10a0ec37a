"""Can an autoencoder generate? Completeness and continuity of latent spaces, in one table.

    python benchmarks/continuity.py [NAME ...] [--docs]

Trains one network with three objectives on dynamically binarised MNIST: an autoencoder, a VAE and
a beta-VAE, and draws z from the prior and from distributions fitted to the latents afterwards.
Writes benchmarks/results/continuity.json and one picture per model into docs/images; --docs also
rewrites the tables in docs/benchmarks/continuity.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from report import DOCS, report

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
SHOWN, STEPS = 12, 12  # samples, and points along a line


def trained(name: str, latent_dim: int, x: np.ndarray) -> Any:
    """One of `MODELS` after all epochs, each on newly binarised pixels."""
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
        binary = as_float(datasets.binarise(x, seed=epoch))
        model.fit(binary, batch_size=BATCH, verbose=0)
    return model


def sources(model: Any, x: np.ndarray) -> dict[str, Callable[[int], np.ndarray]]:
    """Where z comes from: the prior, or what is fitted to the latents of the training data."""
    z = sample_posterior(model, x, batch_size=1024)
    mixture = samplers.fit_sampler("mixture", z, num_components=20, seed=SEED)
    mean, scale = z.mean(axis=0), z.std(axis=0)

    def unit(num: int) -> np.ndarray:
        return noise.standard_normal(num, z.shape[1], SEED)

    def from_mixture(num: int) -> np.ndarray:
        z = mixture.from_noise(noise.standard_normal(num, mixture.noise_dim, SEED))
        return np.asarray(z)

    return {
        "N(0, I)": unit,
        "normal fitted to the latents": lambda num: mean + scale * unit(num),
        "mixture fitted to the latents": from_mixture,
    }


def measured(name: str, latent_dim: int) -> dict[str, Any]:
    """Figures of a model for each source of z and between its latents; draws its picture."""
    data = datasets.load("mnist", binarise="dynamic")
    reference = Reference.of(reference_classifiers.load("mnist"))
    grey, test = as_float(data.train), as_float(data.test)
    model = trained(name, latent_dim, grey)

    draws = {source: draw(reference.num) for source, draw in sources(model, grey).items()}
    latents = sample_posterior(model, test, seed=SEED)
    means = model.encode_mean(test)
    rows = [model.decode_mean(z[:SHOWN]) for z in draws.values()]
    rows += [model.decode_mean(path) for path in lines(means[[3, 2, 1]], means[[0, 18, 4]], STEPS)]
    sheet = images.grid(np.concatenate(rows), SHOWN)
    images.save_png(DOCS / "images" / f"continuity_{name}_{latent_dim}.png".lower(), sheet)
    return {
        "real": reference.floor(),
        "sources": {
            s: completeness(model.decode_mean, z, latents, reference) for s, z in draws.items()
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
        "| completeness | z from | Fréchet distance of means | confident | coverage "
        "| latents recognised |",
        "|---|---|---|---|---|---|",
    ]
    for entry, result in results.items():
        for source, figures in result["sources"].items():
            accuracy = figures["code_accuracy"]["mean"]
            lines.append(f"| {entry} | {source} | {_cells(figures)} | {accuracy:.2f} |")
    real = next(iter(results.values()))["real"]
    lines += [
        f"| *training images* | | {_cells(real)} | |",
        "",
        "| continuity | path ÷ distance | largest ÷ mean step | confident in between "
        "| norm of dx/dz |",
        "|---|---|---|---|---|",
    ]
    for entry, result in results.items():
        figures = result["continuity"]
        lines.append(
            f"| {entry} | {figures['length_ratio']:.2f} | {figures['step_ratio']:.2f} "
            f"| {figures['confident_share']:.2f} | {figures['jacobian_norm']['mean']:.2f} |"
        )
    if all(f"{name}, D = {size}" in results for size in SIZES for name in MODELS):
        lines += ["", _verdict(results)]
    return "\n".join(lines) + "\n"


def _verdict(results: dict[str, dict[str, Any]]) -> str:
    """The answer to the question in the heading, in figures."""

    def shares(size: int, key: str) -> list[float]:
        """Of the autoencoder and of the VAE from N(0, I), then of both from the mixture."""
        both = [results[f"{name}, D = {size}"]["sources"] for name in ("autoencoder", "VAE")]
        return [
            each[source][key]
            for source in ("N(0, I)", "mixture fitted to the latents")
            for each in both
        ]

    text = []
    for size in SIZES:
        share, distance = shares(size, "confident_share"), shares(size, "frechet_distance")
        ratio = distance[2] / distance[1]
        text.append(
            f"With D = {size} the classifier is confident about {share[0]:.0%} of the "
            f"autoencoder's samples from N(0, I) and {share[1]:.0%} of the VAE's; "
            f"about {share[2]:.0%} and {share[3]:.0%} with a mixture fitted "
            f"to the latents. With a mixture, the autoencoder has {ratio:.2f} times the Fréchet "
            "distance that the VAE has without."
        )
    return " ".join(text)


def _cells(figures: dict[str, Any]) -> str:
    return (
        f"{figures['frechet_distance']:.1f} | {figures['confident_share']:.2f} "
        f"| {figures['coverage']:.2f}"
    )


if __name__ == "__main__":
    report("continuity", __doc__, entries(), measure, table)
