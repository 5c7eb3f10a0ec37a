"""p(x|z) of the rows of a table, from what a decoder's graph puts out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.runtime.families import ParametricDistribution
from vaezoo.tables.density import RowDensity
from vaezoo.tables.layout import Layout


@dataclass(frozen=True, repr=False)
class TableRows(ParametricDistribution):
    """Rows that `vaezoo.tables.Schema.encode` gives, each cell by itself.

    Attributes:
        layout: of the decoder's outputs.
    """

    layout: Layout | None = None

    needs = frozenset({"mean", "cells"})

    @property
    def cells(self) -> RowDensity:
        """The cells' distributions."""
        assert self.layout is not None
        return RowDensity(self.layout, self.parameters["cells"])

    def stddev(self) -> Array:
        raise ConfigError(
            "p(x|z) of a table has no stddev() in closed form: take that of samples, .sample(seed)."
        )

    def _draw(self, rng: np.random.Generator) -> Array:
        cells = self.cells
        return cells.layout.schema.nearest(cells.sample(rng)).reshape(self.mean().shape)

    def _log_prob(self, x: Array) -> Array:
        cells, schema, shape = self.cells, self.cells.layout.schema, x.shape
        x = x.reshape(len(x), -1)
        gaps = np.zeros((len(x), len(schema.with_gaps)))
        gaps[:, cells.layout.gap_columns] = cells.log_prob_of_gaps(x)
        found = np.concatenate([cells.log_prob(x) * schema.observed(x), gaps], axis=1)
        return found.reshape(shape)
