"""Which of a decoder's outputs belong to which column of a table, for both halves."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.cells import LARGEST
from vaezoo.tables.kinds import Category, Number
from vaezoo.tables.schema import Schema

NEVER = -1e9  # logit of what is only there to fill up a block
COMPONENTS = 5
TINY = 1e-30


@dataclass(frozen=True)
class Numbers:
    """The columns of numbers, each array [V], of those V columns.

    Attributes:
        places: among the learned columns.
        half: of the step that they are rounded to; 0: they are not.
        low, high: bounds; minus and plus infinity where there is none.
        is_log, is_logit: whether their map is one of these.
        shift: of the map.
        special: values with a probability of their own, [V, S]; NaN fills up.
        fill: to add to the logits of special values and of all others, [V, S + 1].
    """

    places: Array
    half: Array
    low: Array
    high: Array
    is_log: Array
    is_logit: Array
    shift: Array
    special: Array
    fill: Array

    @classmethod
    def of(cls, schema: Schema) -> Numbers:
        """Those of a schema."""
        pairs = [(i, c) for i, c in enumerate(schema.learned) if isinstance(c, Number)]
        columns = [column for _, column in pairs]
        special = np.full((len(columns), max((len(c.special) for c in columns), default=0)), np.nan)
        for row, column in enumerate(columns):
            special[row, : len(column.special)] = column.special
        fill = np.concatenate([np.isnan(special), np.zeros((len(columns), 1))], axis=1) * NEVER
        return cls(
            np.array([place for place, _ in pairs], np.int64),
            np.array([column.step / 2 for column in columns]),
            np.array([-np.inf if c.low is None else c.low for c in columns]),
            np.array([np.inf if c.high is None else c.high for c in columns]),
            np.array([column.map == "log" for column in columns], bool),
            np.array([column.map == "logit" for column in columns], bool),
            np.array([column.shift for column in columns]),
            special,
            fill,
        )

    def __len__(self) -> int:
        return len(self.places)

    def is_special(self, x: Array) -> Array:
        """Which special value each number is, bool, [N, V, S]."""
        special = np.nan_to_num(self.special.astype(x.dtype), nan=np.inf)
        return x[..., None] == special

    def mapped(self, x: Array) -> Array:
        """The map of each number, [N, V]: at bounds within them, for "log" and "logit"."""
        above, below = self.room(x)
        logit = np.log(above) - np.log(below)
        return np.where(self.is_log, np.log(above), np.where(self.is_logit, logit, x))

    def log_slope(self, x: Array) -> Array:
        """The logarithm of the map's derivative, [N, V]."""
        above, below = self.room(x)
        logit = np.log(1 / above + 1 / below)
        return np.where(self.is_log, -np.log(above), np.where(self.is_logit, logit, 0.0))

    def width(self, x: Array) -> Array:
        """How far the map brings x - half and x + half from each other, [N, V], to all digits."""
        step = 2 * np.maximum(self.half, TINY)
        above, below = self.room(x - step / 2)
        log = np.log1p(step / above)
        logit = log + np.log1p(step / np.maximum(below - step, TINY))
        return np.where(self.is_log, log, np.where(self.is_logit, logit, step))

    def room(self, x: Array) -> tuple[Array, Array]:
        """The way of each number from its lower, and to its upper bound, with the shift."""
        above = np.maximum(x - self.floor + self.shift, TINY)
        return above, np.maximum(self.ceiling - x + self.shift, TINY)

    @property
    def floor(self) -> Array:
        """The lower bounds; 0 where there is none."""
        return np.where(np.isfinite(self.low), self.low, 0)

    @property
    def ceiling(self) -> Array:
        """The upper bounds; 0 where there is none."""
        return np.where(np.isfinite(self.high), self.high, 0)

    def unmapped(self, y: Array) -> Array:
        """The inverse of `mapped`, within what a cell can be."""
        floor, x = self.floor, np.array(y)
        columns = x.T  # a view
        rows = np.flatnonzero(self.is_log)
        columns[rows] = np.exp(np.minimum(columns[rows], 80)) + (floor - self.shift)[rows, None]
        rows = np.flatnonzero(self.is_logit)
        share = 0.5 + 0.5 * np.tanh(columns[rows] / 2)
        width = (self.ceiling - floor + 2 * self.shift)[rows, None]
        columns[rows] = (floor - self.shift)[rows, None] + share * width
        return np.clip(x, -LARGEST, LARGEST)


@dataclass(frozen=True)
class Group:
    """Columns of labels with about as many each.

    Attributes:
        places: among the learned columns, [V].
        fill: to add to their logits, [V, C]: 0, or `NEVER` where a column has fewer labels.
        start: of their logits among the outputs, V·C of them.
    """

    places: Array
    fill: Array
    start: int

    @property
    def stop(self) -> int:
        """Where they end."""
        return self.start + self.fill.size


class Layout:
    """The outputs of a decoder of tables, in order.

    For each column of numbers: logits of its special values and of all others, then K logits,
    locations and log-scales of a mixture. Columns of labels by size, a logit for each label. At
    last a logit for each column whose gaps are learned.

    Args:
        schema: of the table.
        num_components: K.

    Attributes:
        numbers, groups: of columns.
        gaps: places, among the learned columns, of those whose gaps are learned, [M].
        size: how many outputs there are.
    """

    def __init__(self, schema: Schema, num_components: int = COMPONENTS) -> None:
        self.schema, self.num_components = schema, num_components
        self.numbers = Numbers.of(schema)
        self.groups = list(self._groups())
        self.gaps = np.array(
            [i for i, column in enumerate(schema.learned) if column.missing == "learned"], np.int64
        )
        self.gaps_start = self.groups[-1].stop if self.groups else self.numbers_stop
        self.size = self.gaps_start + len(self.gaps)

    @property
    def per_number(self) -> int:
        """Outputs of each column of numbers."""
        return self.numbers.fill.shape[1] + 3 * self.num_components

    @property
    def numbers_stop(self) -> int:
        """Where the outputs of numbers end."""
        return len(self.numbers) * self.per_number

    def _groups(self) -> Iterator[Group]:
        pairs = [(i, c) for i, c in enumerate(self.schema.learned) if isinstance(c, Category)]
        sizes = {place: 1 << (len(column.labels) - 1).bit_length() for place, column in pairs}
        start = self.numbers_stop
        for size in sorted({*sizes.values()}):
            members = [(i, len(c.labels)) for i, c in pairs if sizes[i] == size]
            fill = np.array([[0.0] * n + [NEVER] * (size - n) for _, n in members])
            yield (group := Group(np.array([i for i, _ in members], np.int64), fill, start))
            start = group.stop

    @property
    def order(self) -> Array:
        """Where each learned column is found among numbers and groups, one after the other."""
        places = np.concatenate([self.numbers.places, *(group.places for group in self.groups)])
        return np.argsort(places)

    @property
    def gap_columns(self) -> Array:
        """Where, among the mask of a row, the learned gaps are."""
        return np.searchsorted(np.array(self.schema.with_gaps), self.gaps)


def layout_of(schema: Mapping[str, Any], numbers: Mapping[str, float]) -> Layout:
    """The layout of an export's outputs.

    Args:
        schema: as its manifest has it.
        numbers: constants of its likelihood.
    """
    return _layout(json.dumps(schema), int(numbers.get("num_components", COMPONENTS)))


@functools.lru_cache(maxsize=4)
def _layout(schema: str, num_components: int) -> Layout:
    return Layout(Schema.of_dict(json.loads(schema)), num_components)
