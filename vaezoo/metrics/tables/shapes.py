"""How alike two tables' columns, and pairs of columns, are: the definitions of SDMetrics."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from vaezoo.metrics.tables.cells import Columns, Table, codes, columns_of
from vaezoo.protocols import Array

_DECIMALS = 14  # that SDMetrics rounds numbers to
_BINS = 10
Codes: TypeAlias = tuple[Array, Array, int]  # of both tables, and how many there are


def column_shapes(real: Table, synthetic: Table) -> dict[str, float]:
    """How alike the distributions of each column are, 0 to 1: 1 for equal ones.

        numbers and dates: 1 - sup_x |F_real(x) - F_synthetic(x)|     (Kolmogorov-Smirnov)
        categories:        1 - 1/2 sum_c |p_real(c) - p_synthetic(c)|  (total variation)

    Column shapes of SDMetrics' quality report, https://docs.sdv.dev/sdmetrics. Missing cells are
    left out, `missingness` compares them; NaN for a column that has nothing else. "Column error"
    of papers is 1 - their mean.

    Args:
        real: columns by name, [N] each.
        synthetic: the same columns, [M] each.

    Raises:
        DataError: other columns, or no rows.

    Example:
        >>> column_shapes({"x": [1.0, 2, 3, 4]}, {"x": [1.0, 2, 9, 9]})
        {'x': 0.5}
    """
    a = columns_of(real, "real")
    b = columns_of(synthetic, "synthetic", a)
    scores = {name: _smirnov(cells, b.numbers[name]) for name, cells in a.numbers.items()}
    for name, cells in a.categories.items():
        scores[name] = _variation(cells, b.categories[name])
    return {str(name): scores[str(name)] for name in real}


def pair_trends(real: Table, synthetic: Table) -> dict[tuple[str, str], float]:
    """How alike the relations of each pair of columns are, 0 to 1: 1 for equal ones.

        two of numbers: 1 - |r_real - r_synthetic| / 2,   r is Pearson's correlation
        others:         1 - 1/2 sum_cd |p_real(c, d) - p_synthetic(c, d)|

    Column pair trends of SDMetrics' quality report, https://docs.sdv.dev/sdmetrics. Beside
    categories, numbers count by ten bins of equal width; of each table by its own least and
    greatest number, as SDMetrics has it: a shift of a column shows in its shape, not here. NaN
    where a correlation is of a constant. "Pair error" of papers is 1 - their mean.

    Args:
        real: columns by name, [N] each.
        synthetic: the same columns, [M] each.

    Example:
        >>> table = {"x": [1.0, 2, 3], "y": [2.0, 4, 6]}
        >>> pair_trends(table, {"x": [1.0, 2, 3], "y": [6.0, 4, 2]})
        {('x', 'y'): 0.0}
    """
    a = columns_of(real, "real")
    b = columns_of(synthetic, "synthetic", a)
    names = [str(name) for name in real]
    coded = _coded(a, b)
    scores = {}
    for first, second in itertools.combinations(names, 2):
        if first in a.numbers and second in a.numbers:
            scores[first, second] = _correlations(a, b, first, second)
        else:
            scores[first, second] = _contingency(coded[first], coded[second])
    return scores


def mean_score(scores: Iterable[float]) -> float:
    """The mean of scores that are known; NaN for none.

    Example:
        >>> mean_score([0.5, float("nan"), 1.0])
        0.75
    """
    known = [score for score in scores if not math.isnan(score)]
    return float(np.mean(known)) if known else math.nan


def _smirnov(a: Array, b: Array) -> float:
    a, b = (np.sort(np.round(x[~np.isnan(x)], _DECIMALS)) for x in (a, b))
    if not len(a) or not len(b):
        return math.nan
    points = np.concatenate([a, b])
    shares = [np.searchsorted(x, points, side="right") / len(x) for x in (a, b)]
    return 1 - float(np.abs(shares[0] - shares[1]).max())


def _variation(a: Array, b: Array) -> float:
    a, b = (x[x != np.array(None)] for x in (a, b))
    return overlap(*codes(a, b)) if len(a) and len(b) else math.nan


def overlap(a: Array, b: Array, num: int) -> float:
    """1 less the total variation of two sets of codes."""
    shares = [np.bincount(x, minlength=num) / len(x) for x in (a, b)]
    return 1 - float(np.abs(shares[0] - shares[1]).sum()) / 2


def _correlations(a: Columns, b: Columns, first: str, second: str) -> float:
    values = [_correlation(c.numbers[first], c.numbers[second]) for c in (a, b)]
    return 1 - abs(values[0] - values[1]) / 2


def _correlation(x: Array, y: Array) -> float:
    """Pearson's, over the rows that have both; NaN for constants."""
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return math.nan
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))


def _coded(a: Columns, b: Columns) -> dict[str, Codes]:
    """Codes of categories, and bins of numbers."""
    numbers = {name: (_bins(x), _bins(b.numbers[name]), _BINS + 2) for name, x in a.numbers.items()}
    return {**numbers, **{name: codes(x, b.categories[name]) for name, x in a.categories.items()}}


def _bins(x: Array) -> Array:
    """Numbers of bins of equal width: the last has missing numbers too, as SDMetrics has it."""
    known = x[~np.isnan(x)]
    edges = np.histogram_bin_edges(known, _BINS) if len(known) else np.zeros(_BINS + 1)
    return np.digitize(x, edges)


def _contingency(first: Codes, second: Codes) -> float:
    """1 less the total variation of pairs."""
    pairs = [x * second[2] + y for x, y in zip(first[:2], second[:2], strict=True)]
    return overlap(pairs[0], pairs[1], first[2] * second[2])
