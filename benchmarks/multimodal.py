"""Data of many modes in two dimensions: which models cover them, and how much lies between.

    python benchmarks/multimodal.py [NAME ...] [--docs]

Three densities that are known exactly: 25 normals on a grid, three rings, two moons, all with
deviations of 0.05. Each model has two latent dimensions, the same networks and the same number of
steps, and is trained from five seeds; the KL of VAEs and of two levels has a warm-up of half of
the steps, unless the name says otherwise. Of 10,000 draws of x: modes covered (rings and moons
are cut into arcs; one is covered that gets a fifth of its share), and the share further than four
deviations from all. Of 1,000 other examples: log p(x) with 500 importance samples, less that of
the true density: minus this difference is an estimate of KL(true || model), in nats.

Writes benchmarks/results/multimodal.json after each entry; --docs rewrites the table in
docs/benchmarks/multimodal.md. STEPS=100 tries the command. About an hour on two cores.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from report import report
from scipy.special import logsumexp

from vaezoo import models, samplers
from vaezoo.evaluation import sample_posterior
from vaezoo.protocols import Array

DEVIATION = 0.05
SEEDS = range(5)
STEPS = int(os.environ.get("STEPS", "3000"))
TRAIN, TEST, DRAWS, BATCH, K = 50_000, 1_000, 10_000, 256, 500
NETWORK = {"name": "mlp", "hidden": [64, 64]}


@dataclass(frozen=True)
class Modes:
    """A density of normals around the points of curves, or around single points.

    Attributes:
        centres: points of the curves, close to each other, all equally likely, [M, 2].
        parts: which mode each belongs to, [M].
    """

    centres: Array
    parts: Array

    def sample(self, num: int, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        chosen = self.centres[rng.integers(len(self.centres), size=num)]
        return np.asarray(chosen + DEVIATION * rng.standard_normal((num, 2)), np.float32)

    def log_prob(self, x: Array) -> Array:
        """Nats, [N]: exact, the density being that of a mixture of normals."""
        squares = self._squares(x) / DEVIATION**2
        constant = np.log(2 * np.pi * DEVIATION**2) + np.log(len(self.centres))
        return np.asarray(logsumexp(-0.5 * squares, axis=1) - constant)

    def coverage(self, x: Array) -> dict[str, float]:
        """Modes covered, and the share of x that is far from all."""
        squares = self._squares(x)
        near = squares.min(axis=1) <= (4 * DEVIATION) ** 2
        expected = np.bincount(self.parts) / len(self.parts)
        found = np.bincount(self.parts[squares[near].argmin(axis=1)], minlength=len(expected))
        return {
            "covered": int((found >= 0.2 * expected * len(x)).sum()),
            "off": float(1 - near.mean()),
        }

    def _squares(self, x: Array) -> Array:
        x = x.astype(np.float64)
        return np.asarray(
            (x**2).sum(axis=1)[:, None] - 2 * x @ self.centres.T + (self.centres**2).sum(axis=1)
        ).clip(0)


def grid() -> Modes:
    places = np.stack(np.meshgrid(*[np.arange(-2.0, 3)] * 2), axis=-1).reshape(-1, 2)
    return Modes(places, np.arange(25))


def rings() -> Modes:
    """Of radius 0.5, 1 and 1.5, each in eight arcs."""
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    arcs = np.arange(400) // 50
    return Modes(
        np.concatenate([radius * circle for radius in (0.5, 1.0, 1.5)]),
        np.concatenate([arcs + 8 * ring for ring in range(3)]),
    )


def moons() -> Modes:
    """Two half circles that reach into each other, each in eight arcs."""
    angles = np.linspace(0, np.pi, 400)
    upper = np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], axis=1)
    arcs = np.minimum(np.arange(400) // 50, 7)
    return Modes(np.concatenate([upper, -upper]), np.concatenate([arcs, arcs + 8]))


DATA: dict[str, Callable[[], Modes]] = {"grid": grid, "rings": rings, "moons": moons}


def vae(seed: int, **parts: Any) -> models.VAE:
    return models.VAE((2,), 2, **common(seed), **{"objective": ANNEALED, **parts})


def common(seed: int) -> dict[str, Any]:
    return {"likelihood": "normal", "network": NETWORK, "seed": seed}


ANNEALED = {"name": "annealed_elbo", "warmup_steps": STEPS // 2}
VAMP = {"name": "vamp", "num_components": 25, "value_range": None}
MIXTURE = {"name": "mixture", "num_components": 25}
MODELS: dict[str, Callable[[int], Any]] = {
    "VAE, no warm-up": lambda seed: vae(seed, objective="elbo"),
    "VAE": vae,
    "VAE, mixture prior": lambda seed: vae(seed, prior=MIXTURE),
    "VAE, Vamp prior": lambda seed: vae(seed, prior=VAMP),
    "VAE, RealNVP prior": lambda seed: vae(seed, prior="real_nvp"),
    "VAE, full-covariance posterior": lambda seed: vae(seed, posterior="full_covariance"),
    "VAE, IAF posterior": lambda seed: vae(seed, posterior="inverse_autoregressive"),
    "IWAE, K = 16": lambda seed: models.IWAE((2,), 2, num_samples=16, **common(seed)),
    "two levels": lambda seed: models.TwoLevelVAE(
        (2,), (2, 2), width=64, likelihood="normal", objective=ANNEALED, seed=seed
    ),
    "WAE-MMD": lambda seed: models.WAE((2,), 2, **common(seed)),
    "WAE-GAN": lambda seed: models.WAEGAN((2,), 2, **common(seed)),
    "VAE/GAN": lambda seed: models.VAEGAN((2,), 2, **common(seed)),
}
FITTED = {"VAE": "VAE, mixture fitted to z", "WAE-MMD": "WAE-MMD, mixture fitted to z"}


def trained(model: Any, x: Array) -> Any:
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, STEPS)
    model.compile(keras.optimizers.Adam(schedule))
    per_epoch = len(x) // BATCH
    for steps in [per_epoch] * (STEPS // per_epoch) + [STEPS % per_epoch]:
        if steps:
            model.fit(x[: steps * BATCH], batch_size=BATCH, verbose=0)
    return model


def draws(model: Any, z: Array) -> Array:
    """x ~ p(x|z), [N, 2]; of models without a density the means."""
    if not model.has_density:
        return np.asarray(model.decode_mean(z))
    return np.asarray(model.decode(tf.constant(z)).sample(seed=0))


def measured(data: Modes, name: str, seed: int) -> dict[str, Any]:
    """Figures of one model, and of its latents' own mixture."""
    keras.utils.set_random_seed(seed)
    x, test = data.sample(TRAIN, seed), data.sample(TEST, 1000 + seed)
    model = trained(MODELS[name](seed), x)
    figures = data.coverage(draws(model, model.sample_latents(DRAWS, seed=seed)))
    if model.has_density:
        found = model.log_likelihood(test, num_samples=K, seed=seed)
        figures["gap"] = float((found - data.log_prob(test)).mean())
    result = {name: figures}
    if name in FITTED:
        z = sample_posterior(model, x[:DRAWS])
        fitted = samplers.fit_sampler("mixture", z, num_components=25, seed=seed)
        noise = np.random.default_rng(seed).standard_normal((DRAWS, fitted.noise_dim))
        z = np.asarray(fitted.from_noise(noise.astype(np.float32)), np.float32)
        result[FITTED[name]] = data.coverage(draws(model, z))
    return result


def ends(data: Modes) -> dict[str, Any]:
    """What can be reached, by other examples; and one normal distribution."""
    x, test = data.sample(DRAWS, 0), data.sample(TEST, 1000)
    mean, covariance = x.mean(axis=0), np.cov(x.T)
    normal = np.random.default_rng(0).multivariate_normal(mean, covariance, DRAWS)
    away = test - mean
    squares = (away @ np.linalg.inv(covariance) * away).sum(axis=1)
    log_prob = -0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1])
    gap = float((log_prob - data.log_prob(test)).mean())
    return {
        "the truth": [data.coverage(x) | {"gap": 0.0}],
        "one normal": [data.coverage(normal) | {"gap": gap}],
    }


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    for entry in names:
        kind, _, name = entry.partition(": ")
        data = DATA[kind]()
        if name == "ends":
            yield ends(data)
            continue
        runs = [measured(data, name, seed) for seed in SEEDS]
        yield {key: [run[key] for run in runs] for key in runs[0]}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    by_data = {
        kind: {k: v for entry, r in results.items() if entry.startswith(kind) for k, v in r.items()}
        for kind in DATA
    }
    heads = [f"{kind}: modes of {1 + max(data().parts)}" for kind, data in DATA.items()]
    lines = [
        "| | " + " | ".join(f"{head} | off them | nats" for head in heads) + " |",
        "|---" + "|---:" * 9 + "|",
    ]
    for name in dict.fromkeys(name for found in by_data.values() for name in found):
        cells = [cell for kind in DATA for cell in _cells(by_data[kind].get(name))]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(runs: list[dict[str, float]] | None) -> list[str]:
    if runs is None:
        return ["", "", ""]
    covered, off = ([run[key] for run in runs] for key in ("covered", "off"))
    gaps = [run["gap"] for run in runs if "gap" in run]
    return [
        _spread(covered, "{:.1f}"),
        _spread([100 * share for share in off], "{:.1f}") + "%",
        _spread(gaps, "{:.2f}") if gaps else "–",
    ]


def _spread(values: list[float], form: str) -> str:
    """Mean ± standard deviation over the seeds."""
    text = form.format(statistics.fmean(values))
    return text if len(values) < 2 else f"{text} ± {form.format(statistics.stdev(values))}"


if __name__ == "__main__":
    entries = [f"{kind}: {name}" for kind in DATA for name in ("ends", *MODELS)]
    report("multimodal", __doc__ or "", entries, measure, table)
