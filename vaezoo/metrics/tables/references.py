"""Two simple ways to make synthetic tables, which others have to be better than."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_seed, positive
from vaezoo.errors import ConfigError
from vaezoo.metrics.samples import squared_distances
from vaezoo.metrics.tables.cells import Table, columns_of
from vaezoo.metrics.tables.features import MixedFeatures
from vaezoo.protocols import Array

_DECIMALS = 6


def independent_columns(table: Table, num: int, seed: int = 0) -> dict[str, Array]:
    """Rows whose cells are drawn each from its column alone: right shapes, no relations.

    Args:
        table: columns by name, [N] each.
        num: rows to make.
        seed: decides them.

    Example:
        >>> len(independent_columns({"x": [1.0, 2.0]}, 5)["x"])
        5
    """
    rng, num = np.random.default_rng(check_seed(seed)), positive("num", num)
    return {
        str(name): np.asarray(cells)[rng.integers(len(np.asarray(cells)), size=num)]
        for name, cells in table.items()
    }


def interpolated_rows(table: Table, num: int, k: int = 5, seed: int = 0) -> dict[str, Array]:
    """Rows between a row and one of its nearest neighbours: hard to beat, and close to copying.

        x = a + u (b - a),    u ~ U(0, 1);    a category is b's with probability u

    SMOTE-like: Chawla et al. 2002, sec. 4.2 and 6.1, https://doi.org/10.1613/jair.953. Numbers are
    rounded to the decimals of their column; a cell that one of both lacks is b's if u > 1/2.

    Args:
        table: columns by name, [N] each.
        num: rows to make.
        k: neighbours, fewer than N.
        seed: decides rows, neighbours and u.

    Raises:
        ConfigError: as many neighbours as rows.

    Example:
        >>> rows = interpolated_rows({"x": [1.0, 2.0, 3.0]}, 4, k=1)["x"]
        >>> bool(((rows >= 1) & (rows <= 3)).all())
        True
    """
    columns, rng = columns_of(table, "table"), np.random.default_rng(check_seed(seed))
    if positive("k", k) >= columns.num:
        raise ConfigError(f"k={k} neighbours: the table has {columns.num} rows; give a smaller k.")
    first = rng.integers(columns.num, size=positive("num", num))
    second = _neighbours(MixedFeatures.fitted(columns)(columns), first, k, rng)
    u = rng.random(num)
    made = {}
    for name, cells in table.items():
        a, b = (np.asarray(cells)[rows] for rows in (first, second))
        made[str(name)] = np.where(u > rng.random(num), b, a)
        if str(name) in columns.numbers:
            made[str(name)] = _between(a, b, u, _decimals(columns.numbers[str(name)]))
    return made


def _neighbours(x: Array, rows: Array, k: int, rng: np.random.Generator) -> Array:
    """One of the k nearest other rows of each row."""
    found = np.empty(len(rows), np.int64)
    places = rng.integers(k, size=len(rows))
    for part, squares in squared_distances(x[rows], x):
        squares[np.arange(len(squares)), rows[part]] = np.inf
        nearest = np.argpartition(squares, k - 1, axis=1)[:, :k]
        found[part] = nearest[np.arange(len(nearest)), places[part]]
    return found


def _between(a: Array, b: Array, u: Array, decimals: int) -> Array:
    if a.dtype.kind == "M":
        return np.where(u > 0.5, b, a)
    x = np.round(a + u * (b - a), decimals)
    return np.where(np.isnan(x), np.where(u > 0.5, b, a), x).astype(a.dtype)


def _decimals(x: Array) -> int:
    known = x[~np.isnan(x)]
    right = (d for d in range(_DECIMALS) if np.array_equal(np.round(known, d), known))
    return next(right, _DECIMALS)
