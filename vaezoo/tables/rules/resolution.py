"""What clauses say of the other variables, once one is left open: exactly, over real numbers.

Fourier-Motzkin elimination, generalised from inequalities to alternatives of inequalities as in
Stoian & Giunchiglia 2025, sec. 3.2, https://arxiv.org/abs/2502.18237 ("cutting planes
resolution"), and resolution over the codes of categories.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from vaezoo.errors import ConfigError
from vaezoo.tables.rules.clauses import Clause, Line, line, merge, reduced, simplified
from vaezoo.tables.rules.columns import Variable

_MOST = 4000  # clauses at once


class Resolution:
    """Resolves the clauses of one variable.

    Args:
        variables: all there are.
        room: whether an interval has to be so wide that it contains a multiple of the column's
            step: more than is needed, but enough where bounds are no multiples.
    """

    def __init__(self, variables: Sequence[Variable], *, room: bool) -> None:
        self.variables, self.room = variables, room

    def without(self, variable: int, clauses: Iterable[Clause]) -> list[Clause]:
        """What the clauses, all of which have the variable, say of the others.

        Raises:
            ConfigError: far too much.
        """
        number = self.variables[variable].kind == "number"
        parts = self._numbers(variable, clauses) if number else self._codes(variable, clauses)
        return reduced(parts, self.variables)

    # categories -----------------------------------------------------------------------------
    def _codes(self, variable: int, clauses: Iterable[Clause]) -> list[Clause]:
        """One clause for each set of clauses that have no code of the variable in common."""
        open_, start = [*clauses], 0
        known, found = set(open_), list[Clause]()
        while start < len(open_):
            first = open_[start]
            for second in open_[:start]:
                new = self._intersection(variable, first, second)
                if new is None or new in known:
                    continue
                known.add(new)
                (open_ if variable in new.codes else found).append(new)
            start += 1
            _check_number(len(open_) + len(found))
        return found

    def _intersection(self, variable: int, first: Clause, second: Clause) -> Clause | None:
        a, b = first.codes[variable], second.codes[variable]
        if a <= b or b <= a:
            return None
        rest = merge([first, second], without=variable)
        both = Clause(((variable, a & b),), frozenset()) if a & b else Clause((), frozenset())
        return simplified(merge([rest, both]), self.variables)

    # numbers --------------------------------------------------------------------------------
    def _numbers(self, variable: int, clauses: Iterable[Clause]) -> list[Clause]:
        """One clause for each chain of intervals, that clauses forbid, from end to end."""
        lows: list[Clause] = []
        mixed: list[Clause] = []
        highs: list[Clause] = []
        found: list[Clause] = []
        for clause in clauses:
            signs = signs_of(variable, clause)
            (mixed if len(signs) == 2 else highs if True in signs else lows).append(clause)
        start = 0
        while start < len(lows):
            for clause in mixed:
                new = self._resolved(variable, lows[start], clause)
                if new is not None and not any(low.implies(new) for low in lows):
                    (lows if variable in new.variables else found).append(new)
            start += 1
            _check_number(len(lows))
        pairs = ((low, high) for low in lows for high in highs)
        return [*found, *(n for low, high in pairs if (n := self._resolved(variable, low, high)))]

    def _resolved(self, variable: int, low: Clause, high: Clause) -> Clause | None:
        """What follows from a lower and an upper bound; lower bounds of the upper one stay."""
        below = [each for each in low.lines if variable in each.factors]
        above = [each for each in high.lines if each.factors.get(variable, 0) > 0]
        sums = frozenset(self._sum(variable, a, b) for a in below for b in above)
        rest = (low.lines - set(below)) | (high.lines - set(above))
        joined = merge([Clause(low.choices, frozenset()), Clause(high.choices, frozenset())])
        origin = low.origin | high.origin
        return simplified(Clause(joined.choices, rest | sums, origin), self.variables)

    def _sum(self, variable: int, low: Line, high: Line) -> Line:
        a, b = -low.factors[variable], high.factors[variable]
        factors: dict[int, Fraction] = {}
        for each, times in ((low, b), (high, a)):
            for number, factor in each.terms:
                factors[number] = factors.get(number, Fraction(0)) + times * factor
        bound = b * low.bound + a * high.bound
        # Both sides of one equation leave no interval, whatever the others are.
        if (
            self.room
            and any(factors.values())
            and not (self._meets(variable, low) or self._meets(variable, high))
        ):
            bound -= a * b * (self.variables[variable].step or 0)
        return line(factors, bound, self.variables)

    def _meets(self, variable: int, each: Line) -> bool:
        """Whether a line's end is always a multiple of the variable's step, or need not be."""
        step = self.variables[variable].step
        if step is None:
            return True
        unit = each.factors[variable] * step
        others = [(n, a) for n, a in each.terms if n != variable]
        steps = [self.variables[n].step for n, _ in others]
        if None in steps:
            return False
        terms = [a * (s or 0) for (_, a), s in zip(others, steps, strict=True)]
        return all((Fraction(term) / unit).denominator == 1 for term in [*terms, each.bound])


def signs_of(variable: int, clause: Clause) -> set[bool]:
    """Whether a clause bounds a number from above (True), from below (False), or both."""
    return {each.factors[variable] > 0 for each in clause.lines if variable in each.factors}


def _check_number(num: int) -> None:
    if num > _MOST:
        raise ConfigError(
            f"the rules are too entangled: more than {_MOST:,} follow from them for one column; "
            "leave some out, or write combinations of categories as one rule."
        )
