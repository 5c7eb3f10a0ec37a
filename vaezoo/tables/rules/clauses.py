"""Alternatives of which one holds in every row: what rules become before they are solved.

A clause is a disjunction of choices (a variable's code is one of these) and of lines
(sum_i a_i x_i <= b, over numbers).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor

from vaezoo.tables.rules.columns import Variable
from vaezoo.tables.rules.slack import common_step


@dataclass(frozen=True)
class Line:
    """sum_i a_i x_i <= bound, with whole a_i that have no common divisor.

    Attributes:
        terms: (variable, a), by the variables' numbers.
        bound: the greatest value of the sum that the columns' steps allow.
    """

    terms: tuple[tuple[int, int], ...]
    bound: Fraction

    @cached_property
    def factors(self) -> dict[int, int]:
        return dict(self.terms)


@dataclass(frozen=True)
class Clause:
    """Alternatives, one of which holds.

    Attributes:
        choices: the codes of variables that are allowed, at most one set a variable.
        lines: alternatives of numbers.
        origin: numbers of the rules that it follows from.
    """

    choices: tuple[tuple[int, frozenset[int]], ...]
    lines: frozenset[Line]
    origin: frozenset[int] = frozenset()

    @cached_property
    def codes(self) -> dict[int, frozenset[int]]:
        return dict(self.choices)

    @cached_property
    def variables(self) -> frozenset[int]:
        in_lines = (variable for line in self.lines for variable, _ in line.terms)
        return frozenset((*(variable for variable, _ in self.choices), *in_lines))

    def is_empty(self) -> bool:
        """Whether there is no alternative: a contradiction."""
        return not self.choices and not self.lines

    def implies(self, other: Clause) -> bool:
        """Whether every row that obeys it obeys the other one too."""
        codes = other.codes
        return all(kept <= codes.get(v, frozenset()) for v, kept in self.choices) and all(
            any(line.terms == o.terms and line.bound <= o.bound for o in other.lines)
            for line in self.lines
        )


def line(
    factors: Mapping[int, Fraction],
    bound: Fraction,
    variables: Sequence[Variable],
    *,
    strict: bool = False,
) -> Line:
    """sum_i a_i x_i <= bound (or < bound) in its normal form, with a bound that can be reached."""
    factors = {number: factor for number, factor in factors.items() if factor}
    if not factors:
        return Line((), Fraction(-1) if bound < 0 or (strict and bound == 0) else Fraction(0))
    unit = common_step(list(factors.values()))
    terms = tuple(sorted((number, int(factor / unit)) for number, factor in factors.items()))
    return Line(terms, _reachable(terms, bound / unit, variables, strict))


def _reachable(
    terms: Sequence[tuple[int, int]], bound: Fraction, variables: Sequence[Variable], strict: bool
) -> Fraction:
    """The greatest value up to (or below) the bound that multiples of the steps add up to."""
    steps = [variables[number].step for number, _ in terms]
    if None in steps:
        return bound - _margin(terms, variables) if strict else bound
    grid = common_step(
        [a * (step or Fraction(0)) for (_, a), step in zip(terms, steps, strict=True)]
    )
    whole = floor(bound / grid)
    return grid * (whole - 1 if strict and whole * grid == bound else whole)


def _margin(terms: Sequence[tuple[int, int]], variables: Sequence[Variable]) -> Fraction:
    """By how much a sum of any numbers stays below a bound that it has to be below of."""
    sizes = [Fraction(1)]
    for number, factor in terms:
        ends = (variables[number].lower, variables[number].upper)
        sizes += [abs(factor * end) for end in ends if end is not None]
    return max(sizes) / 10**9


def merge(parts: Iterable[Clause], without: int | None = None) -> Clause:
    """The clause with the alternatives of all, less the choices of one variable."""
    codes: dict[int, frozenset[int]] = {}
    lines: frozenset[Line] = frozenset()
    origin: frozenset[int] = frozenset()
    for part in parts:
        for variable, kept in part.choices:
            codes[variable] = codes.get(variable, frozenset()) | kept
        lines, origin = lines | part.lines, origin | part.origin
    if without is not None:
        codes.pop(without, None)
    return Clause(tuple(sorted(codes.items(), key=lambda item: item[0])), lines, origin)


def simplified(clause: Clause, variables: Sequence[Variable]) -> Clause | None:
    """A clause without alternatives that never hold; None if it always holds."""
    choices = tuple((v, kept) for v, kept in clause.choices if kept)
    if any(len(kept) == variables[v].size for v, kept in choices):
        return None
    lines: dict[tuple[tuple[int, int], ...], Line] = {}
    for each in clause.lines:
        low, high = extremes(each, variables)
        if high is not None and high <= each.bound:
            return None
        if low is None or low <= each.bound:
            weaker = lines.get(each.terms)
            lines[each.terms] = each if weaker is None or weaker.bound < each.bound else weaker
    if any(_covers(each, lines, variables) for each in lines.values()):
        return None
    return Clause(choices, frozenset(lines.values()), clause.origin)


def extremes(each: Line, variables: Sequence[Variable]) -> tuple[Fraction | None, Fraction | None]:
    """The least and greatest value of a line's sum within the columns' bounds."""
    low: Fraction | None = Fraction(0)
    high: Fraction | None = Fraction(0)
    for number, factor in each.terms:
        ends = (variables[number].lower, variables[number].upper)
        first, second = ends if factor > 0 else ends[::-1]
        low = None if low is None or first is None else low + factor * first
        high = None if high is None or second is None else high + factor * second
    return low, high


def _covers(
    each: Line, lines: Mapping[tuple[tuple[int, int], ...], Line], variables: Sequence[Variable]
) -> bool:
    """Whether another line of the clause holds wherever this one does not."""
    opposite = lines.get(tuple((number, -factor) for number, factor in each.terms))
    if opposite is None:
        return False
    steps = [variables[number].step for number, _ in each.terms]
    grid = Fraction(0)
    if None not in steps:
        grid = common_step(
            [a * (s or Fraction(0)) for (_, a), s in zip(each.terms, steps, strict=True)]
        )
    return -opposite.bound - each.bound <= grid


def reduced(clauses: Iterable[Clause], variables: Sequence[Variable]) -> list[Clause]:
    """Clauses in simpler form, without those that follow from another one."""
    simple = [each for clause in clauses if (each := simplified(clause, variables)) is not None]
    simple.sort(key=lambda clause: (len(clause.choices) + len(clause.lines), len(clause.origin)))
    kept: list[Clause] = []
    for clause in simple:
        if not any(other.implies(clause) for other in kept):
            kept.append(clause)
    return kept
