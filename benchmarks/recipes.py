"""Trains the recipes of MNIST that have no published preset yet, and prints one table.

    python benchmarks/recipes.py [NAME ...] [--readme]

Runs go to runs/<name>, as `vaezoo train <name> --out runs/<name>` does it; one that is finished is
not done again. Writes benchmarks/results/recipes.json and the runs' pictures beside it; with
--readme the table in README.md is written anew.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from report import README, report

from vaezoo.training import recipe, run

RUNS = Path("runs")
PUBLISHED = README.parent / "saved_models"
NAMES = [
    name for name in recipe.names() if name.startswith("mnist_") and not (PUBLISHED / name).exists()
]


def train(names: list[str]) -> Iterator[dict[str, Any]]:
    """Metrics of the recipes, trained where that was not done."""
    for name in names:
        out = RUNS / name
        if not (out / run.METRICS).exists():
            run.train(recipe.load_recipe(name), out)
        shutil.copyfile(out / run.PICTURE, Path(__file__).parent / "results" / f"{name}.png")
        metrics = json.loads((out / run.METRICS).read_text())
        metrics.pop("kl_per_dimension", None)
        yield metrics


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""

    def figure(result: dict[str, Any], key: str, digits: int = 2) -> str:
        if key not in result:
            return ""
        value = result[key]
        return f"{value['mean']:.{digits}f} ± {value['standard_error']:.{digits}f}"

    lines = [
        "| recipe | ELBO | log-likelihood | samples, images | bits a pixel | squared error "
        "| training |",
        "|---|---|---|---|---|---|---|",
    ]
    notes = []
    for name in filter(results.__contains__, NAMES):
        result = results[name]
        samples = result.get("log_likelihood", {}).get("num_samples", "")
        cells = [
            name,
            figure(result, "elbo"),
            figure(result, "log_likelihood"),
            f"{samples}, {result['num_examples']}".removeprefix(", "),
            figure(result, "bits_per_dimension", 4),
            figure(result, "mean_squared_error", 5),
            f"{result['seconds']['training'] / 60:.0f} min",
        ]
        lines.append("| " + " | ".join(cells) + " |")
        if result.get("kl_per_group"):
            groups = " + ".join(f"{kl:.2f}" for kl in result["kl_per_group"])
            notes.append(f"KL of {name} a group, from the top: {groups} nats.")
        if "perplexity" in result:
            notes.append(
                f"{name} uses {result['codebook_usage']:.0%} of its codes, with a perplexity of "
                f"{result['perplexity']:.0f}; its codes are points, so that the ELBO is all it has."
            )
    return "\n".join([*lines, "", *notes]).replace(" -", " −") + "\n"


if __name__ == "__main__":
    report("recipes", __doc__, NAMES, train, table)
