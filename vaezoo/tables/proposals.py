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

_LOG_2PI = math.log(2 * math.pi)
GUESSES = 256  # of a row, at most


@dataclass(frozen=True)
class Normals:
    """Mixtures of M diagonal normals with equal weights, of z, for each of N rows.

    Attributes:
        mean: [N, M, D].
        scale: [N, M, D].
    """

    mean: Array
    scale: Array

    @classmethod
    def of(cls, model: Model, rows: Array) -> Normals:
        """q(z|x) of encoded rows [N, M, width].

        Raises:
            ConfigError: q(z|x) is no diagonal normal.
        """
        q = model.encode(rows.reshape(-1, rows.shape[2]).astype(np.float32))
        if model.noise_size != model.latent_dim or not {"mean", "scale"} <= {*q.parameters}:
            raise ConfigError(
                "this needs a model whose q(z|x) is a diagonal normal: train one with "
                'posterior="diagonal_normal".'
            )
        shape = (*rows.shape[:2], model.latent_dim)
        return cls(q.mean().reshape(shape), q.stddev().reshape(shape))

    def draw(self, num: int, rng: np.random.Generator) -> Array:
        """z, [N, num, D], float32: of the normals in turn, whose order is random."""
        places = np.arange(num) % self.mean.shape[1]
        noise = rng.standard_normal((len(self.mean), num, self.mean.shape[2]), np.float32)
        return self.mean[:, places] + self.scale[:, places] * noise

    def log_prob(self, z: Array) -> Array:
        """Of z [N, K, D], in nats, [N, K], float64."""
        mean, rate = self.mean.astype(np.float64), 1 / self.scale.astype(np.float64) ** 2
        z = np.swapaxes(z.astype(np.float64), 1, 2)
        distance = rate @ z**2 - 2 * (mean * rate) @ z  # [N, M, K]
        distance += (mean**2 * rate - np.log(rate) + _LOG_2PI).sum(axis=2)[..., None]
        return np.logaddexp.reduce(-0.5 * distance, axis=1) - math.log(mean.shape[1])


@dataclass(frozen=True)
class Proposals:
    """K draws of z for each of N rows, z ~ q(z|x) or of a better proposal.

    Attributes:
        rows: encoded, [N, width].
        log_weights: log p(x_observed, z_k) less the log-density of the proposal, without what gaps
            say, nats, [N, K].
        cells: p(x|z_k) of all, one row after the other.
    """

    rows: Array
    log_weights: Array
    cells: RowDensity

    @classmethod
    def of(
        cls, model: Model, layout: Layout, rows: Array, num: int, rng: np.random.Generator
    ) -> Proposals:
        """`num` of q(z|x) for each row.

        Raises:
            ConfigError: q(z|x) is no diagonal normal.
        """
        proposal = Normals.of(model, rows[:, None])
        return cls._drawn(model, layout, rows, proposal, positive("num_samples", num), rng)

    def refined(self, model: Model, rng: np.random.Generator) -> Proposals:
        """As many, proposed by the model's own guesses of what is missing.

            q(z) = 1/M sum_m q(z|x_observed, x_missing,m),    x_missing,m ~ p(x_missing|x_observed)

        with M guesses by the weights so far, gaps included, as the encoder knows rows: where
        q(z|x) of a row with holes is far from the posterior, this is near it. The Gibbs sampler of
        Mattei & Frellsen 2018, https://arxiv.org/abs/1802.04826, alg. 1, whose step proposes for
        importance sampling here instead of going on a chain.
        """
        layout, num = self.cells.layout, self.log_weights.shape[1]
        guesses = layout.schema.nearest(self._resampled(min(num, GUESSES), rng).sample(rng))
        guesses = np.swapaxes(guesses.reshape(-1, *self.rows.shape), 0, 1)
        proposal = Normals.of(model, self._completed(guesses))
        return self._drawn(model, layout, self.rows, proposal, num, rng)

    @classmethod
    def _drawn(
        cls,
        model: Model,
        layout: Layout,
        rows: Array,
        proposal: Normals,
        num: int,
        rng: np.random.Generator,
    ) -> Proposals:
        z, x = proposal.draw(num, rng), rows.astype(np.float32)
        cells = RowDensity(layout, model.decoder_output(z.reshape(-1, z.shape[2]), "cells"))
        own = Normals.of(model, rows[:, None])  # what the model's score is relative to
        with comparing_only():
            log_weights = model.score(x, noise=(z - own.mean) / own.scale).astype(np.float64)
        log_weights += own.log_prob(z) - proposal.log_prob(z)
        return cls(rows, log_weights - _of_gaps(cells, rows, num), cells)

    def _completed(self, guesses: Array) -> Array:
        """Guesses [N, M, width] with the cells that are there."""
        schema = self.cells.layout.schema
        seen = schema.observed(self.rows)
        kept = np.concatenate([seen, seen[:, [*schema.with_gaps]]], axis=1)[:, None]
        return np.where(kept, self.rows[:, None], guesses)

    def _resampled(self, num: int, rng: np.random.Generator) -> RowDensity:
        """p(x|z) of `num` of the z of each row, by their weights, as evenly as can be; the rows
        one after the other, `num` times."""
        shares, many = self.shares, self.log_weights.shape[1]
        picks = np.stack([systematic(share, num, rng) for share in shares], axis=1)
        chosen = (picks + many * np.arange(len(shares))).reshape(-1)
        return RowDensity(self.cells.layout, self.cells.outputs[chosen])

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
        drawn = self._resampled(draws, rng).sample(rng, gaps=False)
        return self.cells.layout.schema.nearest(drawn).reshape(draws, len(self.rows), -1)

    def best(self, rng: np.random.Generator) -> Array:
        """E[x_i|x_observed] of numbers, the mean of K draws, and the likeliest labels, encoded,
        [N, width]."""
        layout, shares = self.cells.layout, self.shares
        drawn = self._resampled(shares.shape[1], rng).sample(rng, gaps=False)
        found = drawn.reshape(-1, *self.rows.shape).mean(axis=0)
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


def systematic(shares: Array, num: int, rng: np.random.Generator) -> Array:
    """`num` places by their shares, as evenly as they can be, in random order."""
    steps = np.cumsum(shares)
    steps[-1] = 1.0
    places = np.searchsorted(steps, (np.arange(num) + rng.random()) / num)
    return rng.permutation(places)
