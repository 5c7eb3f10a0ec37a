"""Random tables, and random rules that one hidden row of each obeys."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules import Column

SIGNS = ("<", "<=", ">", ">=", "=", "!=")
STEPS = (1, 1, 1, 0.1, 0.5, 0.01, None)


@dataclass(frozen=True)
class Case:
    """Facts, rules, and a row that obeys them, with a value in every column."""

    facts: dict[str, Column]
    texts: list[str]
    row: dict[str, object]


def case(seed: int) -> Case:
    """A random one."""
    rng = np.random.default_rng(seed)
    facts: dict[str, Column] = {}
    row: dict[str, object] = {}
    for number in range(rng.integers(2, 5)):
        step = STEPS[rng.integers(len(STEPS))]
        nullable = bool(rng.random() < 0.4)
        facts[f"x{number}"] = Column(lower=-20, upper=20, step=step, nullable=nullable)
        x = rng.integers(-20, 21) if step == 1 else rng.uniform(-20, 20)
        row[f"x{number}"] = float(x) if step is None else float(round(round(x / step) * step, 9))
    for number in range(rng.integers(1, 4)):
        names = tuple("abcd"[: rng.integers(2, 5)])
        kind = "ordinal" if rng.random() < 0.3 else "category"
        facts[f"c{number}"] = Column(kind, categories=names, nullable=bool(rng.random() < 0.4))
        row[f"c{number}"] = names[rng.integers(len(names))]
    texts = [_rule(rng, facts, row) for _ in range(rng.integers(1, 7))]
    return Case(facts, list(dict.fromkeys(texts)), row)


def _rule(rng: np.random.Generator, facts: dict[str, Column], row: dict[str, object]) -> str:
    kind = rng.integers(6)
    if kind == 0:
        return _true(rng, facts, row)
    if kind == 1:
        return f"{_any(rng, facts, row)} => {_true(rng, facts, row)}"
    if kind == 2:
        return f"{_any(rng, facts, row)} or {_true(rng, facts, row)}"
    if kind == 3:
        names = [name for name, column in facts.items() if column.nullable]
        name = names[rng.integers(len(names))] if names else "x0"
        return f"{name} only if {_true(rng, facts, row)}"
    if kind == 4:
        return f"not ({_false(rng, facts, row)} and {_any(rng, facts, row)})"
    return _combination(rng, facts, row)


def _any(rng: np.random.Generator, facts: dict[str, Column], row: dict[str, object]) -> str:
    return (_true if rng.random() < 0.5 else _false)(rng, facts, row)


def _true(rng: np.random.Generator, facts: dict[str, Column], row: dict[str, object]) -> str:
    letter = "x" if rng.random() < 0.7 else "c"
    names = [name for name in facts if name.startswith(letter)]
    if names[0].startswith("c"):
        name = names[rng.integers(len(names))]
        other = facts[name].categories[rng.integers(len(facts[name].categories))]
        return f"{name} in {{{row[name]}, {other}}}"
    chosen = rng.choice(names, size=min(len(names), rng.integers(1, 4)), replace=False)
    terms = [(int(rng.integers(1, 4) * rng.choice([-1, 1])), str(name)) for name in chosen]
    total = sum(factor * float(str(row[name])) for factor, name in terms)
    sign = SIGNS[rng.choice(len(SIGNS), p=[0.2, 0.25, 0.2, 0.2, 0.1, 0.05])]
    away = round(float(rng.uniform(0.5, 9)), 1)
    bound = {"=": total, "<": total + away, "<=": total + away}.get(sign, total - away)
    written = " + ".join(f"{factor} * {name}" for factor, name in terms)
    within = " within 0.000001" if sign == "=" else ""
    return f"{written} {sign} {round(bound, 6)}{within}"


def _false(rng: np.random.Generator, facts: dict[str, Column], row: dict[str, object]) -> str:
    return f"not ({_true(rng, facts, row)})"


def _combination(rng: np.random.Generator, facts: dict[str, Column], row: dict[str, object]) -> str:
    names = [name for name in facts if name.startswith("c")]
    rows = [tuple(str(row[name]) for name in names)]
    for _ in range(3):
        rows.append(tuple(str(rng.choice(facts[name].categories)) for name in names))
    if len(names) == 1:
        return f"{names[0]} in {{{', '.join(sorted({row[0] for row in rows}))}}}"
    listed = ", ".join(f"({', '.join(each)})" for each in rows)
    return f"({', '.join(names)}) in {{{listed}}}"


def table(case: Case, num: int, seed: int) -> dict[str, Array]:
    """Random rows, of which the first is the one that obeys the rules."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Array] = {}
    for name, facts in case.facts.items():
        gone = rng.random(num) < (0.2 if facts.nullable else 0)
        if facts.categories:
            cells = np.array(facts.categories, object)[
                rng.integers(len(facts.categories), size=num)
            ]
            columns[name] = np.where(gone, None, cells)
        else:
            columns[name] = np.where(gone, np.nan, rng.uniform(-25, 25, num))
        columns[name][0] = case.row[name]
    return columns


def through_csv(columns: dict[str, Array], facts: dict[str, Column]) -> dict[str, Array]:
    """Columns that were written to a .csv, with the decimals of their steps, and read."""
    file = io.StringIO()
    writer = csv.writer(file)
    for line in zip(*columns.values(), strict=True):
        writer.writerow(["" if cell is None or cell != cell else cell for cell in line])
    file.seek(0)
    lines = list(zip(*csv.reader(file), strict=True))
    read: dict[str, Array] = {}
    for name, cells in zip(columns, lines, strict=True):
        if facts[name].categories:
            read[name] = np.array([cell or None for cell in cells], object)
        else:
            read[name] = np.array([float(cell) if cell else np.nan for cell in cells])
    return read
