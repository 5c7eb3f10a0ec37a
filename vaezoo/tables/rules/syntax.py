"""What rules are made of, once they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True)
class Number:
    """A constant; of dates, days since 1970."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """A column of numbers or dates."""

    column: str


@dataclass(frozen=True)
class Operation:
    """left + right, and likewise for - * / ^."""

    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Call:
    """function(argument)."""

    function: str
    argument: Expression


Expression: TypeAlias = Number | Name | Operation | Call


@dataclass(frozen=True)
class Comparison:
    """left < right, and likewise for <= > >= = !=.

    Attributes:
        within: how far apart the sides of an equation may be; None: as `slack` has it.
    """

    symbol: str
    left: Expression
    right: Expression
    within: Fraction | None = None


@dataclass(frozen=True)
class Member:
    """Categories of some columns that are one of the given combinations."""

    columns: tuple[str, ...]
    rows: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Present:
    """A cell that is not missing."""

    column: str


@dataclass(frozen=True)
class Not:
    """What does not hold."""

    part: Condition


@dataclass(frozen=True)
class All:
    """Conditions that hold together."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Member | Present | Not | All | AnyOf


@dataclass(frozen=True)
class Rule:
    """One rule of a table.

    Attributes:
        name: of it, for messages and tables.
        text: as it was written.
        conclusion: what holds.
        premise: where it has to hold; None: in every row.
        targets: columns that have a value only where the conclusion holds; () for other rules.
    """

    name: str
    text: str
    conclusion: Condition
    premise: Condition | None = None
    targets: tuple[str, ...] = ()

    def equations(self) -> list[Comparison]:
        """Those in its premise and in its conclusion."""
        parts = (self.premise,) if self.premise else ()
        return [found for part in (*parts, self.conclusion) for found in equations_of(part)]

    def columns(self) -> list[str]:
        """Those that it names, in the order of their first mention."""
        parts = (self.premise,) if self.premise else ()
        names = [*self.targets]
        for part in (*parts, self.conclusion):
            names += columns_of(part)
        return list(dict.fromkeys(names))


def equations_of(part: Condition) -> Iterator[Comparison]:
    """Equations in a part of a rule, whatever stands around them."""
    match part:
        case Comparison("="):
            yield part
        case Not(negated):
            yield from equations_of(negated)
        case All(parts) | AnyOf(parts):
            for each in parts:
                yield from equations_of(each)


def columns_of(part: Condition | Expression) -> Iterator[str]:
    """Columns that a part of a rule names, from left to right."""
    match part:
        case Name(column) | Present(column):
            yield column
        case Member(columns):
            yield from columns
        case Operation(_, left, right) | Comparison(_, left, right):
            yield from columns_of(left)
            yield from columns_of(right)
        case Call(_, inner):
            yield from columns_of(inner)
        case Not(negated):
            yield from columns_of(negated)
        case All(parts) | AnyOf(parts):
            for each in parts:
                yield from columns_of(each)
