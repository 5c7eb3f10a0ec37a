"""How alike two tables are as a whole: neighbours, a classifier between them, gaps."""

from __future__ import annotations

import math

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.errors import DataError, need
from vaezoo.metrics.ranking import auroc
from vaezoo.metrics.samples import density_coverage
from vaezoo.metrics.tables.cells import Table, codes, columns_of
from vaezoo.metrics.tables.features import MixedFeatures
from vaezoo.metrics.tables.shapes import overlap
from vaezoo.protocols import Array


def table_density_coverage(real: Table, synthetic: Table, k: int = 5) -> dict[str, float]:
    """`density_coverage` of rows of mixed columns.

    Distances are Euclidean: numbers in standard deviations of the real ones, two different
    categories, or a missing cell and another one, 1 apart. Compare only at equal numbers of rows.

    Args:
        real: columns by name, [N] each.
        synthetic: the same columns, [M] each.
        k: neighbours, fewer than N.

    Example:
        >>> table = {"x": [0.0, 1, 2, 3, 4, 5], "c": list("aabbcc")}
        >>> table_density_coverage(table, table, k=2)["coverage"]
        1.0
    """
    a = columns_of(real, "real")
    b = columns_of(synthetic, "synthetic", a)
    features = MixedFeatures.fitted(a)
    return density_coverage(features(a), features(b), k)


def classifier_two_sample(real: Table, synthetic: Table, seed: int = 0) -> dict[str, float]:
    """How well a random forest tells synthetic rows from real ones (C2ST).

    Lopez-Paz & Oquab 2017, sec. 3, https://arxiv.org/abs/1610.06545: 50 trees with leaves of 5
    rows or more, trained on one half of the rows, tested on the other, and the other way round.
    Categories are numbered. Needs scikit-learn.

    Args:
        real: columns by name, N of 20 or more.
        synthetic: the same columns. Both are cut to the size of the smaller one.
        seed: decides the halves.

    Returns:
        accuracy: 0.5 for equal distributions, 1 for disjoint ones;
        auroc: likewise;
        standard_error: of the accuracy over 2N test rows.

    Raises:
        DataError: too few rows.
        MissingExtraError: there is no scikit-learn.
    """
    need("tables", "sklearn", "C2ST")
    from sklearn.ensemble import RandomForestClassifier

    x, is_real = _halves(real, synthetic, np.random.default_rng(check_seed(seed)))
    scores = np.zeros(len(x))
    half = len(x) // 2
    for train, test in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        forest = RandomForestClassifier(50, min_samples_leaf=5, random_state=seed)
        forest.fit(x[train], is_real[train])
        scores[test] = forest.predict_proba(x[test])[:, 1]
    accuracy = float(((scores > 0.5) == is_real).mean())
    areas = [auroc(scores[part], is_real[part]) for part in (slice(half), slice(half, None))]
    error = math.sqrt(accuracy * (1 - accuracy) / len(x))
    return {"accuracy": accuracy, "auroc": float(np.mean(areas)), "standard_error": error}


def _halves(real: Table, synthetic: Table, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows as numbers, of which each half has as many real ones as synthetic ones."""
    a = columns_of(real, "real")
    b = columns_of(synthetic, "synthetic", a)
    num = min(a.num, b.num) // 2 * 2
    if num < 20:
        raise DataError(f"the tables have {a.num} and {b.num} rows: expected 20 or more of each.")
    a, b = (each.take(rng.permutation(each.num)[:num]) for each in (a, b))
    numbers = [np.stack([a.numbers[name], b.numbers[name]], axis=1) for name in a.numbers]
    coded = [codes(a.categories[name], b.categories[name])[:2] for name in a.categories]
    features = [*numbers, *(np.stack(pair, axis=1) for pair in coded)]
    return np.stack([f.reshape(-1) for f in features], axis=1), np.tile([True, False], num)


def missingness(real: Table, synthetic: Table) -> dict[str, float]:
    """How alike the gaps of two tables are.

    Args:
        real: columns by name, [N] each.
        synthetic: the same columns, [M] each.

    Returns:
        share_error: |share missing in real - in synthetic|, mean over columns;
        largest_share_error: of the column where it is largest;
        pair_error: likewise of two cells both missing, mean over pairs of columns;
        pattern_overlap: 1 - total variation of the rows' patterns of gaps, 1 for equal ones.

    Example:
        >>> gaps = {"x": [1.0, float("nan")], "y": [1.0, 2.0]}
        >>> missingness(gaps, {"x": [1.0, 2.0], "y": [1.0, 2.0]})["share_error"]
        0.25
    """
    a = columns_of(real, "real")
    b = columns_of(synthetic, "synthetic", a)
    gaps = [np.stack([*each.missing().values()], axis=1).astype(np.float64) for each in (a, b)]
    shares = np.abs(gaps[0].mean(axis=0) - gaps[1].mean(axis=0))
    both = np.abs(gaps[0].T @ gaps[0] / a.num - gaps[1].T @ gaps[1] / b.num)
    pairs = both[np.triu_indices(len(both), 1)]
    return {
        "share_error": float(shares.mean()),
        "largest_share_error": float(shares.max()),
        "pair_error": float(pairs.mean()) if len(pairs) else 0.0,
        "pattern_overlap": _pattern_overlap(*gaps),
    }


def _pattern_overlap(a: Array, b: Array) -> float:
    rows = np.concatenate([a, b]).astype(bool)
    packed = np.packbits(rows, axis=1)
    numbers = np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)
    return overlap(numbers[: len(a)], numbers[len(a) :], int(numbers.max()) + 1)
