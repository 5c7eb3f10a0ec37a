"""A model of tables: generates rows, also given some cells, fills gaps, and finds odd cells."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vaezoo._checks import not_negative_integer, positive
from vaezoo._noise import generator
from vaezoo.errors import ConfigError
from vaezoo.protocols import NUM_SAMPLES, Array
from vaezoo.tables import given as conditions
from vaezoo.tables.density import RowDensity
from vaezoo.tables.frames import as_columns
from vaezoo.tables.layout import layout_of
from vaezoo.tables.lines import Lines
from vaezoo.tables.proposals import GUESSES, Proposals, systematic
from vaezoo.tables.turns import in_turn

if TYPE_CHECKING:
    from vaezoo.runtime.model import Model

_Piece = TypeVar("_Piece")
_PIECE = 16_384  # rows at once: fewer make threads wait for each other, more take memory
_PROPOSED = 8_192  # draws of z at once, to find those that fit
_NUMBERS = 2**22  # outputs of decoders at once
_MOST_DRAWS = 2**22  # of z, to find those that fit
REFINE = 4  # rounds of `impute`
_LEAST = 100  # effective draws, or as many as rows are asked for


@dataclass(frozen=True)
class FilledTable:
    """Rows whose missing cells are filled; all others are as they were.

    Attributes:
        draws: columns by name, once for each draw.
        best: columns by name, with means of numbers, and the likeliest labels.
        effective_sample_size: of the importance weights, 1 to K, [N].
    """

    draws: list[dict[str, Array]]
    best: dict[str, Array]
    effective_sample_size: Array


@dataclass(frozen=True)
class Scores:
    """How likely rows are, and each of their cells given all others.

    Attributes:
        rows: log p(x), nats, [N].
        cells: log p(x_i | all other cells of the row), nats, [N], by column; NaN where a cell is
            missing.
    """

    rows: Array
    cells: dict[str, Array]


class TableModel:
    """An exported model of tables: columns in, columns out, no TensorFlow.

    Args:
        model: from `vaezoo.load`, trained on a table.
        rules: whether rows obey the rules of its schema; otherwise they are as they are drawn.

    Raises:
        ConfigError: the model is not one of tables.

    Attributes:
        schema: of its tables.
        layout: of the decoder's outputs.
    """

    def __init__(self, model: Model, *, rules: bool = True) -> None:
        if model.manifest.schema is None:
            raise ConfigError(
                f"{model.manifest.preset} is a {model.manifest.model} of "
                f"{list(model.data_shape)}, not of tables: train one with --data table.csv."
            )
        self.model = model
        family = model.manifest.families.get("decoder")
        self.layout = layout_of(model.manifest.schema, family.numbers if family else {})
        schema = self.layout.schema
        self.schema = schema if rules else dataclasses.replace(schema, rules=None)

    def generate(
        self, num: int, *, given: Sequence[str] = (), seed: int | None = None
    ) -> dict[str, Array]:
        """New rows as columns by name, in their own units.

        Args:
            num: how many.
            given: conditions that hold in all of them, such as "Gender=female" or "Age>=60".
            seed: decides the draws; None: new ones each time.

        Raises:
            ConfigError: conditions that hardly any row fulfils, or that are none.
            DataError, UnknownNameError: a cell or a column that there is not.
        """
        pieces = list(self.pieces(num, given=given, seed=seed))
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def pieces(
        self,
        num: int,
        *,
        given: Sequence[str] = (),
        seed: int | None = None,
        report: Callable[[float, int], object] | None = None,
    ) -> Iterator[dict[str, Array]]:
        """`generate`, a piece after the other: memory does not grow with `num`. `report` is told
        the effective sample size of draws that were weighted by what is given, and their number."""
        return self._made(num, self.schema.to_columns, given, seed, report)

    def lines(
        self,
        num: int,
        *,
        given: Sequence[str] = (),
        seed: int | None = None,
        report: Callable[[float, int], object] | None = None,
    ) -> Iterator[bytes]:
        """`pieces` as a .csv has them, in UTF-8: its header, and many lines at once."""
        lines = Lines(self.schema)
        yield lines.header
        yield from self._made(num, lines, given, seed, report)

    def _made(
        self,
        num: int,
        finish: Callable[[Array, int], _Piece],
        given: Sequence[str],
        seed: int | None,
        report: Callable[[float, int], object] | None,
    ) -> Iterator[_Piece]:
        """What `finish` makes of encoded rows that obey the schema's rules, and of the number of
        the first of them, a piece after the other."""
        num, rng = positive("num", num), generator(seed)
        wanted = conditions.parse(self.schema, given)
        chosen = self._fitting(num, wanted, rng, report) if wanted else None
        base = int(rng.integers(2**31))
        keep = [self.schema.learned[one.place].name for one in wanted]

        size = max(1, min(_PIECE, 4 * _NUMBERS // self.layout.size))

        def piece(start: int) -> _Piece:
            rng, rows = np.random.default_rng([base, start]), slice(start, min(start + size, num))
            z = self._draw_z(rows.stop - start, rng) if chosen is None else chosen[rows]
            drawn = conditions.draw(self.cells(z), wanted, rng)
            return finish(self._obeying(drawn, keep), start)

        return in_turn(piece, range(0, num, size))

    def cells(self, z: Array) -> RowDensity:
        """p(x|z), for z of shape [N, D]."""
        return RowDensity(self.layout, self.model.decoder_output(z, "cells"))

    def _obeying(self, rows: Array, keep: Sequence[str]) -> Array:
        """Encoded rows within the rules that the schema carries; what is given stays."""
        constraints = self.schema.constraints
        return rows if constraints is None else constraints.repair_rows(rows, keep)

    def _draw_z(self, num: int, rng: np.random.Generator) -> Array:
        return self.model.sample_latents(num, seed=int(rng.integers(2**31)))

    def _fitting(
        self,
        num: int,
        given: Sequence[conditions.Given],
        rng: np.random.Generator,
        report: Callable[[float, int], object] | None,
    ) -> Array:
        """z ~ p(z | given), [num, D], by sampling importance resampling from p(z): more and more
        draws, until their effective number suffices."""
        z, log_weights, needed = [], [], max(num, _LEAST)
        while True:
            z.append(self._draw_z(_PROPOSED, rng))
            log_weights.append(conditions.log_share(self.cells(z[-1]), given))
            weights = np.concatenate(log_weights)
            best = weights.max()
            weights = np.exp(weights - best) if best > -math.inf else np.zeros(len(weights))
            effective = weights.sum() ** 2 / max((weights**2).sum(), 1e-300)
            if effective >= needed:
                break
            if _PROPOSED * len(z) >= min(_MOST_DRAWS, 64 * (num + _PROPOSED)):
                _refuse_few(effective, _PROPOSED * len(z), num)
                break
        if report is not None:
            report(effective, len(weights))
        return np.concatenate(z)[systematic(weights / weights.sum(), num, rng)]

    def score(self, table: Any, *, num_samples: int = NUM_SAMPLES, seed: int = 0) -> Scores:
        """Log-likelihoods of rows, and of each cell given the others.

            p(x_i | x_-i) = sum_k w_k / sum_k (w_k / p(x_i|z_k)),   w_k = p(x, z_k) / q(z_k|x)

        Args:
            table: columns by name, or a DataFrame.
            num_samples: K, importance samples of each row.
            seed: decides them.

        Raises:
            DataError: a column is missing, or a cell is one that there is not.
            ConfigError: q(z|x) of the model is no diagonal normal.
        """
        rows = self.schema.encode(as_columns(table))
        parts = [p.scores() for p, _ in self._proposals(rows, num_samples, seed)]
        cells = np.concatenate([part[1] for part in parts])
        names = [column.name for column in self.schema.learned]
        by_name = dict(zip(names, cells.T, strict=True))
        return Scores(np.concatenate([part[0] for part in parts]), by_name)

    def impute(
        self,
        table: Any,
        *,
        draws: int = 1,
        num_samples: int = NUM_SAMPLES,
        refine: int = REFINE,
        seed: int = 0,
    ) -> FilledTable:
        """Draws of missing cells given those that are there, x ~ p(x_missing|x_observed).

            z_k ~ q(z|x_observed),  w_k = p(x_observed|z_k) p(z_k) / q(z_k|x_observed),
            z = z_k with probability w_k / sum_j w_j,    x_missing ~ p(x_missing|z)

        Mattei & Frellsen 2019, https://arxiv.org/abs/1812.02633. The encoder knows rows with such
        gaps as it was trained on; of others, proposals improve when they come from rows that the
        model has filled in (`refine`). Cells are taken to be missing at random, whatever the model
        learned of its gaps; all are filled. Columns that the table lacks are missing in every row.

        Args:
            table: columns by name, or a DataFrame.
            draws: of each row, for multiple imputation.
            num_samples: K, proposals for each row.
            refine: rounds of better proposals, each as long as the first.
            seed: decides everything.

        Raises:
            DataError, ConfigError: as `score`, or `refine` is below 0.
        """
        columns = as_columns(table)
        rows, draws = self.schema.encode(columns, absent=True), positive("draws", draws)
        refine, parts = not_negative_integer("refine", refine), []
        for proposals, rng in self._proposals(rows, num_samples, seed):
            for _ in range(refine):
                proposals = proposals.refined(self.model, rng)
            filled = np.concatenate([proposals.draw(draws, rng), proposals.best(rng)[None]])
            parts.append((filled, proposals.effective_sample_size()))
        filled = np.concatenate([part[0] for part in parts], axis=1)
        *drawn, best = self._merged(columns, filled, self.schema.observed(rows))
        return FilledTable(drawn, best, np.concatenate([part[1] for part in parts]))

    def _proposals(
        self, rows: Array, num: int, seed: int
    ) -> Iterator[tuple[Proposals, np.random.Generator]]:
        """Of some rows after the other, of which all proposals are decoded at once; each with its
        source of randomness."""
        numbers = max(self.layout.size, min(positive("num_samples", num), GUESSES))
        size = max(1, _NUMBERS // (num * numbers))
        for start in range(0, len(rows), size):
            rng = np.random.default_rng([not_negative_integer("seed", seed), start])
            piece = rows[start : start + size]
            yield Proposals.of(self.model, self.layout, piece, num, rng), rng

    def _merged(
        self, columns: Mapping[str, Array], filled: Array, seen: Array
    ) -> list[dict[str, Array]]:
        """The table with drawn cells [draws, N, width] in its gaps, one for each draw; columns
        that are not of the schema stay."""
        draws = len(filled)
        decoded = self.schema.decode(filled.reshape(-1, self.schema.width))
        known = self.schema.decode(self.schema.encode(columns, absent=True))
        merged = {name: np.tile(cells, draws) for name, cells in columns.items()}
        seen = np.tile(seen, (draws, 1))
        for place, column in enumerate(self.schema.learned):
            own = np.tile(known[column.name], draws)
            merged[column.name] = np.where(seen[:, place], own, decoded[column.name])
        if self.schema.constraints is not None:  # of all draws at once: they share their gaps
            merged = self.schema.constraints.repair_gaps(merged, seen)
        parts = {name: np.array_split(cells, draws) for name, cells in merged.items()}
        return [{name: cells[d] for name, cells in parts.items()} for d in range(draws)]


def _refuse_few(effective: float, num_draws: int, num: int) -> None:
    """Raises `ConfigError` where rows would be copies of few z."""
    if effective < max(_LEAST, num / 10):
        raise ConfigError(
            f"of {num_draws:,} draws, {effective:.1f} effectively fit what is given, too few for "
            f"{num:,} rows: ask for fewer rows, or give less."
        )
