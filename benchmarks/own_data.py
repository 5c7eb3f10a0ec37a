"""What `vaezoo train --data` does by default, on data sets of many kinds, in one table.

    python benchmarks/own_data.py [NAME ...] [--docs]

Each entry is a set, trained by the recipe that is chosen for it, or "SET/old" by recipes/own.toml,
the default of versions before. Writes benchmarks/results/own_data.json after each entry, so that an
interrupted run can be resumed. --docs rewrites the table in docs/own-data.md. OWN_DATA_MINUTES
limits the training of each, in minutes.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from own_data_sets import SETS
from report import report

from vaezoo.training import choose, load_recipe, train
from vaezoo.training.folder import RECIPE
from vaezoo.training.recipe import Recipe

MINUTES = os.environ.get("OWN_DATA_MINUTES")
_KEPT = (
    "mean_squared_error", "scaled_squared_error", "log_likelihood", "normalised", "latent_dim",
    "active_units", "baselines", "warnings", "seconds", "num_examples",
)  # fmt: skip


def recipe_for(path: Path, old: bool) -> Recipe:
    if not old:
        return choose(path, minutes=float(MINUTES) if MINUTES else None)[0]
    name = f'data.name="{path}"'
    return load_recipe("own", [name, "evaluation.num_samples=100", "evaluation.max_scored=500"])


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    for entry in names:
        name, _, old = entry.partition("/")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.npy"
            np.save(path, SETS[name][1]())
            start = time.monotonic()
            recipe = recipe_for(path, bool(old))
            out = Path(folder) / "run"
            try:
                metrics = train(recipe, out, progress=False)
            except Exception as error:  # such as that the old default refuses or diverges
                yield {"error": str(error).splitlines()[0].replace(folder, "")}
                continue
            seconds = round(time.monotonic() - start, 1)
            text = (out / RECIPE).read_text(encoding="utf-8").replace(folder, "")
            yield {key: metrics[key] for key in _KEPT if key in metrics} | {
                "total_seconds": seconds, "recipe": text,
            }  # fmt: skip


def table(results: dict[str, Any]) -> str:
    lines = [
        "| data | z | squared error | PCA | ratio | before | log p(x) | PPCA | independent "
        "| before | minutes |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (what, _) in SETS.items():
        if name in results and "error" not in results[name]:
            lines.append(_row(what, results[name], results.get(f"{name}/old", {})))
    return "\n".join(lines) + "\n"


def _row(what: str, new: dict[str, Any], old: dict[str, Any]) -> str:
    known = new["baselines"]
    key = "scaled_squared_error" if "scaled_squared_error" in new else "mean_squared_error"
    error, pca = new[key]["mean"], known["pca"][key]["mean"]
    before = old[key]["mean"] if key in old else None
    likelihoods = [
        new["log_likelihood"]["mean"],
        known["probabilistic_pca"]["log_likelihood"]["mean"],
        known["independent"]["log_likelihood"]["mean"],
        old.get("log_likelihood", {}).get("mean") if old.get("normalised", True) else None,
    ]
    cells = [
        what, str(new["latent_dim"]), _short(error), _short(pca), f"{error / pca:.2f}",
        _short(before), *map(_nats, likelihoods), f"{new['total_seconds'] / 60:.1f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _nats(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


if __name__ == "__main__":
    every = [*SETS, *(f"{name}/old" for name in SETS)]
    report("own_data", __doc__ or "", every, measure, table)
