"""Expressions as sums of multiples of columns, and how exact an equation can be."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from math import gcd

from vaezoo.tables.rules.columns import ColumnFacts, step_of
from vaezoo.tables.rules.syntax import Call, Comparison, Expression, Name, Number, Operation

Affine = tuple[dict[str, Fraction], Fraction]  # multiples of columns, and a constant


def affine(expression: Expression) -> Affine | None:
    """An expression as sum of multiples of columns and a constant; None where it is none.

    Example:
        >>> from vaezoo.tables.rules.syntax import Name, Number, Operation
        >>> affine(Operation("*", Number(Fraction(2)), Name("Age")))
        ({'Age': Fraction(2, 1)}, Fraction(0, 1))
    """
    match expression:
        case Number(constant):
            return {}, constant
        case Name(column):
            return {column: Fraction(1)}, Fraction(0)
        case Call():
            return None
        case Operation(symbol, left, right):
            a, b = affine(left), affine(right)
            return None if a is None or b is None else _operated(symbol, a, b)


def _operated(symbol: str, a: Affine, b: Affine) -> Affine | None:
    if symbol in ("+", "-"):
        return _sum(a, b, 1 if symbol == "+" else -1)
    if symbol == "*" and not (a[0] and b[0]):
        return _scaled(a, b[1]) if not b[0] else _scaled(b, a[1])
    if symbol == "/" and not b[0] and b[1]:
        return _scaled(a, 1 / b[1])
    if symbol == "^" and not a[0] and not b[0]:
        return _power(a[1], b[1])
    return a if symbol == "^" and not b[0] and b[1] == 1 else None


def _power(base: Fraction, exponent: Fraction) -> Affine | None:
    small = exponent.denominator == 1 and abs(exponent) <= 64 and (base or exponent >= 0)
    return ({}, base**exponent.numerator) if small else None


def _sum(a: Affine, b: Affine, sign: int) -> Affine:
    columns = dict.fromkeys([*a[0], *b[0]])
    sums = {name: a[0].get(name, Fraction(0)) + sign * b[0].get(name, 0) for name in columns}
    return {name: value for name, value in sums.items() if value}, a[1] + sign * b[1]


def _scaled(a: Affine, factor: Fraction) -> Affine:
    columns = {name: value * factor for name, value in a[0].items() if factor}
    return columns, a[1] * factor


def difference(comparison: Comparison) -> Affine | None:
    """left - right."""
    left, right = affine(comparison.left), affine(comparison.right)
    return None if left is None or right is None else _sum(left, right, -1)


def common_step(terms: Mapping[Fraction, Fraction] | list[Fraction]) -> Fraction:
    """The greatest number of which all are multiples.

    Example:
        >>> common_step([Fraction(1, 2), Fraction(1, 3)])
        Fraction(1, 6)
    """
    terms = list(terms)
    denominator = reduce(lambda a, b: a * b // gcd(a, b), (t.denominator for t in terms), 1)
    return Fraction(gcd(*(int(term * denominator) for term in terms)), denominator)


def slack(comparison: Comparison, facts: Mapping[str, ColumnFacts]) -> Fraction:
    """How far apart the sides of an equation may be: as `within` has it; else nothing where the
    columns' steps can meet it, and half a step of the column that it defines where not.
    """
    if comparison.within is not None or comparison.symbol not in ("=", "!="):
        return comparison.within or Fraction(0)
    target = comparison.left
    step = step_of(facts[target.column]) if isinstance(target, Name) else None
    if step is None or _can_meet(comparison, facts, step):
        return Fraction(0)
    return step / 2


def _can_meet(
    comparison: Comparison, facts: Mapping[str, ColumnFacts], target_step: Fraction
) -> bool:
    """Whether the other side has values that the target's step can write."""
    right = affine(comparison.right)
    if right is None:
        return False
    steps = {name: step_of(facts[name]) for name in right[0]}
    if None in steps.values():
        return False
    terms = [factor * (steps[name] or 0) for name, factor in right[0].items()]
    if len(right[0]) > 1 and all(factor.denominator == 1 for factor in right[0].values()):
        return common_step([*terms, target_step]) > 0 and _finer(right[1], terms, target_step)
    return all((term / target_step).denominator == 1 for term in [*terms, right[1]])


def _finer(constant: Fraction, terms: list[Fraction], target: Fraction) -> bool:
    """Whether some values of the terms add up to a multiple of the target's step."""
    return (constant / common_step([*terms, target])).denominator == 1
