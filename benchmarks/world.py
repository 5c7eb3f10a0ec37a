"""What a linear controller earns that sees a VAE's code, PCA's, an autoencoder's, or pixels.

    OMP_NUM_THREADS=1 python benchmarks/world.py [--docs]

Writes benchmarks/results/world.json after each entry, so that an interrupted run can be resumed;
what was trained is kept in runs/benchmark_world. --docs rewrites the table in
docs/benchmarks/world.md. For each environment and seed: frames of random actions, on which VAE,
autoencoder and PCA are fitted with the same size of code; a linear controller for each by CMA-ES,
with the same generations, population and episodes, and the same limit of steps; then its return in
episodes that were never played before. One seed decides all of it. About an hour on one core.
"dqn", which needs stable-baselines3, plays as many steps as frames and search have together.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of TensorFlow and NumPy alike

import numpy as np
from report import ROOT, report

from vaezoo import world
from vaezoo.protocols import Array

SEEDS = range(1, 6)  # sizes and training were chosen with 0 and 100
FRAMES, EPOCHS, BATCH, RATE = 20_000, 20, 128, 2e-3
HIDDEN = (256, 128)
POPULATION, EPISODES, GENERATIONS, STEPS = 24, 3, 40, 50_000
STATE, MEMORY_EPOCHS = 32, 10  # of the memory: its state's size
TESTS, STARTS = 50, 100  # episodes, and first frames of dreams
WORK = ROOT / "runs" / "benchmark_world"


@dataclass(frozen=True)
class Setting:
    """How an environment is measured.

    Attributes:
        title: for people.
        size: D of every code.
        beta: weight of the VAE's KL term.
        limit: steps of an episode.
    """

    title: str
    size: int
    beta: float
    limit: int


SETTINGS = {
    "cartpole": Setting("CartPole from pixels", 4, 0.2, 250),
    "minatar_breakout": Setting("MinAtar Breakout", 16, 0.2, 500),
    "minatar_space_invaders": Setting("MinAtar Space Invaders", 16, 0.2, 500),
}
CONTENDERS = {
    "vae": "VAE z",
    "memory": "VAE z and a memory's state",
    "dream": "the same, fitted in the memory's dreams",
    "pca": "PCA z",
    "autoencoder": "autoencoder z",
    "projection": "random projection",
    "pixels": "raw pixels",
    "dqn": "pixels: DQN of Stable-Baselines3, no linear controller",
    "random": "random actions",
}
COMPARED = ("vae", "pca", "projection")  # of the verdict
REMEMBERING = ("memory", "dream")
KERAS = {"vae": "VAE", "autoencoder": "Autoencoder"}


@dataclass(frozen=True)
class Encoder:
    """A trained encoder of dense layers in NumPy: at batches of some rows its calls are quicker."""

    weights: tuple[Array, ...]
    frame_shape: tuple[int, ...]
    size: int

    def encode(self, frames: Array) -> Array:
        h = frames.reshape(len(frames), -1)
        for kernel, bias in zip(self.weights[:-2:2], self.weights[1:-2:2], strict=True):
            h = np.maximum(h @ kernel + bias, 0)
        kernel, bias = self.weights[-2][:, : self.size], self.weights[-1][: self.size]
        return h @ kernel + bias


@lru_cache(maxsize=1)
def frames_of(environment: str, seed: int) -> Array:
    return world.random_frames(world.make(environment), FRAMES, seed=seed)


def trained(environment: str, contender: str, seed: int) -> tuple[Encoder, dict[str, float]]:
    """The encoder of a Keras model of the frames, from a file where it was trained before."""
    path = WORK / f"{environment}-{contender}-{seed}.npz"
    setting, shape = SETTINGS[environment], world.make(environment).frame_shape
    if not path.exists():
        train(environment, contender, seed, path)
    with np.load(path) as content:
        facts = {name: float(content[name]) for name in content.files if content[name].ndim == 0}
        names = sorted(name for name in content.files if name not in facts)
        weights = tuple(content[name] for name in names)
    return Encoder(weights, shape, setting.size), facts


def train(environment: str, contender: str, seed: int, path: Path) -> None:
    """Fits a model of `KERAS` to the frames and writes the weights of its encoder."""
    import keras

    from vaezoo import models
    from vaezoo._storage.files import replaced_file

    start, setting, x = time.monotonic(), SETTINGS[environment], frames_of(environment, seed)
    parts: dict[str, Any] = {}
    if contender == "vae":
        parts["objective"] = {"name": "elbo", "beta": setting.beta}
    keras.utils.set_random_seed(seed)
    model = getattr(models, KERAS[contender])(
        x.shape[1:], setting.size, likelihood="bernoulli",
        network={"name": "mlp", "hidden": list(HIDDEN)}, seed=seed, **parts,
    )  # fmt: skip
    schedule = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * -(-len(x) // BATCH))
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False, steps_per_execution=32)
    model.fit(x, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    arrays = {f"w{i}": w for i, w in enumerate(model.encoder.get_weights())}
    encoder = Encoder(tuple(arrays.values()), x.shape[1:], setting.size)
    assert np.allclose(encoder.encode(x[:64]), model.encode_mean(x[:64]), atol=1e-4)
    error = np.mean((model.reconstruct(x[-2000:]) - x[-2000:]) ** 2)
    with replaced_file(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, squared_error=error, seconds=time.monotonic() - start, **arrays)


def seen(environment: str, contender: str, seed: int) -> tuple[world.Features, dict[str, float]]:
    """What the controller sees, and figures of it."""
    size, shape = SETTINGS[environment].size, world.make(environment).frame_shape
    if contender in REMEMBERING:
        return trained(environment, "vae", seed)
    if contender in KERAS:
        return trained(environment, contender, seed)
    if contender == "pca":
        x = frames_of(environment, seed)
        pca = world.principal_components(x, size)
        flat = x[-2000:].reshape(2000, -1)
        again = (pca.encode(x[-2000:]) @ pca.matrix.T) + pca.offset
        return pca, {"squared_error": float(np.mean((again - flat) ** 2))}
    if contender == "projection":
        return world.random_projection(shape, size, seed), {}
    return world.RawPixels(shape), {}


def remembered(environment: str, seed: int, encoder: Encoder) -> world.ExportedMemory:
    """A memory of the VAE's codes in the same episodes, from its export where it was trained."""
    folder, name = WORK / f"{environment}-memory-{seed}", f"{environment}_memory"
    if not folder.exists():
        import keras

        from vaezoo.export import export_memory
        from vaezoo.sequences import MixtureDensityMemory

        data = WORK / f"{environment}-episodes-{seed}"
        world.collect(environment, FRAMES, data, seed=seed)
        steps = world.read_steps(data)
        codes = np.concatenate([encoder.encode(x) for x in in_pieces(steps.frames)])
        sequences = world.as_sequences(steps, codes)
        keras.utils.set_random_seed(seed)
        actions = world.make(environment).num_actions
        model = MixtureDensityMemory(encoder.size, actions, state_dim=STATE, seed=seed)
        model.compile(keras.optimizers.Adam(RATE))
        model.fit(sequences, epochs=MEMORY_EPOCHS, batch_size=32, verbose=0)
        export_memory(model, folder, preset=name, weights_sha256="0" * 64)
    return world.ExportedMemory(folder)


def in_pieces(frames: Array) -> Iterator[Array]:
    """Frames of a collection as environments give them."""
    for start in range(0, len(frames), 1000):
        piece = frames[start : start + 1000].astype(np.float32)
        yield piece if frames.dtype == np.bool_ else piece / 255


def one(environment: str, contender: str, seed: int) -> dict[str, Any]:
    """Return of a controller in test episodes, and how it was found."""
    setting, start = SETTINGS[environment], time.monotonic()
    if contender == "random":
        policy: world.Policy = world.RandomPolicy(world.make(environment).num_actions)
        facts: dict[str, Any] = {}
    elif contender == "dqn":
        from world_dqn import dqn

        policy = dqn(environment, steps=FRAMES + STEPS, limit=setting.limit, seed=seed)
        facts = {}
    else:
        features, facts = seen(environment, contender, seed)
        memory = None
        if contender in REMEMBERING:
            memory = remembered(environment, seed, features)
        budget = {
            "units": world.Units.fit(features, frames_of(environment, seed)),
            "generations": GENERATIONS, "population": POPULATION, "episodes": EPISODES,
            "limit": setting.limit, "max_steps": STEPS, "seed": seed,
        }  # fmt: skip
        start = time.monotonic()
        if contender == "dream":
            starts = world.first_frames(world.make(environment), STARTS, seed=seed)
            fitted = world.fit_in_dream(memory, features.encode(starts), **budget)
            facts["dreamt"] = float(fitted.returns[-1])
        else:
            fitted = world.fit_controller(environment, features, memory=memory, **budget)
        policy = world.Agent(features, fitted.controller, fitted.controller.num_actions, memory)
        facts |= {
            "generations": len(fitted.returns), "steps": int(fitted.steps[-1]),
            "curve": np.round(fitted.returns, 3).tolist(),
        }  # fmt: skip
    played = world.play(environment, policy, episodes=TESTS, seed=seed, limit=setting.limit)
    return {
        "return": float(played.returns.mean()),
        "length": float(played.lengths.mean()),
        "search_seconds": time.monotonic() - start,
        **facts,
    }


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        environment, contender, seed = name.split()
        result = one(environment, contender, int(seed))
        print(name, round(result["return"], 2), result.get("generations"), file=sys.stderr)
        yield result


def entries() -> list[str]:
    """The contenders of an environment and a seed together: their frames are made once."""
    return [f"{e} {c} {s}" for e in SETTINGS for s in SEEDS for c in CONTENDERS]


def returns(results: dict[str, Any], environment: str, contender: str) -> Array:
    """Of each seed that was measured, in their order."""
    names = [f"{environment} {contender} {seed}" for seed in SEEDS]
    return np.array([results[name]["return"] for name in names if name in results])


def advantage(results: dict[str, Any], environment: str, other: str) -> tuple[float, float]:
    """How much more the VAE's code earns than another, and the standard error of that."""
    ours, theirs = (returns(results, environment, name) for name in ("vae", other))
    error = np.sqrt(ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs))
    return float(ours.mean() - theirs.mean()), float(error)


def cell(values: Array) -> str:
    if len(values) < 2:
        return "—"
    return f"{values.mean():.2f} ± {values.std(ddof=1) / len(values) ** 0.5:.2f}"


def table(results: dict[str, Any]) -> str:
    """Returns by contender, and the verdict."""
    titles = " | ".join(f"{s.title} (D = {s.size})" for s in SETTINGS.values())
    lines = [f"| the controller sees | {titles} |", "|---" * (1 + len(SETTINGS)) + "|"]
    for contender, title in CONTENDERS.items():
        cells = [cell(returns(results, environment, contender)) for environment in SETTINGS]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    measured = [e for e in SETTINGS if all(len(returns(results, e, c)) > 1 for c in COMPARED)]
    if not measured:
        return "\n".join(lines)
    sentences = [verdict(results, measured), *dreams(results), budget(results, measured)]
    return "\n".join([*lines, *(part for each in sentences for part in ("", each))])


def verdict(results: dict[str, Any], measured: list[str]) -> str:
    """Whether the VAE's code earns more than PCA's and the projection's, by two errors."""
    won, sentences = 0, []
    for environment in measured:
        setting = SETTINGS[environment]
        pca, projection = (advantage(results, environment, c) for c in COMPARED[1:])
        won += all(difference > 2 * error for difference, error in (pca, projection))
        sentences.append(
            f"{setting.title}: {pca[0]:+.2f} ± {pca[1]:.2f} against PCA, {projection[0]:+.2f} ± "
            f"{projection[1]:.2f} against the random projection"
        )
    word = "met" if won >= 2 else "not met"
    return (
        f"What the VAE's code earns more: {'; '.join(sentences)}. The target, more than both by "
        f"two standard errors in two environments, is {word}: it does in {won} of {len(measured)}."
    )


def dreams(results: dict[str, Any]) -> Iterator[str]:
    """What the controllers that only dreamt expected, beside what they earn."""
    for environment, setting in SETTINGS.items():
        names = [f"{environment} dream {seed}" for seed in SEEDS]
        dreamt = np.array([results[name]["dreamt"] for name in names if name in results])
        if len(dreamt) > 1:
            awake, other = (cell(returns(results, environment, c)) for c in ("dream", "memory"))
            yield (
                f"In dreams of {setting.title}, the last generation earned {cell(dreamt)}; awake, "
                f"its controller earns {awake}, and one that was fitted awake {other}."
            )


def budget(results: dict[str, Any], measured: list[str]) -> str:
    """What the search and the training cost."""
    num = {len(returns(results, e, c)) for e in measured for c in COMPARED}
    seeds = " to ".join(map(str, sorted({min(num), max(num)})))
    search = [r["search_seconds"] for r in results.values() if "steps" in r]
    steps = [r["steps"] for r in results.values() if "steps" in r]
    training = [r["seconds"] for r in results.values() if "seconds" in r]
    return (
        f"Means and standard errors over {seeds} seeds, {TESTS} episodes each. Every controller "
        f"had at most {GENERATIONS} generations of {POPULATION} members that play {EPISODES} "
        f"episodes each, and {STEPS:,} steps, after which no generation begins: "
        f"{np.median(steps):,.0f} steps in {np.median(search):.0f} s in the middle of all. Each "
        f"VAE and autoencoder ({' and '.join(map(str, HIDDEN))} hidden units) had {EPOCHS} epochs "
        f"of {FRAMES:,} frames, {np.median(training):.0f} s."
    )


if __name__ == "__main__":
    report("world", __doc__, entries(), measure, table)
