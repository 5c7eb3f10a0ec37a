"""What will be seen next: held-out frames of MinAtar's breakout, given those before them.

    python benchmarks/sequences.py [NAME ...]

Random play with all six actions; episodes are cut into parts of 24 frames. Each frame but the first
of a part is scored given the frames and actions before it, in nats per frame (10 x 10 x 4 binary
values): "last frame" repeats what was seen, with the share of ones that follow a 0 or a 1 of the
same channel in training; "linear" is least squares on the last frame and action; both are exact
probabilities. The other two are lower bounds, means of five draws: "V + M" is a VAE of single
frames and a `MixtureDensityMemory` of its codes,

    E_q(z_t|x_t) [log p(x_t|z_t) + log p_M(z_t | z_<t, a_<t) - log q(z_t|x_t)],   z_<t ~ q;

"state space" is a `RecurrentStateSpaceVAE`, of which this is the ELBO, trained by it or by its
balanced form. Each is trained until ten epochs bring nothing on validation episodes, for at most 80
epochs. A second table has the log-likelihood of codes alone, draws of q(z|x): of the memory, of
repeating the last code, and of least squares, both with normal errors. Errors are standard errors
over parts. Nothing was chosen on the test parts.

Needs minatar. Writes benchmarks/results/sequences.json after each; --docs rewrites the table in
docs/benchmarks/sequences.md.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from report import report

from vaezoo.metrics import transitions
from vaezoo.protocols import Array

SHAPE, ACTIONS, STEPS, DRAWS = (10, 10, 4), 6, 24, 5
EPISODES = {"train": 1500, "validation": 200, "test": 300}
SEEDS = {"train": 0, "test": 1, "validation": 2}
LATENT, STATE, EPOCHS, PATIENCE = 16, 128, 80, 10

Parts = dict[str, Array]
# Nats of each frame [N, T - 1], parameters, and further figures.
Measured = tuple[Array, int, dict[str, Any]]


@functools.cache
def parts(split: str) -> Parts:
    """Parts of episodes, by name as models of sequences take them."""
    import minatar

    environment = minatar.Environment("breakout")
    environment.seed(SEEDS[split])
    rng = np.random.default_rng(SEEDS[split])
    found = [part for _ in range(EPISODES[split]) for part in cut(episode(environment, rng))]
    return {name: np.stack([part[name] for part in found]) for name in found[0]}


def episode(environment: Any, rng: np.random.Generator) -> Parts:
    """One episode of random play: frame, action, reward and end of each step."""
    environment.reset()
    found, done = [], False
    while not done:
        frame, action = environment.state().astype(np.float32), int(rng.integers(ACTIONS))
        reward, done = environment.act(action)
        found.append((frame, action, float(reward), float(done)))
    frames, actions, rewards, ends = map(np.array, zip(*found, strict=True))
    return {"x": frames, "action": actions, "reward": rewards, "done": ends}


def cut(whole: Parts) -> Iterator[Parts]:
    """Parts of `STEPS` steps, the last one padded; a single step is left out."""
    for start in range(0, len(whole["x"]) - 1, STEPS):
        part = {name: array[start : start + STEPS] for name, array in whole.items()}
        there = np.ones(len(part["x"]))
        yield {name: padded(array) for name, array in {**part, "mask": there}.items()}


def padded(array: Array) -> Array:
    rest = np.zeros((STEPS - len(array), *array.shape[1:]), array.dtype)
    return np.concatenate([array, rest])


def steps(split: str) -> transitions.Transitions:
    found = parts(split)
    return transitions.Transitions.of(found["x"], np.eye(ACTIONS)[found["action"]], found["mask"])


def by_part(values: Array) -> Array:
    """Values of test steps, in their order, as [N, T - 1] with NaN where nothing follows."""
    follows = parts("test")["mask"][:, 1:] == 1
    grid = np.full(follows.shape, np.nan)
    grid[follows] = values
    return grid


def last_frame() -> Measured:
    return by_part(transitions.copied_bits(steps("train"), steps("test"), SHAPE[-1])), 8, {}


def linear() -> Measured:
    size = (np.prod(SHAPE) + ACTIONS + 1) * np.prod(SHAPE)
    return by_part(transitions.linear_bits(steps("train"), steps("test"))), int(size), {}


def train(model: Any, x: Any, validation: Any, batch_size: int) -> None:
    """Until `PATIENCE` epochs bring nothing on the validation data; leaves the best weights."""
    import keras

    stop = keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True)
    model.compile(keras.optimizers.Adam(1e-3))
    arguments = {"epochs": EPOCHS, "batch_size": batch_size, "callbacks": [stop], "verbose": 0}
    model.fit(x, validation_data=validation, **arguments)


def v_and_m() -> Measured:
    import keras

    from vaezoo.models import VAE
    from vaezoo.sequences import MixtureDensityMemory

    keras.utils.set_random_seed(0)
    v = VAE(SHAPE, LATENT, network={"name": "mlp", "hidden": [256, 128]}, seed=0)
    frames = {split: parts(split)["x"][parts(split)["mask"] == 1] for split in EPISODES}
    train(v, frames["train"], frames["validation"], 128)
    m = MixtureDensityMemory(LATENT, ACTIONS, state_dim=STATE, num_components=5, seed=0)
    train(m, *(in_codes(v, parts(split), 0)[0] for split in ("train", "validation")), 32)
    draws = [bound_of_pair(v, m, parts("test"), 1 + draw) for draw in range(DRAWS)]
    sizes = v.count_params() + m.count_params()
    return np.mean(draws, axis=0), sizes, {"codes": of_codes(v, m)}


def of_codes(v: Any, m: Any) -> dict[str, float]:
    """Nats of the next code, a draw of q(z|x): of the memory, and of what it has to beat."""
    fitted, test = (in_codes(v, parts(split), 1)[0] for split in ("train", "test"))
    rows = [
        transitions.Transitions.of(each["z"], np.eye(ACTIONS)[each["action"]], each["mask"])
        for each in (fitted, test)
    ]
    return {
        "last code": float(transitions.last_frame(*rows).mean()),
        "linear": float(transitions.linear(*rows).mean()),
        "M": float(np.nanmean(m.log_prob(test))),
    }


def in_codes(v: Any, found: Parts, seed: int) -> tuple[Parts, Array]:
    """Sequences of draws z ~ q(z|x), and log p(x|z) - log q(z|x) of each, [N, T]."""
    x = found["x"].reshape(-1, *SHAPE)
    q = v.encode(x)
    z = np.asarray(q.sample(seed=seed))
    terms = np.asarray(v.decode(z).log_prob(x)) - np.asarray(q.log_prob(z))
    rest = {name: array for name, array in found.items() if name != "x"}
    size = found["mask"].shape
    return {"z": z.reshape(*size, -1), **rest}, terms.reshape(size)


def bound_of_pair(v: Any, m: Any, found: Parts, seed: int) -> Array:
    codes, terms = in_codes(v, found, seed)
    return m.log_prob(codes) + terms[:, 1:]


def state_space(objective: str = "elbo") -> Measured:
    import keras

    from vaezoo.sequences import RecurrentStateSpaceVAE

    keras.utils.set_random_seed(0)
    model = RecurrentStateSpaceVAE(
        SHAPE,
        ACTIONS,
        LATENT,
        state_dim=STATE,
        network={"name": "mlp", "hidden": [256, 128]},
        objective=objective,
        seed=0,
    )
    train(model, parts("train"), parts("validation"), 32)
    return model.elbo(parts("test"), DRAWS)[:, 1:], model.count_params(), {}


CONTENDERS: Mapping[str, Callable[[], Measured]] = {
    "last frame": last_frame,
    "linear": linear,
    "V + M": v_and_m,
    "state space": state_space,
    "state space, balanced KL": functools.partial(state_space, "balanced_elbo"),
}


def measure(name: str) -> dict[str, Any]:
    frames = int(parts("train")["mask"].sum())
    start = time.process_time()
    values, parameters, others = CONTENDERS[name]()
    seconds = time.process_time() - start
    counts = (~np.isnan(values)).sum(axis=1)
    mean = np.nansum(values) / counts.sum()
    # of a ratio of sums over parts, by its linear approximation
    errors = (np.nansum(values, axis=1) - mean * counts) / counts.mean()
    return {
        "nats": float(mean),
        "error": float(errors.std(ddof=1) / np.sqrt(len(errors))),
        "parameters": parameters,
        "seconds": seconds,
        "training frames": frames,
        "test frames": int(counts.sum()),
        **others,
    }


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield measure(name)


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| model | nats per frame | ± | parameters | processor seconds |",
        "|---|---|---|---|---|",
    ]
    for name, r in results.items():
        lines.append(
            f"| {name} | {r['nats']:.2f} | {r['error']:.2f} | {r['parameters']:,} "
            f"| {r['seconds']:.0f} |"
        )
    codes = results.get("V + M", {}).get("codes", {})
    if codes:
        lines += ["", "| nats of the next code, 16 numbers | |", "|---|---|"]
        lines += [f"| {name} | {nats:.2f} |" for name, nats in codes.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("sequences", __doc__ or "", CONTENDERS, each, table)
