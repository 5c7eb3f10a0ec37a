"""Rows of mixed columns as points, whose distances are what measures of tables compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaezoo.metrics.tables.cells import Columns
from vaezoo.protocols import Array


@dataclass(frozen=True)
class MixedFeatures:
    """A map of rows to points, fitted to a table.

        numbers: (x - mean) / standard deviation; missing: 0, and a feature of its own is 1
        categories: one-hot over sqrt(2), so that two different ones are 1 apart

    Attributes:
        moments: mean and standard deviation of each column of numbers.
        values: of each column of categories, the missing one too; others are zeros.
    """

    moments: dict[str, tuple[float, float]]
    values: dict[str, list[object]]

    @classmethod
    def fitted(cls, columns: Columns) -> MixedFeatures:
        """To these rows."""
        values = {
            name: sorted(set(cells.tolist()), key=str) for name, cells in columns.categories.items()
        }
        return cls({n: _moments(cells) for n, cells in columns.numbers.items()}, values)

    def __call__(self, columns: Columns) -> Array:
        """Points, float64 [N, F]."""
        parts = []
        for name, (mean, deviation) in self.moments.items():
            x = columns.numbers[name]
            gone = np.isnan(x)
            parts += [np.where(gone, 0, (x - mean) / deviation), gone.astype(np.float64)]
        for name, values in self.values.items():
            hot = columns.categories[name][:, None] == np.array(values, object)[None]
            parts += list(hot.T / np.sqrt(2))
        return np.stack(parts, axis=1)


def _moments(cells: Array) -> tuple[float, float]:
    known = cells[~np.isnan(cells)]
    if not len(known):
        return 0.0, 1.0
    return float(known.mean()), float(known.std()) or 1.0
