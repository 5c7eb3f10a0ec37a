"""Rules as clauses: conjunctions of alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from vaezoo.errors import ConfigError
from vaezoo.tables.rules.clauses import Clause, Line, line, merge
from vaezoo.tables.rules.columns import ColumnFacts, Variable
from vaezoo.tables.rules.slack import difference, slack
from vaezoo.tables.rules.syntax import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Member,
    Name,
    Not,
    Present,
    Rule,
    columns_of,
)

_MOST = 5000  # clauses of one rule
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


@dataclass(frozen=True)
class Definition:
    """A rule that computes a column from others, by a formula that is no sum of multiples.

    Attributes:
        target: the variable of the number.
        rule: which one.
        inputs: the variables that the formula and its premise read.
    """

    target: int
    rule: int
    inputs: frozenset[int]


class NormalForm:
    """Clauses and definitions of rules, over the variables of some columns."""

    def __init__(self, facts: Mapping[str, ColumnFacts], variables: Sequence[Variable]) -> None:
        self.facts, self.variables = facts, variables
        kinds = ((variable.column, variable.kind, n) for n, variable in enumerate(variables))
        self.numbers = {(column, kind == "presence"): n for column, kind, n in kinds}

    def clauses(self, rule: Rule, number: int) -> tuple[list[Clause], list[Definition]]:
        """What a rule demands. Raises `ConfigError` for a formula that cannot be solved."""
        formula = formula_of(rule)
        if formula is not None:
            return [], [self._definition(rule, formula, number)]
        found = self._of(rule)
        if len(found) > _MOST:
            raise ConfigError(
                f"rule {rule.name!r} has {len(found):,} alternatives: expected {_MOST:,} at most; "
                "write it as several rules."
            )
        return [Clause(c.choices, c.lines, frozenset([number])) for c in found], []

    def _of(self, rule: Rule) -> list[Clause]:
        if not rule.targets:
            conclusion = self.holds(rule.conclusion, rule, weak=True)
            if rule.premise is None:
                return conclusion
            return _either([self.holds(Not(rule.premise), rule, weak=True), conclusion])
        strong = self.holds(rule.conclusion, rule, weak=False)
        absent = [self.holds(Not(Present(target)), rule, weak=False) for target in rule.targets]
        return [clause for each in absent for clause in _either([each, strong])]

    def premise(self, rule: Rule) -> list[Clause]:
        """That a rule applies to a row: its premise holds, and its cells are there."""
        found = [c for name in rule.columns() for c in self._present(name, True)]
        if rule.premise is not None and formula_of(rule) is None:
            found += self.holds(rule.premise, rule, weak=False)
        return found if not rule.targets else self._present(rule.targets[0], True)

    # conditions -----------------------------------------------------------------------------
    def holds(self, condition: Condition, rule: Rule, *, weak: bool) -> list[Clause]:
        """Clauses of a condition that holds; or, if `weak`, that may be unknown too."""
        match condition:
            case Not(Not(part)):
                return self.holds(part, rule, weak=weak)
            case Not(All(parts)):
                return self.holds(AnyOf(tuple(map(Not, parts))), rule, weak=weak)
            case Not(AnyOf(parts)):
                return self.holds(All(tuple(map(Not, parts))), rule, weak=weak)
            case All(parts):
                return [c for part in parts for c in self.holds(part, rule, weak=weak)]
            case AnyOf(parts):
                return _either([self.holds(part, rule, weak=weak) for part in parts])
            case Not(Present(column)):
                return self._present(column, False)
            case Present(column):
                return self._present(column, True)
            case Not(Member() as member):
                return self._outside(member, weak)
            case Member():
                return self._inside(condition, weak)
            case Not(Comparison(symbol, left, right, within)):
                opposite = Comparison(_OPPOSITE[symbol], left, right, within)
                return self._compared(opposite, rule, weak)
            case Comparison():
                return self._compared(condition, rule, weak)
        raise AssertionError(condition)

    def _present(self, column: str, there: bool) -> list[Clause]:
        if not self.facts[column].nullable:
            return [] if there else [Clause((), frozenset())]
        if (column, True) in self.numbers:
            return [_choice(self.numbers[column, True], [int(there)])]
        missing = len(self.facts[column].categories)
        return [_choice(self.numbers[column, False], range(missing) if there else [missing])]

    def _codes(self, column: str, values: Iterable[str], weak: bool) -> Clause:
        """That a column has one of these categories."""
        categories = self.facts[column].categories
        codes = {categories.index(value) for value in values}
        unknown = [len(categories)] if weak and self.facts[column].nullable else []
        return _choice(self.numbers[column, False], (*codes, *unknown))

    def _other(self, column: str, value: str, weak: bool) -> Clause:
        others = (item for item in self.facts[column].categories if item != value)
        return self._codes(column, others, weak)

    def _inside(self, member: Member, weak: bool) -> list[Clause]:
        """After each beginning of a combination, one of the categories that continue it."""
        found = []
        for place, column in enumerate(member.columns):
            after: dict[tuple[str, ...], set[str]] = {}
            for row in member.rows:
                after.setdefault(row[:place], set()).add(row[place])
            for begin, values in after.items():
                pairs = zip(member.columns, begin, strict=False)
                others = [self._other(name, value, True) for name, value in pairs]
                found.append(merge([*others, self._codes(column, values, weak)]))
        return found

    def _outside(self, member: Member, weak: bool) -> list[Clause]:
        there = [c for name in member.columns if not weak for c in self._present(name, True)]
        pairs = [zip(member.columns, row, strict=True) for row in member.rows]
        return [*there, *(merge(self._other(n, v, weak) for n, v in pair) for pair in pairs)]

    def _compared(self, comparison: Comparison, rule: Rule, weak: bool) -> list[Clause]:
        sums = difference(comparison)
        if sums is None:
            raise ConfigError(
                f"rule {rule.name!r} compares a formula that is no sum of multiples of columns: "
                "give the formula a column of its own, as in BMI = Weight / (Height / 100) ^ 2, "
                "and compare that column."
            )
        names = list(dict.fromkeys(columns_of(comparison)))
        there = [self._present(name, True) for name in names]
        lines = self._lines(comparison, sums[0], -sums[1])
        clauses = [Clause((), frozenset(each)) for each in lines]
        if not weak:
            return [*clauses, *(clause for each in there for clause in each)]
        absent = [c for n in names if self.facts[n].nullable for c in self._present(n, False)]
        return [merge([*absent, clause]) for clause in clauses]

    def _lines(
        self, comparison: Comparison, factors: Mapping[str, Fraction], bound: Fraction
    ) -> list[list[Line]]:
        """Lines of a comparison: each list has alternatives, all lists hold."""
        room, symbol = slack(comparison, self.facts), comparison.symbol
        up = {self.numbers[name, False]: factor for name, factor in factors.items()}
        down = {number: -factor for number, factor in up.items()}

        def below(terms: Mapping[int, Fraction], most: Fraction, strict: bool = False) -> Line:
            return line(terms, most, self.variables, strict=strict)

        if symbol in ("<", "<="):
            return [[below(up, bound, symbol == "<")]]
        if symbol in (">", ">="):
            return [[below(down, -bound, symbol == ">")]]
        if symbol == "=":
            return [[below(up, bound + room)], [below(down, room - bound)]]
        return [[below(up, bound - room, True), below(down, -bound - room, True)]]

    def _definition(self, rule: Rule, formula: Comparison, number: int) -> Definition:
        assert isinstance(formula.left, Name)
        names = {*columns_of(formula.right), *(columns_of(rule.premise) if rule.premise else ())}
        if formula.left.column in names:
            raise ConfigError(
                f"rule {rule.name!r} defines {formula.left.column} by itself: expected a formula "
                "of other columns."
            )
        inputs = (n for (column, _), n in self.numbers.items() if column in names)
        return Definition(self.numbers[formula.left.column, False], number, frozenset(inputs))


def formula_of(rule: Rule) -> Comparison | None:
    """The equation of a rule that defines a column by a formula that is no sum of multiples."""
    equation = rule.conclusion
    if rule.targets or not isinstance(equation, Comparison) or equation.symbol != "=":
        return None
    return equation if isinstance(equation.left, Name) and difference(equation) is None else None


def _choice(variable: int, codes: Iterable[int]) -> Clause:
    return Clause(((variable, frozenset(codes)),), frozenset())


def _either(alternatives: Sequence[Sequence[Clause]]) -> list[Clause]:
    """Clauses of "one of these holds", each of which is a list of clauses that hold together."""
    size = 1
    for each in alternatives:
        size *= max(1, len(each))
    if size > _MOST:
        raise ConfigError(
            f"a rule has {size:,} combinations of alternatives: expected {_MOST:,} at most; write "
            "it as several rules."
        )
    return [merge(parts) for parts in product(*alternatives)]
