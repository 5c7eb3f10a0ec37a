"""How fast vaezoo trains and evaluates, against plain PyTorch, plain Keras and pythae.

    pip install -e ".[train,bench]"
    python benchmarks/training.py [ENTRY ...]

The same networks, batches, precision and optimiser, each in its own process; the contenders take
turns, one epoch each, and ratios are medians over the rounds, with quartiles. Parameter counts show
that the networks are the same, and losses that the work is. PyTorch
and pythae take part if they are installed (pip install torch pythae).

Writes benchmarks/results/training.json after each entry; with names, measures only these (again).
--docs rewrites the tables in docs/benchmarks/speed.md.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import contenders
from contenders import EXAMPLES, WEIGHTS, Work
from report import report
from torch_contenders import pythae, pythae_weights, pytorch
from turns import Turns, contest, summary

MLP = Work()
GATED = Work(latent_dim=40, hidden=(300, 300), activation="gated")
CONV = Work(data_shape=(28, 28, 1), latent_dim=16, hidden=(32, 64), steps=40)
CONV_64 = Work(data_shape=(64, 64, 1), latent_dim=10, hidden=(32, 32, 64, 64), steps=12)

TRAINING = {
    "MLP 784-400-20": MLP,
    "gated MLP 2×300": GATED,
    "conv 32-64-256, 28×28": CONV,
    "conv 32-32-64-64-256, 64×64": CONV_64,
}
EVALUATION = {f"log-likelihood, {name}": TRAINING[name] for name in list(TRAINING)[:2]}
OPTIONS = {f"options, {name}": TRAINING[name] for name in list(TRAINING)[:3]}
CURVES = {
    **{
        f"K = {k}": dataclasses.replace(MLP, num_samples=k, steps=600 // (k + 5))
        for k in (1, 5, 50)
    },
    **{f"D = {d}": dataclasses.replace(MLP, latent_dim=d, steps=100) for d in (2, 200)},
    **{
        f"batch {size}": dataclasses.replace(MLP, batch_size=size, steps=max(6, 12800 // size))
        for size in (32, 512)
    },
    **{
        f"conv, {side}×{side}": dataclasses.replace(
            CONV, data_shape=(side, side, 1), steps=max(5, 10240 // side**2)
        )
        for side in (16, 32, 64)
    },
}
CHANGES: dict[str, dict[str, Any]] = {
    "default": {},
    "XLA": {"jit_compile": True},
    "mixed_bfloat16": {"dtype": "mixed_bfloat16"},
    "mixed_float16": {"dtype": "mixed_float16"},
}
ROUNDS, FEW_ROUNDS = 9, 3


def named(*functions: Callable[..., None]) -> dict[str, Callable[..., None]]:
    return {function.__name__: function for function in functions}


def changed(change: str, work: Work, turns: Turns) -> None:
    """vaezoo, with other options."""
    contenders.vaezoo(dataclasses.replace(work, **CHANGES[change]), turns)


def train(work: Work) -> dict[str, Any]:
    """Seconds of an epoch and ratios; what share of the matrix-product rate the first one has."""
    every = named(
        contenders.vaezoo, pytorch, pythae, contenders.plain_keras,
        contenders.matrix_product,
    )  # fmt: skip
    outcome = contest(every, [work], ROUNDS)
    sizes = {first["parameters"] for first in outcome.firsts.values() if "parameters" in first}
    assert len(sizes) == 1, f"the networks differ: {outcome.firsts}"
    result = summary(outcome.rounds, "vaezoo")
    for name, entry in result.items():
        entry |= {"mebibytes": outcome.mebibytes[name], "loss": outcome.lasts[name]}
        entry["examples_per_second"] = work.steps * work.batch_size / entry["seconds"]
    limit = result.pop("matrix_product")
    rate = outcome.firsts["matrix_product"]["flops"] / limit["seconds"]
    flops = outcome.firsts["vaezoo"]["flops"] * work.steps
    result["vaezoo"]["share"] = flops / result["vaezoo"]["seconds"] / rate
    return result | {"flops_per_second": rate, "parameters": sizes.pop()}


def evaluate(work: Work) -> dict[str, Any]:
    """Importance weights per second."""
    outcome = contest(named(contenders.vaezoo_weights, pythae_weights), [work], ROUNDS)
    result = summary(outcome.rounds, "vaezoo_weights")
    for name, entry in result.items():
        entry |= {"weights_per_second": EXAMPLES * WEIGHTS / entry["seconds"]}
        entry |= {"mebibytes": outcome.mebibytes[name], **outcome.firsts[name]}
    return result


def compare_options(work: Work) -> dict[str, Any]:
    """Ratios of other options to the default ones, and the loss after as many epochs."""
    every = {change: functools.partial(changed, change) for change in CHANGES}
    outcome = contest(every, [work], FEW_ROUNDS)
    result = summary(outcome.rounds, "default")
    return {name: entry | {"loss": outcome.lasts[name]} for name, entry in result.items()}


def cost(work: Work) -> dict[str, Any]:
    """Microseconds of training per example."""
    outcome = contest(named(contenders.vaezoo, pytorch), [work], FEW_ROUNDS)
    result = summary(outcome.rounds, "vaezoo")
    for entry in result.values():
        entry["microseconds"] = 1e6 * entry["seconds"] / (work.steps * work.batch_size)
    return result


KINDS = ((TRAINING, train), (EVALUATION, evaluate), (OPTIONS, compare_options), (CURVES, cost))


def measure(entries: list[str]) -> Iterator[dict[str, Any]]:
    """Measures entries in turn."""
    for entry in entries:
        for works, how in KINDS:
            if entry in works:
                yield how(works[entry]) | {"date": str(datetime.date.today()), "machine": machine()}


def machine() -> str:
    """What it ran on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return f"{os.cpu_count()} cores of {model}"


def table(results: dict[str, Any]) -> str:
    """The results as Markdown, ratios first."""
    sections = [_training(results), _evaluation(results), _options(results), _curves(results)]
    dates = sorted({result["date"] for result in results.values()})
    machines = sorted({result["machine"] for result in results.values()})
    sections.append(f"{'; '.join(machines)}; {' to '.join(sorted({dates[0], dates[-1]}))}.")
    return "\n\n".join(filter(None, sections)) + "\n"


def _rows(head: str, rows: list[list[str]]) -> str:
    if not rows:
        return ""
    rule = "|" + "---|" * head.strip("|").count("|") + "---|"
    return "\n".join([head, rule, *("| " + " | ".join(cells) + " |" for cells in rows)])


def _times(result: dict[str, Any], name: str) -> str:
    if name not in result:
        return ""
    low, high = result[name]["quartiles"]
    return f"{result[name]['ratio']:.2f}× ({low:.2f}–{high:.2f})"


def _training(results: dict[str, Any]) -> str:
    rows = []
    for name in filter(results.__contains__, TRAINING):
        result = results[name]
        mine = result["vaezoo"]
        memory = [f"{result[c]['mebibytes']:.0f}" for c in ("vaezoo", "pytorch") if c in result]
        ratios = [_times(result, c) for c in ("pytorch", "pythae", "plain_keras")]
        speed, share = f"{mine['examples_per_second']:,.0f}", f"{100 * mine['share']:.0f}%"
        rows.append([name, *ratios, speed, share, " / ".join(memory)])
    return _rows(
        "| training, batch 128 | × PyTorch's speed | × pythae's | × plain Keras' | examples/s | "
        "of the matrix-product rate | MiB, vaezoo / PyTorch |",
        rows,
    )


def _evaluation(results: dict[str, Any]) -> str:
    rows = []
    for name in filter(results.__contains__, EVALUATION):
        result = results[name]
        speed = f"{result['vaezoo_weights']['weights_per_second']:,.0f}"
        rows.append([name, _times(result, "pythae_weights"), speed])
    return _rows(f"| K = {WEIGHTS} | × pythae's speed | importance weights/s |", rows)


def _options(results: dict[str, Any]) -> str:
    rows = []
    for name in filter(results.__contains__, OPTIONS):
        result = results[name]
        speeds = [f"{1 / result[change]['ratio']:.2f}×" for change in list(CHANGES)[1:]]
        losses = ", ".join(f"{result[change]['loss']:.1f}" for change in CHANGES)
        rows.append([name.removeprefix("options, "), *speeds, losses])
    return _rows(
        "| × the default's speed | XLA | mixed_bfloat16 | mixed_float16 | loss after "
        f"{1 + FEW_ROUNDS} epochs: default and these |",
        rows,
    )


def _curves(results: dict[str, Any]) -> str:
    rows = []
    for name in filter(results.__contains__, CURVES):
        result = results[name]
        cells = [f"{result[c]['microseconds']:.0f}" for c in ("vaezoo", "pytorch") if c in result]
        rows.append([name, _times(result, "pytorch"), *cells])
    return _rows("| MLP 784-400-20, with | × PyTorch's speed | µs per example | PyTorch's |", rows)


if __name__ == "__main__":
    report("training", __doc__, [entry for works, _ in KINDS for entry in works], measure, table)
