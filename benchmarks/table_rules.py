"""What rules do to made rows of NHANES, and what measures say of two simple baselines on Adult.

    python benchmarks/table_rules.py [NAME ...]

"independent" makes 200,000 rows of NHANES without a model, "interpolated" 10,000 from 2,000 of the
data: counts those that break a rule of vaezoo/datasets/nhanes.toml, repairs them, writes and reads
a .csv of 20,000 of them, and compares column shapes and pair trends, of 2,000 rows, before and
after the repair and, where one row in 10,000 obeys all rules, with rejection. "real" are the data.
"adult ..." are measures of 2,000 rows against as many of the real training rows; classifiers are
tested on all test rows.

Needs VAEZOO_DATA. Writes benchmarks/results/table_rules.json after each; --docs rewrites the table
in docs/rules.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from report import ROOT, report

from vaezoo.errors import DataError
from vaezoo.metrics import tables
from vaezoo.protocols import Array
from vaezoo.tables import Column, Rules

NUM, FEW, SEED = {"real": 0, "independent": 200_000, "interpolated": 10_000}, 2_000, 0
NHANES = ["real", "independent", "interpolated"]
ADULT = [f"adult {name}" for name in NHANES]
NAMES = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
    "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week",
    "native-country", "income",
)  # fmt: skip
Columns = dict[str, Array]


def column(cells: list[str]) -> Array:
    """Numbers where all cells are, else texts; "" and "?" are missing."""
    known = [None if cell in ("", "?") else cell for cell in cells]
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in known])
    except ValueError:
        return np.array(known, object)


def nhanes() -> Columns:
    """The columns that rules are about."""
    path = Path(os.environ["VAEZOO_DATA"]) / "nhanes" / "NHANESraw.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    cells = dict(zip(header, zip(*rows, strict=True), strict=True))
    named = re.findall(r"\w+", (ROOT / "vaezoo" / "datasets" / "nhanes.toml").read_text())
    return {name: column(list(cells[name])) for name in header if name in named}


def adult(split: str) -> Columns:
    path = Path(os.environ["VAEZOO_DATA"]) / "adult" / f"adult.{split}"
    lines = [line.strip().rstrip(".").split(", ") for line in path.read_text().splitlines()]
    rows = [line for line in lines if len(line) == len(NAMES)]
    return {name: column(list(c)) for name, c in zip(NAMES, zip(*rows, strict=True), strict=True)}


def made(name: str, table: Columns, num: int, seed: int = SEED) -> Columns:
    if name == "independent":
        return tables.independent_columns(table, num, seed)
    if name == "interpolated":
        return tables.interpolated_rows(some(table, FEW), num, seed=seed)
    return table


def some(table: Columns, num: int) -> Columns:
    rows = np.random.default_rng(SEED).permutation(len(next(iter(table.values()))))[:num]
    return {name: cells[rows] for name, cells in table.items()}


def likeness(real: Columns, other: Columns) -> dict[str, float]:
    return {
        "shapes": tables.mean_score(tables.column_shapes(real, other).values()),
        "pairs": tables.mean_score(tables.pair_trends(real, other).values()),
    }


def read_again(table: Columns) -> Columns:
    """A table after it was written to a .csv and read."""
    file = io.StringIO()
    rows = zip(*(cells[:20_000].tolist() for cells in table.values()), strict=True)
    lines = ([("" if c is None or c != c else c) for c in row] for row in rows)
    csv.writer(file).writerows(lines)
    cells = zip(*csv.reader(io.StringIO(file.getvalue())), strict=True)
    kinds = {name: values.dtype.kind for name, values in table.items()}
    read = {name: column(list(values)) for name, values in zip(table, cells, strict=True)}
    return {n: c if kinds[n] == c.dtype.kind else c.astype(object) for n, c in read.items()}


def of_nhanes(name: str) -> dict[str, Any]:
    real = nhanes()
    rules = Rules.from_toml(
        ROOT / "vaezoo" / "datasets" / "nhanes.toml", {n: Column.of(c) for n, c in real.items()}
    )
    table = made(name, real, NUM[name])
    counts = {c.rule: [c.violations, c.applies] for c in rules.counts(table)}
    start = time.process_time()
    fixed = rules.repaired(table)
    seconds = time.process_time() - start
    again = read_again(fixed.columns)
    return {
        "rows": len(next(iter(table.values()))),
        "broken": fixed.num_changed,
        "moved": fixed.num_moved,
        "left": sum(int(found.sum()) for found in rules.check(fixed.columns).values()),
        "left_in_csv": sum(int(found.sum()) for found in rules.check(again).values()),
        "rows_per_cpu_second": len(next(iter(table.values()))) / seconds,
        "counts": counts,
        "before": likeness(real, some(table, FEW)),
        "after": likeness(real, some(fixed.columns, FEW)),
        "rejection": rejection(rules, name, real),
    }


def rejection(rules: Rules, name: str, real: Columns) -> dict[str, float] | None:
    if name == "real":
        return None
    try:
        found = rules.reject(lambda num, seed: made(name, real, num, seed), 1000, SEED)
    except DataError:
        return None
    return {**likeness(real, found.columns), "draws_per_row": found.num_draws / 1000}


def of_adult(name: str) -> dict[str, Any]:
    train, test = adult("data"), adult("test")
    half, other = some(train, 2 * FEW), {}
    for key, cells in half.items():
        half[key], other[key] = cells[:FEW], cells[FEW:]
    table = other if name == "real" else made(name, half, FEW)
    used = tables.train_on_synthetic(table, test, "income", positive=">50K", seed=SEED)
    forest = tables.classifier_two_sample(half, table, SEED)
    return {
        **likeness(half, table),
        **tables.table_density_coverage(half, table),
        "c2st": forest["accuracy"],
        "f1": used["f1"],
        "auroc": used["auroc"],
        "closest": tables.closest_record_share(half, some(test, FEW), table)["share"],
        "membership": tables.membership_auroc(half, some(test, FEW), table),
        "copies": tables.exact_copies(half, table),
    }


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield of_adult(name.split()[1]) if name in ADULT else of_nhanes(name)


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| rows of NHANES | break a rule | after repair | in the .csv | shapes, pairs before |"
        " after | by rejection | draws a row |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in filter(results.__contains__, NHANES):
        r = results[name]
        rejected = r["rejection"]
        cells = [f"{name}, {r['rows']:,}", f"{r['broken']:,}", r["left"], r["left_in_csv"]]
        cells += [pair(r["before"]), pair(r["after"])]
        cells += [pair(rejected), f"{rejected['draws_per_row']:,.0f}"] if rejected else ["–", "–"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    keys = (
        "shapes",
        "pairs",
        "density",
        "coverage",
        "c2st",
        "f1",
        "auroc",
        "closest",
        "membership",
    )
    if any(name in results for name in ADULT):
        header = f"| {FEW:,} rows of Adult | {' | '.join(keys)} | copies |"
        lines += ["", header, "|---|" + "---|" * (len(keys) + 1)]
    for name in filter(results.__contains__, ADULT):
        cells = [name.split()[1], *(f"{results[name][key]:.3f}" for key in keys)]
        lines.append("| " + " | ".join([*cells, str(results[name]["copies"])]) + " |")
    return "\n".join(lines) + "\n"


def pair(scores: dict[str, float]) -> str:
    return f"{scores['shapes']:.3f}, {scores['pairs']:.3f}"


if __name__ == "__main__":
    report("table_rules", __doc__ or "", [*NHANES, *ADULT], each, table)
