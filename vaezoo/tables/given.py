"""What is known of rows that are to be generated: "Gender=female", "Age>=60"."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import Array
from vaezoo.tables.density import RowDensity
from vaezoo.tables.kinds import Category, Learned, Number
from vaezoo.tables.schema import Schema

_PART = re.compile(r"(.+?)\s*(>=|<=|=|>|<)\s*(.*)", re.DOTALL)
_TRIES = 500


@dataclass(frozen=True)
class Given:
    """A learned column, and the interval that its encoded cells lie in.

    Attributes:
        place: among the learned columns.
        low, high: the interval, with both ends.
    """

    place: int
    low: float
    high: float

    def holds(self, rows: Array) -> Array:
        """Of which encoded rows, bool, [N]: rounded to what cells can be."""
        x = rows[:, self.place]
        return np.asarray((x >= self.low) & (x <= self.high))


def parse(schema: Schema, texts: Sequence[str]) -> list[Given]:
    """One of each column that the texts name.

    Args:
        schema: of the table.
        texts: a column, one of = >= <= > <, and a cell.

    Raises:
        ConfigError: a text is no such, or nothing is left between two.
        UnknownNameError: no such column.
        DataError: a cell that the column cannot have.

    Example:
        >>> import numpy as np
        >>> from vaezoo.tables import Schema
        >>> from vaezoo.tables.given import parse
        >>> schema = Schema.infer({"age": np.arange(90) % 80, "sex": np.array(["f", "m"] * 45)})
        >>> parse(schema, ["sex=m", "age>60", "age<=65"])
        [Given(place=1, low=1.0, high=1.0), Given(place=0, low=61.0, high=65.0)]
    """
    found: dict[int, Given] = {}
    for text in texts:
        new = _of_text(schema, text)
        old = found.get(new.place, new)
        found[new.place] = Given(new.place, max(old.low, new.low), min(old.high, new.high))
        if found[new.place].low > found[new.place].high:
            raise ConfigError(f"--given {text!r} leaves nothing that the column could be.")
    return list(found.values())


def _of_text(schema: Schema, text: str) -> Given:
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f'--given {text!r}: expected a condition, such as "Age>=60" or "A=b".')
    name, relation, cell = match.groups()
    names = [column.name for column in schema.learned]
    if name not in names:
        raise unknown_name("column", name, names)
    place = names.index(name)
    column = schema.learned[place]
    value = _value(column, cell, schema.missing)
    if relation == "=":
        return Given(place, value, value)
    if isinstance(column, Category):
        raise ConfigError(f"--given {text!r}: {name} has labels without an order; write {name}=…")
    return _interval(place, column, relation, value)


def _value(column: Learned, cell: str, missing: Sequence[str]) -> float:
    try:
        value = float(column.read(np.array([cell], object), 0, missing)[0])
    except DataError as error:
        reason = str(error).partition("row 0: ")[2] or str(error)
        raise DataError(f"--given, column {column.name!r}: {reason}") from None
    if math.isnan(value):
        raise DataError(f"--given, column {column.name!r}: a missing cell cannot be given.")
    return value


def _interval(place: int, column: Learned, relation: str, value: float) -> Given:
    step = column.step if isinstance(column, Number) else 0.0
    if relation in (">=", ">"):
        return Given(place, value + step * (relation == ">"), math.inf)
    return Given(place, -math.inf, value - step * (relation == "<"))


def log_share(cells: RowDensity, given: Sequence[Given]) -> Array:
    """log P(all that is given | z) in nats, [N]; of a number that is given and not rounded, its
    density."""
    total = np.zeros(len(cells))
    for one in given:
        with np.errstate(divide="ignore"):
            total += _log_share(cells, one)
    return total + _log_seen(cells, given)


def _log_seen(cells: RowDensity, given: Sequence[Given]) -> Array:
    """log P(the cells are there | z), where gaps are learned."""
    layout = cells.layout
    columns = [layout.gaps.tolist().index(g.place) for g in given if g.place in layout.gaps]
    logits = cells.outputs[:, layout.gaps_start :][:, columns].astype(np.float64)
    return -np.logaddexp(0, -logits).sum(axis=1)


def _log_share(cells: RowDensity, given: Given) -> Array:
    schema = cells.layout.schema
    if given.low == given.high:
        rows = np.ones((len(cells), schema.width))
        rows[:, given.place] = given.low
        return cells.log_prob(rows)[:, given.place]
    return np.asarray(np.log(_share_of_interval(cells, given)))


def _share_of_interval(cells: RowDensity, given: Given) -> Array:
    numbers = cells.layout.numbers
    row = int(np.flatnonzero(numbers.places == given.place)[0])
    which = np.exp(cells.mixtures().which[:, row])
    half = numbers.half[row]
    high, low = (np.zeros(len(numbers)) for _ in range(2))
    high[row], low[row] = min(given.high, 1e15), max(given.low, -1e15) - 2 * half
    # Both are near 1 beyond most of the mass, and then may differ by rounding alone.
    usual = np.maximum(cells.share_below(high)[:, row] - cells.share_below(low)[:, row], 0)
    inside = (numbers.special[row] >= given.low) & (numbers.special[row] <= given.high)
    return np.asarray(which[:, -1] * usual + which[:, :-1][:, inside].sum(axis=1), np.float64)


def draw(cells: RowDensity, given: Sequence[Given], rng: np.random.Generator) -> Array:
    """Draws of rows for which all holds that is given, encoded, [N, width]: of z that were chosen
    by `log_share`, each from p(x|z, given)."""
    schema = cells.layout.schema
    rows = schema.nearest(cells.sample(rng))
    for one in given:
        if one.place in schema.with_gaps:
            rows[:, len(schema.learned) + schema.with_gaps.index(one.place)] = 1
        if one.low == one.high:
            rows[:, one.place] = one.low
        else:
            _redraw(cells, rows, one, rng)
    return rows


def _redraw(cells: RowDensity, rows: Array, given: Given, rng: np.random.Generator) -> None:
    """The cells of one column anew, until they lie in the interval, in place; those that hardly
    can come to its end."""
    layout, schema = cells.layout, cells.layout.schema
    seen = cells.layout.schema.observed(rows)[:, given.place]
    left = np.arange(len(rows))
    for _ in range(_TRIES):
        left = left[~(given.holds(rows[left]) & seen[left])]
        if not len(left):
            return
        again = RowDensity(layout, cells.outputs[left]).sample(rng, gaps=False)
        rows[left, given.place] = schema.nearest(again)[:, given.place]
        seen[left] = True
    rows[left, given.place] = np.clip(rows[left, given.place], given.low, given.high)
