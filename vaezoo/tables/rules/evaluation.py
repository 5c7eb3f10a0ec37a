"""Whether rules hold in rows: three-valued, as in SQL's CHECK, where a missing cell is unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules.columns import ColumnFacts
from vaezoo.tables.rules.library import NUMPY, Library
from vaezoo.tables.rules.slack import slack
from vaezoo.tables.rules.syntax import (
    All,
    AnyOf,
    Call,
    Comparison,
    Condition,
    Expression,
    Member,
    Name,
    Not,
    Number,
    Operation,
    Present,
    Rule,
)

# Of the size of what is added up: float64 loses 1e-16 of it at each addition.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Rows:
    """Columns as `as_numbers` gives them.

    Attributes:
        facts: of the columns.
        numbers: float64 with NaN for missing, or codes, [N] each.
        num: N.
        library: whose arrays they are.
    """

    facts: Mapping[str, ColumnFacts]
    numbers: Mapping[str, Array]
    num: int
    library: Library = NUMPY

    def known(self, column: str) -> Array:
        """Where the cells are not missing."""
        categories = self.facts[column].categories
        cells = self.numbers[column]
        return cells < len(categories) if categories else ~self.library.isnan(cells)


def violated(rule: Rule, rows: Rows) -> Array:
    """Where a rule does not hold, bool [N]."""
    true, false = truth(rule.conclusion, rows)
    if rule.targets:
        return _any_known(rule, rows) & ~true
    if rule.premise is None:
        return false
    return false & truth(rule.premise, rows)[0]


def applies(rule: Rule, rows: Rows) -> Array:
    """Where a rule says something: its premise holds, and nothing in it is unknown; bool [N]."""
    if rule.targets:
        return _any_known(rule, rows)
    true, false = truth(rule.conclusion, rows)
    premise = truth(rule.premise, rows)[0] if rule.premise else True
    return (true | false) & premise


def _any_known(rule: Rule, rows: Rows) -> Array:
    return rows.library.some([rows.known(column) for column in rule.targets])


def truth(condition: Condition, rows: Rows) -> tuple[Array, Array]:
    """Where a condition holds, and where it does not; neither where that is unknown, bool [N]."""
    match condition:
        case Comparison():
            return _compared(condition, rows)
        case Member(columns, members):
            known = rows.library.every([rows.known(column) for column in columns])
            inside = _inside(columns, members, rows)
            return known & inside, known & ~inside
        case Present(column):
            known = rows.known(column)
            return known, ~known
        case Not(part):
            true, false = truth(part, rows)
            return false, true
        case All(parts) | AnyOf(parts):
            pairs = [truth(part, rows) for part in parts]
            every = rows.library.every([pair[isinstance(condition, AnyOf)] for pair in pairs])
            some = rows.library.some([pair[isinstance(condition, All)] for pair in pairs])
            return (every, some) if isinstance(condition, All) else (some, every)


def _inside(columns: tuple[str, ...], members: frozenset[tuple[str, ...]], rows: Rows) -> Array:
    """Where the codes of some columns are those of a member."""
    sizes = [len(rows.facts[column].categories) + 1 for column in columns]
    first, *others = (rows.numbers[column] for column in columns)
    key, known = first, []
    for numbers, size in zip(others, sizes[1:], strict=True):
        key = key * size + numbers
    for member in members:
        number = 0
        for column, size, value in zip(columns, sizes, member, strict=True):
            number = number * size + rows.facts[column].categories.index(value)
        known.append(number)
    return rows.library.isin(key, known)


def _compared(comparison: Comparison, rows: Rows) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):  # what has no value is NaN, and unknown
        left, left_size = value(comparison.left, rows)
        right, right_size = value(comparison.right, rows)
        difference, margin = left - right, _ROUNDING * (left_size + right_size)
        tolerance = float(slack(comparison, rows.facts)) + margin
        holds = _COMPARISONS[comparison.symbol](difference, margin, tolerance)
        known = ~rows.library.isnan(difference)
    return holds & known, known & ~holds


_COMPARISONS: Mapping[str, Callable[[Array, Array | float, Array | float], Array]] = {
    "<": lambda difference, margin, tolerance: difference < -margin,
    "<=": lambda difference, margin, tolerance: difference <= margin,
    ">": lambda difference, margin, tolerance: difference > margin,
    ">=": lambda difference, margin, tolerance: difference >= -margin,
    "=": lambda difference, margin, tolerance: abs(difference) <= tolerance,
    "!=": lambda difference, margin, tolerance: abs(difference) > tolerance,
}


def value(expression: Expression, rows: Rows) -> tuple[Array, Array | float]:
    """An expression's value, [N], and the size of what it was added up from; 0 where it is exact,
    as a column or a constant is."""
    match expression:
        case Number(constant):
            return rows.library.full(rows.num, float(constant)), 0.0
        case Name(column):
            return rows.numbers[column], 0.0
        case Call(function, argument):
            inner = value(argument, rows)[0]
            result = _called(function, inner, rows.library)
            return result, abs(result)
        case Operation(symbol, left, right):
            return _operated(symbol, value(left, rows), value(right, rows), rows.library)


def _operated(
    symbol: str,
    left: tuple[Array, Array | float],
    right: tuple[Array, Array | float],
    library: Library,
) -> tuple[Array, Array]:
    result = _OPERATIONS[symbol](left[0], right[0])
    if symbol in "+-":
        sizes = [library.maximum(abs(part), size) for part, size in (left, right)]
        return result, sizes[0] + sizes[1]
    return result, abs(result)


def _called(function: str, x: Array, library: Library) -> Array:
    if function == "abs":
        return abs(x)
    of_library: Callable[[Array], Array] = getattr(library, _FUNCTIONS[function])
    return of_library(x)


_OPERATIONS: Mapping[str, Callable[[Array, Array], Array]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_FUNCTIONS = {"exp": "exp", "floor": "floor", "log": "log", "round": "rint", "sqrt": "sqrt"}
