"""Figures of a model of tables: how good its rows are, beside real ones and simple baselines."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.errors import MissingExtraError
from vaezoo.metrics import tables
from vaezoo.protocols import Array
from vaezoo.runtime.model import Model
from vaezoo.tables.model import TableModel
from vaezoo.tables.schema import Schema

ROWS = 1_000  # of each kind that are compared
_CHECKED = 10_000  # of the model, that are held against the rules
LEAST = 40  # rows of data, of which each half has some
SOURCES = ("model", "real", "independent", "interpolated")
Columns = Mapping[str, Array]


def table_figures(model: Model, data: Dataset, seed: int = 0) -> dict[str, Any]:
    """How good generated rows are, JSON-serialisable; {} where there are fewer than 40 rows.

    Args:
        model: of tables.
        data: that it was trained on.
        seed: decides rows and baselines.

    Returns:
        rows: for "model", "real" (test rows that nothing else sees), "independent" (columns drawn
        each alone from training rows) and "interpolated" (rows between training rows), what
        `vaezoo.metrics.tables` says of them against training rows: shapes, pairs, c2st, density,
        coverage, gaps, closest, membership, copies;
        num: how many of each;
        rules: for each rule, the share of rows that break it, of the data, as the model draws
        them, and as it generates them;
        columns, pairs: scores of each column, and of each pair, of the model and of real rows.
    """
    table = TableModel(model)
    few = _Rows.of(table.schema, data, seed)
    if few is None:
        return {}
    made = table.generate(max(_CHECKED, few.num), seed=seed)
    rows = {
        "model": {name: cells[: few.num] for name, cells in made.items()},
        "real": few.real,
        "independent": tables.independent_columns(few.train, few.num, seed),
        "interpolated": tables.interpolated_rows(few.train, few.num, seed=seed),
    }
    compared = {name: _scores(few.train, rows[name]) for name in ("model", "real")}
    return {
        "num": few.num,
        "rows": {name: _likeness(few, cells, seed) for name, cells in rows.items()},
        "rules": _rules(table, data, made, seed),
        "columns": {name: columns for name, (columns, _) in compared.items()},
        "pairs": {name: pairs for name, (_, pairs) in compared.items()},
    }


@dataclasses.dataclass(frozen=True)
class _Rows:
    """As many training rows, test rows, and other test rows that are held out."""

    train: Columns
    real: Columns
    held_out: Columns
    num: int

    @classmethod
    def of(cls, schema: Schema, data: Dataset, seed: int) -> _Rows | None:
        """Of data whose test rows stand for training rows where there are none of these."""
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(data.test))
        parts = np.array_split(order, 2 if len(data.train) else 3)
        num = min(ROWS, *map(len, parts), len(data.train) or ROWS)
        if num < LEAST // 2:
            return None
        source = data.train if len(data.train) else data.test
        trained = rng.permutation(len(source)) if len(data.train) else parts[2]
        picks = ((source, trained), (data.test, parts[0]), (data.test, parts[1]))
        train, real, held_out = (
            schema.decode(np.asarray(x[np.sort(rows[:num])], np.float64)) for x, rows in picks
        )
        return cls(train, real, held_out, num)


def _likeness(few: _Rows, rows: Columns, seed: int) -> dict[str, float]:
    train, held_out = few.train, few.held_out
    found = {
        "shapes": tables.mean_score(tables.column_shapes(train, rows).values()),
        "pairs": tables.mean_score(tables.pair_trends(train, rows).values()),
        **tables.table_density_coverage(train, rows),
        "gaps": tables.missingness(train, rows)["share_error"],
        "closest": tables.closest_record_share(train, held_out, rows, seed)["share"],
        "membership": tables.membership_auroc(train, held_out, rows, seed),
        "copies": float(tables.exact_copies(train, rows)),
    }
    with contextlib.suppress(MissingExtraError):  # it needs scikit-learn
        found["c2st"] = tables.classifier_two_sample(train, rows, seed)["accuracy"]
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _scores(train: Columns, rows: Columns) -> tuple[dict[str, float], list[list[float | None]]]:
    """Of each column by name, and of each pair as a matrix; None where there is no score."""
    shapes = {name: _known(score) for name, score in tables.column_shapes(train, rows).items()}
    names = list(shapes)
    pairs: list[list[float | None]] = [[None] * len(names) for _ in names]
    for (first, second), score in tables.pair_trends(train, rows).items():
        i, j = names.index(first), names.index(second)
        pairs[i][j] = pairs[j][i] = _known(score)
    for i, name in enumerate(names):
        pairs[i][i] = shapes[name]
    return {name: score for name, score in shapes.items() if score is not None}, pairs


def _known(score: float) -> float | None:
    return round(float(score), 4) if np.isfinite(score) else None


def _rules(table: TableModel, data: Dataset, made: Columns, seed: int) -> dict[str, Any]:
    constraints, schema = table.schema.constraints, table.schema
    if constraints is None:
        return {}
    free = TableModel(table.model, rules=False)

    def share(columns: Columns) -> dict[str, float]:
        broken = constraints.check(columns)
        return {name: float(rows.mean()) for name, rows in broken.items()}

    tested = np.asarray(data.test[np.arange(min(len(data.test), _CHECKED))], np.float64)
    kinds = {
        "data": share(schema.decode(tested)),
        "drawn": share(free.generate(_CHECKED, seed=seed)),
        "generated": share(made),
    }
    return {
        rule.name: {
            "text": rule.text,
            **{kind: shares[rule.name] for kind, shares in kinds.items()},
        }
        for rule in constraints.rules.rules
    }
