"""A row that obeys every rule: variables are decided in order, and anew where that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules.clauses import Clause, Line
from vaezoo.tables.rules.columns import Variable
from vaezoo.tables.rules.elimination import Stage

STEPS = 4000  # decisions that are tried
_POINTS = 200  # multiples of a step that an interval may have for all of them to be tried

Value = Fraction | int
Ends = tuple[Fraction | None, Fraction | None]


class Search:
    """A search for a row.

    Args:
        stages: decisions in their order.
        variables: that they are about.
        compute: the values of variables that formulas define, given those before.
        accept: whether a complete row will do, numbers and codes, [V].
        steps: decisions that are tried.

    Attributes:
        is_complete: whether all rows were tried that the columns' steps allow, once `row` found
            none.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        variables: Sequence[Variable],
        compute: Callable[[int, Mapping[int, Value]], Fraction | None],
        accept: Callable[[Array], bool],
        steps: int = STEPS,
    ) -> None:
        self.stages, self.variables = stages, variables
        self.compute, self.accept = compute, accept
        self.left, self.is_complete = steps, True

    def row(self) -> Array | None:
        """The first row that is found, [V]; None for none."""
        return self._after(0, {})

    def _after(self, place: int, row: dict[int, Value]) -> Array | None:
        if place == len(self.stages):
            values = np.array([float(row[n]) for n in range(len(row))])
            return values if self.accept(values) else None
        stage = self.stages[place]
        for value in self._values(stage, row):
            self.left -= 1
            if self.left < 0:
                self.is_complete = False
                return None
            found = self._after(place + 1, {**row, stage.variable: value})
            if found is not None:
                return found
        return None

    def _values(self, stage: Stage, row: Mapping[int, Value]) -> Iterator[Value]:
        """Values of a variable that its clauses allow, given those before."""
        variable = self.variables[stage.variable]
        active = [c for c in stage.clauses if not _holds(c, row, stage.variable)]
        if variable.kind != "number":
            codes = [*range(variable.size)]
            if variable.kind == "presence":
                codes.reverse()
            yield from (k for k in codes if all(k in c.codes[stage.variable] for c in active))
            return
        computed = self.compute(stage.variable, row)
        if computed is not None:
            self.is_complete = False  # others may be within the formula's slack
            yield computed
            return
        for low, high in _intervals([_gap(c, row, stage.variable) for c in active]):
            yield from self._points(low, high, variable)

    def _points(
        self, low: Fraction | None, high: Fraction | None, variable: Variable
    ) -> Iterator[Fraction]:
        """Numbers of an interval, from its middle outwards."""
        step = variable.step
        if step is None:
            self.is_complete &= low == high
            yield from dict.fromkeys(_some(low, high))
            return
        first = None if low is None else ceil(low / step)
        last = None if high is None else floor(high / step)
        if first is not None and last is not None and last - first < _POINTS:
            middle = (first + last) / 2
            counts = sorted(range(first, last + 1), key=lambda n: abs(n - middle))
            yield from (n * step for n in counts)
            return
        self.is_complete = False
        ends = [None if n is None else Fraction(n) for n in (first, last)]
        yield from dict.fromkeys(floor(n) * step for n in _some(*ends))


def _some(low: Fraction | None, high: Fraction | None) -> list[Fraction]:
    """A few numbers of an interval."""
    if low is None and high is None:
        return [Fraction(n) for n in (0, 1, -1, 10, -10, 100, -100)]
    if low is None or high is None:
        end, sign = (low, 1) if low is not None else (high, -1)
        assert end is not None
        return [end + sign * n for n in (1, 0, 2, 10, 100)]
    return [low + (high - low) * Fraction(n, 8) for n in (4, 2, 6, 1, 7, 3, 5, 0, 8)]


def _holds(clause: Clause, row: Mapping[int, Value], without: int) -> bool:
    """Whether an alternative that does not have the variable holds."""
    return any(row[v] in codes for v, codes in clause.choices if v != without) or any(
        _rest(line, row, without) >= 0 for line in clause.lines if without not in line.factors
    )


def _rest(line: Line, row: Mapping[int, Value], without: int) -> Fraction:
    """The bound less the sum of all but one variable."""
    return line.bound - sum(a * row[v] for v, a in line.terms if v != without)


def _gap(clause: Clause, row: Mapping[int, Value], variable: int) -> Ends:
    """The open interval that a clause forbids."""
    left: Fraction | None = None
    right: Fraction | None = None
    for line in clause.lines:
        factor = line.factors.get(variable, 0)
        end = _rest(line, row, variable) / factor if factor else Fraction(0)
        if factor > 0:
            left = end if left is None else max(left, end)
        elif factor < 0:
            right = end if right is None else min(right, end)
    return left, right


def _intervals(gaps: Sequence[Ends]) -> Iterator[Ends]:
    """Closed intervals that no gap overlaps, from the least to the greatest."""
    low: Fraction | None = None
    for left, right in sorted(gaps, key=lambda gap: (gap[0] is not None, gap[0] or Fraction(0))):
        if left is not None and (low is None or low <= left):
            if right is not None and right <= left:
                continue
            yield low, left
        elif left is not None and right is not None and right <= left:
            continue
        if right is None:
            return
        low = right if low is None else max(low, right)
    yield low, None
