"""Weighted draws of z for rows with gaps, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaezoo._checks import comparing_only, positive
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.tables.density import RowDensity
from vaezoo.tables.layout import Layout

if TYPE_CHECKING:
    from vaezoo.runtime.model import Model


@dataclass(frozen=True)
class Proposals:
    """K draws of z ~ q(z|x) for each of N rows.

    Attributes:
        rows: encoded, [N, width].
        log_weights: log p(x_observed, z_k) - log q(z_k|x), without what gaps say, nats, [N, K].
        cells: p(x|z_k) of all, one row after the other.
    """

    rows: Array
    log_weights: Array
    cells: RowDensity

    @classmethod
    def of(
        cls, model: Model, layout: Layout, rows: Array, num: int, rng: np.random.Generator
    ) -> Proposals:
        """`num` for each row.

        Raises:
            ConfigError: q(z|x) is no diagonal normal.
        """
        x = rows.astype(np.float32)
        q, dim = model.encode(x), model.latent_dim
        if model.noise_size != dim or not {"mean", "scale"} <= {*q.parameters}:
            raise ConfigError(
                "this needs a model whose q(z|x) is a diagonal normal: train one with "
                'posterior="diagonal_normal".'
            )
        noise = rng.standard_normal((len(rows), positive("num_samples", num), dim), np.float32)
        z = q.mean()[:, None] + q.stddev()[:, None] * noise
        cells = RowDensity(layout, model.decoder_output(z.reshape(-1, dim), "cells"))
        with comparing_only():
            log_weights = model.score(x, noise=noise).astype(np.float64)
        return cls(rows, log_weights - _of_gaps(cells, rows, num), cells)

    @property
    def shares(self) -> Array:
        """Of the weights, which sum to 1 in each row, [N, K]."""
        total = np.logaddexp.reduce(self.log_weights, axis=1, keepdims=True)
        return np.asarray(np.exp(self.log_weights - total))

    def effective_sample_size(self) -> Array:
        """1 / sum of the squared shares: 1 to K, [N]."""
        return np.asarray(1 / (self.shares**2).sum(axis=1))

    def draw(self, draws: int, rng: np.random.Generator) -> Array:
        """Rows without gaps, drawn of p(x|x_observed), encoded, [draws, N, width]."""
        layout, (num, many) = self.cells.layout, self.log_weights.shape
        picks = np.stack([rng.choice(many, draws, p=share) for share in self.shares], axis=1)
        chosen = (picks + many * np.arange(num)).reshape(-1)
        cells = RowDensity(layout, self.cells.outputs[chosen])
        drawn = layout.schema.nearest(cells.sample(rng, gaps=False))
        return drawn.reshape(draws, num, -1)

    def best(self, rng: np.random.Generator) -> Array:
        """E[x_i|x_observed] of numbers, by one draw of each proposal, and the likeliest labels,
        encoded, [N, width]."""
        layout, shares = self.cells.layout, self.shares
        drawn = self.cells.sample(rng, gaps=False).reshape(*shares.shape, -1)
        found = np.einsum("nk,nkw->nw", shares, drawn)
        for group in layout.groups:
            probabilities = np.exp(self.cells.labels(group))
            probabilities = probabilities.reshape(*shares.shape, *probabilities.shape[1:])
            mean = np.einsum("nk,nkvc->nvc", shares, probabilities)
            found[:, group.places] = mean.argmax(axis=2)
        found[:, len(layout.schema.learned) :] = 1
        return layout.schema.nearest(found)

    def scores(self) -> tuple[Array, Array]:
        """log p(x), [N], gaps included where they are learned; and log p(x_i | all other cells),
        [N, V], NaN in gaps."""
        num = self.log_weights.shape[1]
        log_weights = self.log_weights + _of_gaps(self.cells, self.rows, num)
        of_cells = self.cells.log_prob(self.rows.repeat(num, axis=0))
        of_cells = of_cells.reshape(*log_weights.shape, -1)
        total = np.logaddexp.reduce(log_weights, axis=1)
        without = np.logaddexp.reduce(log_weights[..., None] - of_cells, axis=1)
        seen = self.cells.layout.schema.observed(self.rows)
        return total - math.log(num), np.where(seen, total[:, None] - without, np.nan)


def _of_gaps(cells: RowDensity, rows: Array, num: int) -> Array:
    """log p of which cells are missing, where that is learned, [N, K]."""
    found = cells.log_prob_of_gaps(rows.repeat(num, axis=0)).sum(axis=1)
    return np.asarray(found.reshape(len(rows), num))
