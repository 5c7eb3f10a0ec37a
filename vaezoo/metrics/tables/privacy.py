"""How much synthetic rows tell of the rows that were trained on.

None of it is a guarantee: no differential privacy is claimed by any of these figures.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.metrics.ranking import auroc
from vaezoo.metrics.samples import nearest_distances
from vaezoo.metrics.tables.cells import Columns, Table, columns_of
from vaezoo.metrics.tables.features import MixedFeatures
from vaezoo.protocols import Array


def closest_record_share(
    train: Table, holdout: Table, synthetic: Table, seed: int = 0
) -> dict[str, float]:
    """How often a synthetic row's closest real one is among those that were trained on.

        P[min_i d(synthetic, train_i) < min_j d(synthetic, holdout_j)],    ties count half

    Distance to closest record (DCR) with equal halves: Platzer & Reutterer 2021, sec. 3.3,
    https://doi.org/10.3389/fdata.2021.679939. Distances as `table_density_coverage` has them.

    Args:
        train: columns by name, that the model was trained on.
        holdout: as many rows that it was not; the larger of both is cut, by chance.
        synthetic: rows of the model.
        seed: decides the cut.

    Returns:
        share: 0.5 where nothing is copied, 1 where all is;
        standard_error: of the share, over the synthetic rows.

    Example:
        >>> closest_record_share({"x": [0.0, 1]}, {"x": [5.0, 6]}, {"x": [0.0, 1]})["share"]
        1.0
    """
    tables = _equal(train, holdout, synthetic, seed)
    to_train, to_holdout = (_distances(tables[2], real, tables) for real in tables[:2])
    nearer = np.where(to_train == to_holdout, 0.5, to_train < to_holdout)
    share = float(nearer.mean())
    return {"share": share, "standard_error": math.sqrt(share * (1 - share) / len(nearer))}


def membership_auroc(train: Table, holdout: Table, synthetic: Table, seed: int = 0) -> float:
    """How well a row's distance to the nearest synthetic one tells that it was trained on.

    The attack of Chen et al. 2020, sec. 4.2, https://arxiv.org/abs/1909.03935, by someone who has
    nothing but synthetic rows: area under the curve, 0.5 by chance, 1 where all can be told.
    Arguments as of `closest_record_share`.

    Example:
        >>> membership_auroc({"x": [0.0, 1]}, {"x": [5.0, 6]}, {"x": [0.0, 1]})
        1.0
    """
    tables = _equal(train, holdout, synthetic, seed)
    scores = [-_distances(real, tables[2], tables) for real in tables[:2]]
    members = np.repeat([True, False], [len(each) for each in scores])
    return auroc(np.concatenate(scores), members)


def exact_copies(train: Table, synthetic: Table) -> int:
    """Synthetic rows that equal a row of the data, but for those that the data repeat.

    A row that several have in common tells nothing of one of them.

    Example:
        >>> exact_copies({"x": [1.0, 2, 2]}, {"x": [1.0, 1, 2, 3]})
        2
    """
    a = columns_of(train, "train")
    b = columns_of(synthetic, "synthetic", a)
    once = {row for row, count in Counter(_rows(a)).items() if count == 1}
    return sum(row in once for row in _rows(b))


def _rows(columns: Columns) -> list[tuple[object, ...]]:
    """Rows that can be compared: NaN is None."""
    numbers = [
        np.where(np.isnan(x), np.array(None), x.astype(object)) for x in columns.numbers.values()
    ]
    cells = [each.tolist() for each in (*numbers, *columns.categories.values())]
    return list(zip(*cells, strict=True))


def _equal(train: Table, holdout: Table, synthetic: Table, seed: int) -> list[Columns]:
    """The tables, of which the first two have as many rows."""
    a = columns_of(train, "train")
    b, c = columns_of(holdout, "holdout", a), columns_of(synthetic, "synthetic", a)
    rng, num = np.random.default_rng(check_seed(seed)), min(a.num, b.num)
    a, b = (each.take(np.sort(rng.permutation(each.num)[:num])) for each in (a, b))
    return [a, b, c]


def _distances(of: Columns, to: Columns, tables: list[Columns]) -> Array:
    """Distances to the nearest row, by features that are fitted to both halves alike."""
    features = MixedFeatures.fitted(_joined(tables[0], tables[1]))
    return nearest_distances(features(of), features(to))


def _joined(a: Columns, b: Columns) -> Columns:
    numbers = {name: np.concatenate([x, b.numbers[name]]) for name, x in a.numbers.items()}
    categories = {n: np.concatenate([x, b.categories[n]]) for n, x in a.categories.items()}
    return Columns(numbers, categories, a.num + b.num)
