"""Posterior collapse, made to happen: when z says nothing of x, and what each remedy brings.

    python benchmarks/collapse.py [NAME ...] [--docs]

Binary MNIST of 14×14 pixels. A decoder whose pixels depend on those before them (a masked network,
Germain et al. 2015, beside what it makes of z) needs no z; the upper level of a hierarchy and a
large beta collapse too. Every model has 8 latent dimensions, the same networks but for what its
name says, and 3,000 steps, from five seeds. All figures are of 1,000 test images: log p(x) with 500
importance samples; the KL; how much z says of x, I(x; z) <= log 1,000 = 6.9 nats; and the active
units, Var_x(E[z_d|x]) > 0.01, also after 100, 300 and 1,000 steps.

Writes benchmarks/results/collapse.json after each entry; --docs rewrites the table in
docs/benchmarks/collapse.md. STEPS=100 tries the command. About 30 minutes on two cores.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from report import report

from vaezoo import datasets, distributions, likelihoods, metrics, models
from vaezoo.distributions import tfd
from vaezoo.networks.made import MADE
from vaezoo.protocols import Array

SEEDS = range(5)
STEPS = int(os.environ.get("STEPS", "3000"))
LOOKS = (100, 300, 1000)  # steps after which figures are taken
SIDE, LATENT_DIM, BATCH, TEST, K, RATE = 14, 8, 128, 1_000, 500, 1e-3
AHEAD, AHEAD_UNTIL = 5, 0.3  # encoder's steps for each of all weights; share of the training


class Conditionals(tfd.Bernoulli):
    """Pixels given those before them: log_prob alone, of a whole picture."""

    before: MADE

    def _log_prob(self, event: tf.Tensor) -> tf.Tensor:
        flat = tf.reshape(event, [*event.shape[:-3], SIDE * SIDE])
        (logits,) = self.before(flat)
        logits = self.logits + tf.reshape(logits, tf.shape(event))
        return distributions.Binary(logits=logits).log_prob(event)


class AutoregressiveBernoulli(likelihoods.Bernoulli):
    """p(x|z) = prod_i p(x_i | x_1, …, x_{i-1}, z): logits of z, and of the pixels before."""

    def __init__(self, data_shape: Sequence[int], **keras_args: Any) -> None:
        super().__init__(data_shape, **keras_args)
        self.before = MADE(SIDE * SIDE, outputs_each=1, hidden=(128,))

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        conditionals = Conditionals(logits=outputs)
        conditionals.before = self.before
        return tfd.Independent(conditionals, 3)


class NormalisedMeans(models.VAE):
    """Means of q(z|x) with a variance of 0.25 over the data, by batch normalisation.

    The KL is at least half of the means' squares, D / 8 nats here: Zhu et al. 2020, sec. 3,
    https://arxiv.org/abs/2004.12585.
    """

    def __init__(self, data_shape: Sequence[int], latent_dim: int, **parts: Any) -> None:
        super().__init__(data_shape, latent_dim, **parts)
        self.normal = keras.layers.BatchNormalization(
            scale=False, momentum=0.9, name="normalised", dtype="float32"
        )
        self.normal.build((None, self.latent_dim))

    def encoder_outputs(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        means, scales = tf.split(super().encoder_outputs(x, condition, training), 2, axis=-1)
        return tf.concat([0.5 * self.normal(means, training=training), scales], axis=-1)


def vae(seed: int, family: type[models.VAE] = models.VAE, **parts: Any) -> models.VAE:
    network = {"name": "mlp", "hidden": [200]}
    return family((SIDE, SIDE, 1), LATENT_DIM, network=network, seed=seed, **parts)


def autoregressive(seed: int, family: type[models.VAE] = models.VAE, **parts: Any) -> models.VAE:
    likelihood = AutoregressiveBernoulli((SIDE, SIDE, 1))
    return vae(seed, family, likelihood=likelihood, **parts)


def two_levels(seed: int, **parts: Any) -> models.TwoLevelVAE:
    return models.TwoLevelVAE(
        (SIDE, SIDE, 1), (LATENT_DIM, LATENT_DIM), width=200, seed=seed, **parts
    )


ANNEALED = {"name": "annealed_elbo", "warmup_steps": STEPS // 3}
CYCLES = {"name": "annealed_elbo", "warmup_steps": STEPS // 8, "period": STEPS // 4}
FREE = {"name": "free_bits", "free_nats": 0.5}
FREE_GROUPS = {"name": "free_bits", "free_nats": 4.0, "per": "group"}
CAPACITY = {"name": "capacity", "gamma": 10.0, "max_capacity": 8.0, "num_steps": STEPS // 3}
MODELS: dict[str, Callable[[int], Any]] = {
    "independent pixels": vae,
    "independent pixels, β = 8": lambda seed: vae(seed, objective={"name": "elbo", "beta": 8.0}),
    "autoregressive": autoregressive,
    "autoregressive, warm-up": lambda seed: autoregressive(seed, objective=ANNEALED),
    "autoregressive, cycles": lambda seed: autoregressive(seed, objective=CYCLES),
    "autoregressive, free bits": lambda seed: autoregressive(seed, objective=FREE),
    "autoregressive, capacity": lambda seed: autoregressive(seed, objective=CAPACITY),
    "autoregressive, encoder ahead": autoregressive,
    "autoregressive, normalised means": lambda seed: autoregressive(seed, NormalisedMeans),
    "two levels": two_levels,
    "two levels, warm-up": lambda seed: two_levels(seed, objective=ANNEALED),
    "two levels, free bits": lambda seed: two_levels(seed, objective=FREE_GROUPS),
}


def halved(images: Array) -> Array:
    """Means of 2×2 pixels, as 0 and 1."""
    parts = datasets.as_float(images).reshape(len(images), SIDE, 2, SIDE, 2, 1)
    return np.asarray(parts.mean(axis=(2, 4)) > 0.5, np.float32)


def train(model: Any, x: Array, steps: int) -> None:
    per_epoch = len(x) // BATCH
    for some in [per_epoch] * (steps // per_epoch) + [steps % per_epoch]:
        if some:
            model.fit(x[: some * BATCH], batch_size=BATCH, verbose=0)


def train_encoder_ahead(model: models.VAE, x: Array, steps: int, seed: int) -> None:
    """`AHEAD` steps of the encoder alone before each of all weights.

    He et al. 2019, sec. 4.2, https://arxiv.org/abs/1901.05534, with a fixed number of steps in
    place of those until the bound stops to rise. A step of all weights counts as one.
    """
    groups = model.parameter_groups()
    encoder = keras.optimizers.Adam(RATE)
    rng = np.random.default_rng(seed)

    @tf.function
    def step(batch: tf.Tensor, number: tf.Tensor, *, ahead: bool) -> None:
        weights = groups["encoder" if ahead else "model"]
        with tf.GradientTape() as tape:
            trace = model.trace(batch, seed=tf.stack([seed, number]), training=True)
            loss = -tf.reduce_mean(trace.elbo())
        optimizer = encoder if ahead else model.optimizer
        optimizer.apply(tape.gradient(loss, weights), weights)

    encoder.build(groups["encoder"])
    model.optimizer.build(model.trainable_variables)
    for number in range(steps * (AHEAD + 1)):
        batch = tf.constant(x[rng.integers(len(x), size=BATCH)])
        step(batch, tf.constant(number), ahead=number % (AHEAD + 1) < AHEAD)


def figures(model: Any, x: Array) -> dict[str, float]:
    """KL, I(x; z) and active units: of the highest level, where there are two."""
    result = model.evaluate(x, batch_size=250, verbose=0, return_dict=True)
    found = {"kl": result["kl"], "elbo": result["elbo"]}
    if "kl_2" in result:
        return found | {f"kl_{level}": result[f"kl_{level}"] for level in (1, 2)}
    q = model.encode(x)
    z, mean, scale = (
        np.asarray(each, np.float64) for each in (q.sample(seed=0), q.mean(), q.stddev())
    )
    log_prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum(axis=1)
    parts = metrics.kl_decomposition(mean, scale, z, log_prior)
    information = parts["mutual_information"]["mean"]
    return found | {"information": information, "active": metrics.active_units(mean)}


def measured(name: str, seed: int) -> dict[str, Any]:
    keras.utils.set_random_seed(seed)
    mnist = datasets.load("mnist")
    x, test = halved(mnist.train), halved(mnist.test[:TEST])
    x = x[np.random.default_rng(seed).permutation(len(x))]
    model = MODELS[name](seed)
    model.compile(keras.optimizers.Adam(RATE))
    looks, done = {}, 0
    until = round(STEPS * AHEAD_UNTIL) if name.endswith("encoder ahead") else 0
    for look in (*(look for look in LOOKS if look < STEPS), STEPS):
        ahead = min(max(until - done, 0), look - done)
        if ahead:
            train_encoder_ahead(model, x, ahead, seed)
        train(model, x, look - done - ahead)
        looks[str(look)], done = figures(model, test), look
    log_likelihood = float(model.log_likelihood(test, num_samples=K, seed=seed).mean())
    return looks[str(STEPS)] | {"log_likelihood": log_likelihood, "looks": looks}


def measure(names: list[str]) -> Iterator[list[dict[str, Any]]]:
    for name in names:
        yield [measured(name, seed) for seed in SEEDS]


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| | log p(x) | KL | I(x; z) | active units of 8 | … after 100 / 300 / 1,000 steps |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in (name for name in MODELS if name in results):
        runs = results[name]
        cells = [_spread([run["log_likelihood"] for run in runs], 2)]
        if "kl_2" in runs[0]:
            levels = [_spread([run[f"kl_{level}"] for run in runs], 1) for level in (1, 2)]
            cells += [f"{levels[0]} above, {levels[1]} below", "–", "–", "–"]
        else:
            cells += [_spread([run[key] for run in runs], 1) for key in ("kl", "information")]
            cells.append(_spread([run["active"] for run in runs], 1))
            looks = [look for look in runs[0]["looks"] if int(look) < STEPS]
            early = [
                statistics.fmean(run["looks"][look]["active"] for run in runs) for look in looks
            ]
            cells.append(" / ".join(f"{each:.1f}" for each in early))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *verdict(results)]) + "\n"


def verdict(results: dict[str, Any]) -> list[str]:
    """Which remedies of the autoregressive decoder keep its likelihood, and use z."""
    plain = results.get("autoregressive")
    if plain is None:
        return []
    lines = []
    for name, runs in results.items():
        if not name.startswith("autoregressive, "):
            continue
        gain = [a["log_likelihood"] - b["log_likelihood"] for a, b in zip(runs, plain, strict=True)]
        error = statistics.stdev(gain) / len(gain) ** 0.5 if len(gain) > 1 else 0.0
        mean = statistics.fmean(gain)
        information = statistics.fmean(run["information"] for run in runs)
        lines.append(
            f"- {name.removeprefix('autoregressive, ')}: {mean:+.2f} ± {error:.2f} nats of log "
            f"p(x) beside no remedy, and {information:.1f} nats about x in z"
        )
    return lines


def _spread(values: list[float], digits: int) -> str:
    """Mean ± standard deviation over the seeds."""
    text = f"{statistics.fmean(values):.{digits}f}"
    return text if len(values) < 2 else f"{text} ± {statistics.stdev(values):.{digits}f}"


if __name__ == "__main__":
    report("collapse", __doc__ or "", MODELS, measure, table)
