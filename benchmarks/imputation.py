"""Missing cells of test rows filled in by the table presets, and by scikit-learn.

    python benchmarks/imputation.py [NAME ...]

Of 1,000 test rows, cells that are there are removed: 10, 30 or 50 percent at random, or "self": a
cell above its column's median, or of its commonest label, with probability 0.6, all others with
0.1, which is not at random. Errors are of those cells: of numbers the root mean square in standard
deviations of the training rows, of labels the share that is wrong. Others see 3,000 whole
training rows: "mean" and commonest label; "neighbours" and "iterative" are scikit-learn's
KNNImputer and IterativeImputer, on standardised numbers and one column per label. "inside" is the
share of numbers within the middle 80 percent of 20 draws (multiple imputation).

Needs VAEZOO_DATA and scikit-learn. Writes benchmarks/results/imputation.json after each; --docs
rewrites the table in docs/tables.md.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from report import report
from tables import Columns, model_of, some

from vaezoo import datasets
from vaezoo.protocols import Array
from vaezoo.tables import Schema

SHARES, ROWS, TRAINED_ON, DRAWS, SEED = ("10%", "30%", "50%", "self"), 1_000, 3_000, 20, 0
OTHERS = ("mean", "neighbours", "iterative")


class Coding:
    """Columns -> standardised numbers and a column of 0 and 1 per label, NaN where missing."""

    def __init__(self, train: Columns) -> None:
        self.numbers = {n: (np.nanmean(c), np.nanstd(c)) for n, c in train.items() if is_number(c)}
        self.labels = {
            name: sorted({cell for cell in cells.tolist() if cell is not None})
            for name, cells in train.items()
            if name not in self.numbers
        }

    def encode(self, table: Columns) -> Array:
        parts = [(table[n][:, None] - loc) / scale for n, (loc, scale) in self.numbers.items()]
        for name, labels in self.labels.items():
            cells = table[name]
            hot = (cells[:, None] == np.array(labels, object)).astype(float)
            parts.append(np.where((cells == np.array(None))[:, None], np.nan, hot))
        return np.concatenate(parts, axis=1)

    def decode(self, x: Array) -> Columns:
        table, place = {}, len(self.numbers)
        for i, (name, (loc, scale)) in enumerate(self.numbers.items()):
            table[name] = x[:, i] * scale + loc
        for name, labels in self.labels.items():
            best = x[:, place : place + len(labels)].argmax(axis=1)
            table[name] = np.array(labels, object)[best]
            place += len(labels)
        return table


def is_number(cells: Array) -> bool:
    return cells.dtype.kind == "f"


def is_there(cells: Array) -> Array:
    return ~np.isnan(cells) if is_number(cells) else cells != np.array(None)


def removed(table: Columns, how: str, train: Columns) -> dict[str, Array]:
    """Which cells are taken away, bool [N] of each column."""
    rng, chosen = np.random.default_rng(SEED), {}
    for name, cells in table.items():
        chance = np.full(len(cells), 0.1 if how == "self" else float(how[:-1]) / 100)
        if how == "self":
            known = train[name][is_there(train[name])]
            values, counts = np.unique(known.astype(str), return_counts=True)
            many = (
                cells > np.median(known) if is_number(cells) else cells == values[counts.argmax()]
            )
            chance[many.astype(bool)] = 0.6
        chosen[name] = is_there(cells) & (rng.random(len(cells)) < chance)
    return chosen


def with_holes(table: Columns, holes: dict[str, Array]) -> Columns:
    return {
        name: np.where(holes[name], np.nan if is_number(cells) else None, cells)
        for name, cells in table.items()
    }


def errors(coding: Coding, table: Columns, filled: Columns, holes: dict[str, Array]) -> Any:
    """Where rules leave a filled row no number, its column's mean stands for it."""
    squares = []
    for name, (loc, scale) in coding.numbers.items():
        guess = np.where(np.isnan(filled[name]), loc, filled[name])
        squares.append(((guess - table[name])[holes[name]] / scale) ** 2)
    wrong = [(filled[n] != table[n])[holes[n]] for n in coding.labels]
    return {
        "numbers": float(np.sqrt(np.concatenate(squares).mean())),
        "labels": float(np.concatenate(wrong).mean()),
    }


def other(name: str, train: Array, holes: Array) -> Array:
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

    imputer = {
        "mean": SimpleImputer(),
        "neighbours": KNNImputer(n_neighbors=10),
        "iterative": IterativeImputer(max_iter=5, n_nearest_features=20, random_state=SEED),
    }[name]
    with warnings.catch_warnings():  # five rounds are meant
        warnings.simplefilter("ignore")
        return imputer.fit(train).transform(holes)


def measure(name: str, how: str) -> dict[str, Any]:
    data = datasets.load(name)
    schema = Schema.of_dict(data.schema or {})
    train, test = (schema.decode(rows[np.arange(len(rows))]) for rows in (data.train, data.test))
    coding, table = Coding(train), some(test, ROWS)
    holes = removed(table, how, train)
    few, given = some(train, TRAINED_ON), with_holes(table, holes)
    start = time.perf_counter()
    filled = model_of(name).impute(given, draws=DRAWS)
    seconds = time.perf_counter() - start
    found = {"model": errors(coding, table, filled.best, holes)}
    found["model"] |= {"inside": inside(coding, table, filled.draws, holes), "seconds": seconds}
    for each in OTHERS:
        x = other(each, coding.encode(few), coding.encode(given))
        found[each] = errors(coding, table, coding.decode(x), holes)
    return found


def inside(coding: Coding, table: Columns, draws: list[Columns], holes: dict[str, Array]) -> float:
    held = []
    for name, (loc, _) in coding.numbers.items():
        guesses = np.stack([np.where(np.isnan(d[name]), loc, d[name]) for d in draws])
        low, high = np.quantile(guesses, (0.1, 0.9), axis=0)
        held.append(((low <= table[name]) & (table[name] <= high))[holes[name]])
    return float(np.concatenate(held).mean())


def each(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield measure(*name.split())


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    names = ("model", *OTHERS)
    lines = [f"| removed | {' | '.join(names)} | inside 80% |", "|---" * (len(names) + 2) + "|"]
    for name, r in sorted(results.items()):
        cells = [f"{r[n]['numbers']:.3f}, {r[n]['labels']:.1%}" for n in names]
        lines.append(f"| {name} | {' | '.join(cells)} | {r['model']['inside']:.1%} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report(
        "imputation",
        __doc__ or "",
        [f"{n} {h}" for n in ("adult", "nhanes") for h in SHARES],
        each,
        table,
    )
