"""Do latent dimensions follow the factors of dSprites? Three objectives, five seeds each.

    python benchmarks/disentanglement.py [NAME ...] [--docs]

Trains the same network with three objectives, all relaxed over the same steps from a KL that
weighs 100 at first. Runs go to runs/<recipe>_<seed>, and one that is finished is not done again.
Writes benchmarks/results/disentanglement.json and prints a table. Of each of the pair the seed
with the median MIG is the one to publish. Scores are of test images; those of a stored run that
does not say so are of 10,000 training images.
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from report import report

from vaezoo._named_figures import factors_split
from vaezoo.training import folder, recipe, run

RUNS = Path("runs")
SEEDS = range(5)
PAIR = ("dsprites_beta_tcvae", "dsprites_factor_vae")
LABELS = {"dsprites_beta_vae": "β-VAE", PAIR[0]: "β-TCVAE", PAIR[1]: "FactorVAE"}
BETA = 4.0  # of the beta-VAE, as in Higgins et al. 2017 on dSprites
SCORES = {
    "mig": "MIG",
    "factor_vae": "FactorVAE score",
    "dci_disentanglement": "DCI",
    "sap": "SAP",
    "modularity": "modularity",
}


def recipes() -> dict[str, recipe.Recipe]:
    """The published pair's recipes, and one that has a beta-VAE in the place of the first."""
    pair = {name: recipe.load_recipe(name) for name in PAIR}
    first = pair[PAIR[0]]
    objective = {
        **first.model["objective"],
        "first_weight": first.model["objective"]["first_weight"] / BETA,
        "objective": {"name": "elbo", "beta": BETA},
    }
    model = {**first.model, "objective": objective}
    beta_vae = dataclasses.replace(first, name="dsprites_beta_vae", model=model)
    return {beta_vae.name: beta_vae, **pair}


def entries() -> dict[str, recipe.Recipe]:
    """Each recipe with each seed. All first seeds come first, so that a stopped run is even."""
    return {
        f"{name}_{seed}": dataclasses.replace(made, seed=seed)
        for seed in SEEDS
        for name, made in recipes().items()
    }


def train(names: list[str]) -> Iterator[dict[str, Any]]:
    """Metrics of runs, trained if they were not before."""
    recipes_by_entry = entries()
    for name in names:
        out = RUNS / name
        if not (out / folder.METRICS).exists():
            run.train(recipes_by_entry[name], out)
        metrics = json.loads((out / folder.METRICS).read_text())
        keys = ("disentanglement", "elbo", "active_units", "seconds")
        yield {key: metrics[key] for key in keys}


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown: of each score the median over the seeds, and its range."""
    lines = [
        "| dSprites | seeds | scores of | " + " | ".join(SCORES.values()) + " | active | ELBO |",
        "|---" * (len(SCORES) + 5) + "|",
    ]
    for name, label in LABELS.items():
        runs = [results[entry] for entry in entries() if entry in results and of(entry) == name]
        if not runs:
            continue
        scores = [_middle([metrics["disentanglement"][key] for metrics in runs]) for key in SCORES]
        active = _middle([metrics["active_units"] for metrics in runs], 0)
        elbo = _middle([metrics["elbo"]["mean"] for metrics in runs], 1)
        splits = sorted({factors_split(metrics["disentanglement"]) for metrics in runs})
        cells = [label, str(len(runs)), " and ".join(splits), *scores, active, elbo]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def of(entry: str) -> str:
    """The recipe that an entry is a seed of."""
    return entry.rpartition("_")[0]


def _middle(values: list[float], digits: int = 2) -> str:
    low, high = min(values), max(values)
    text = f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
    return text.replace("-", "−")


if __name__ == "__main__":
    report("disentanglement", __doc__, entries(), train, table)
