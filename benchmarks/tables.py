"""Rows that the table presets make of Adult and NHANES, beside floors and real rows.

    python benchmarks/tables.py [NAME ...]

Adult: as many rows as were trained on; classifiers that see only them are tested on the test rows
(Xu et al. 2019: the mean of four). Real rows are the training rows, for classifiers, and half of
the test rows for all that compares with training rows; the other half is held out. "independent"
draws each column alone, "interpolated" makes rows between neighbours, of 5,000 training rows. A
model's figures are means of three seeds, with the standard deviation of F1. "TVAE" and "CTGAN" are
ctgan's, trained on the same rows for as long as the preset was, in the processor's time. NHANES:
10,000 rows, and how many of a million break a rule, as drawn and as generated.

Needs VAEZOO_DATA, and the presets in export/, or others in the folder VAEZOO_TABLES; for all rows
of Adult `pip install ctgan catboost`. Writes benchmarks/results/tables.json after each; --docs
rewrites the table in docs/tables.md.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from report import ROOT, report
from table_peers import PEERS, catboost_scores, rows_of_peer

import vaezoo
from vaezoo import datasets
from vaezoo.metrics import tables
from vaezoo.protocols import Array
from vaezoo.tables import Schema, TableModel
from vaezoo.tables.constraints import Constraints

FEW, SEEDS, MILLION, CORES = 5_000, (0, 1, 2), 1_000_000, 2
SETS = {"adult": "adult_table", "nhanes": "nhanes_table"}
MADE = ("real", "independent", "interpolated", "model")
Columns = dict[str, Array]


def some(table: Columns, num: int, seed: int = 0) -> Columns:
    rows = np.random.default_rng(seed).permutation(len(next(iter(table.values()))))[:num]
    return {name: cells[rows] for name, cells in table.items()}


def model_of(name: str) -> TableModel:
    folder = Path(os.environ.get("VAEZOO_TABLES", ROOT / "export"))
    return TableModel(vaezoo.load(folder / SETS[name]))


def made(name: str, how: str, train: Columns, num: int, seed: int) -> Columns:
    if how == "independent":
        return tables.independent_columns(train, num, seed)
    if how == "interpolated":
        return tables.interpolated_rows(some(train, FEW), num, seed=seed)
    if how in PEERS:
        return rows_of_peer(how, train, num, seed, CORES * training_seconds(name))
    return model_of(name).generate(num, seed=seed)


def training_seconds(name: str) -> float:
    """How long a preset was trained."""
    metrics = json.loads((ROOT / "saved_models" / SETS[name] / "metrics.json").read_text())
    return float(metrics["seconds"]["training"])


def halves(table: Columns) -> tuple[Columns, Columns]:
    rows = np.random.default_rng(1).permutation(len(next(iter(table.values()))))
    return tuple(
        {name: cells[part] for name, cells in table.items()} for part in np.array_split(rows, 2)
    )


def likeness(train: Columns, held_out: Columns, rows: Columns) -> dict[str, float]:
    """Of rows to training rows, both cut to a few; others are held out."""
    real, few, held_out = some(train, FEW), some(rows, FEW), some(held_out, FEW)
    return {
        "shapes": tables.mean_score(tables.column_shapes(real, few).values()),
        "pairs": tables.mean_score(tables.pair_trends(real, few).values()),
        "c2st": tables.classifier_two_sample(real, few)["accuracy"],
        **tables.table_density_coverage(real, few),
        "gaps": tables.missingness(real, few)["share_error"],
        "closest": tables.closest_record_share(real, held_out, few)["share"],
        "membership": tables.membership_auroc(real, held_out, few),
        "copies": tables.exact_copies(train, few),
    }


def use(rows: Columns, test: Columns) -> dict[str, float]:
    found = tables.train_on_synthetic(rows, test, "income", positive=">50K")
    scores = {key: found[key] for key in ("f1", "macro_f1", "auroc")}
    return scores | catboost_scores(rows, test, "income", ">50K")


def measure(name: str, how: str) -> dict[str, Any]:
    data = datasets.load(name)
    schema = Schema.of_dict(data.schema or {})
    train, test = (schema.decode(rows[np.arange(len(rows))]) for rows in (data.train, data.test))
    num = len(data.train) if name == "adult" else 2 * FEW
    found: list[dict[str, float]] = []
    for seed in SEEDS if how == "model" else SEEDS[:1]:
        start = time.perf_counter()
        rows = halves(test)[0] if how == "real" else made(name, how, train, num, seed)
        seconds = time.perf_counter() - start
        found.append({**likeness(train, halves(test)[1], rows), "rows_per_second": num / seconds})
        if name == "adult":
            found[-1] |= use(train if how == "real" else rows, test)
    result = {key: float(np.mean([each[key] for each in found])) for key in found[0]}
    if name == "adult":
        result["f1_deviation"] = float(np.std([each["f1"] for each in found]))
    if name == "nhanes" and how == "model":
        result |= violations(schema)
    return result


def violations(schema: Schema) -> dict[str, float]:
    """Rows of a million that break a rule, as generated; of fewer, as they are drawn."""
    rules, model = Constraints(schema), model_of("nhanes")
    broken = sum(int(any_broken(rules, piece).sum()) for piece in model.pieces(MILLION, seed=0))
    free = TableModel(model.model, rules=False)
    drawn = any_broken(rules, free.generate(2 * FEW, seed=0))
    return {"broken": broken, "broken_as_drawn": float(drawn.mean())}


def any_broken(rules: Constraints, table: Columns) -> Array:
    return np.any(list(rules.check(table).values()), axis=0)


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield measure(*name.split())


USE = {
    "macro_f1": "macro F1",
    "auroc": "AUROC",
    "catboost_macro_f1": "CatBoost macro F1",
    "catboost_auroc": "CatBoost AUROC",
}
KEYS = ("shapes", "pairs", "c2st", "density", "coverage", "gaps", "closest", "membership")


def table(results: dict[str, Any]) -> str:
    """The results as Markdown: what rows of Adult are good for, then likeness and privacy."""
    used = {name: r for name, r in sorted(results.items()) if "f1" in r}
    heads = f"| rows | F1 | {' | '.join(USE.values())} |"
    lines = [heads, "|---" * (len(USE) + 2) + "|"]
    for name, r in used.items():
        spread = f" ± {r['f1_deviation']:.3f}" if r["f1_deviation"] else ""
        cells = [f"{r['f1']:.3f}{spread}", *(f"{r[key]:.3f}" for key in USE)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    heads = f"| rows | {' | '.join(KEYS)} | copies |"
    lines += ["", heads, "|---" * (len(KEYS) + 2) + "|"]
    for name, r in sorted(results.items()):
        cells = [*(f"{r[key]:.3f}" for key in KEYS), f"{r['copies']:.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    model = results.get("nhanes model")
    if model:
        text += (
            f"\nOf {MILLION:,} generated rows of NHANES, {model['broken']:,} break a rule; of rows "
            f"as the same model draws them, {model['broken_as_drawn']:.1%}.\n"
        )
    return text


if __name__ == "__main__":
    names = [f"adult {peer}" for peer in PEERS]
    names += [f"{name} {how}" for name in SETS for how in MADE]
    report("tables", __doc__ or "", names, each, table)
