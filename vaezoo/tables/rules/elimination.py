"""The order in which a row's variables are decided, and what each decision has to obey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vaezoo.errors import ConfigError
from vaezoo.tables.rules.clauses import Clause, line, reduced
from vaezoo.tables.rules.columns import Variable
from vaezoo.tables.rules.normal_form import Definition
from vaezoo.tables.rules.resolution import Resolution, signs_of


@dataclass(frozen=True)
class Stage:
    """One decision: a variable, and clauses over it and those decided before.

    Attributes:
        variable: its number.
        clauses: all that the later variables leave it, so that these can be decided too.
    """

    variable: int
    clauses: tuple[Clause, ...]


class Contradiction(Exception):
    """Rules that no row obeys.

    Attributes:
        origin: numbers of the rules that it was derived from.
        proven: whether there is none; otherwise none was found.
    """

    def __init__(self, origin: frozenset[int], *, proven: bool = True) -> None:
        super().__init__(sorted(origin))
        self.origin, self.proven = origin, proven


def eliminate(
    clauses: Iterable[Clause],
    definitions: Sequence[Definition],
    variables: Sequence[Variable],
    *,
    ranks: Mapping[int, float],
    room: bool = True,
) -> list[Stage]:
    """Stages in the order of decisions: found from the last one to the first.

    Args:
        clauses: of all rules.
        definitions: of columns that formulas compute: after what they read.
        variables: what the clauses' numbers mean.
        ranks: of variables: those of a higher rank give way, as they are decided later.
        room: as `Resolution` has it.

    Raises:
        Contradiction: no row obeys them; where `room` is set, some rows might.
        ConfigError: definitions in a circle, or rules too entangled.
    """
    left, open_ = set(range(len(variables))), reduced(clauses, variables)
    resolution, stages = Resolution(variables, room=room), []
    defined = {definition.target for definition in definitions}
    while left:
        _check(open_)
        variable = _last(left, open_, definitions, variables, ranks)
        own = [clause for clause in open_ if variable in clause.variables]
        others = [clause for clause in open_ if variable not in clause.variables]
        if variable not in defined:  # what a formula gives may lie outside
            own += bounds(variable, variables)
        open_ = reduced([*others, *resolution.without(variable, own)], variables)
        stages.append(Stage(variable, tuple(own)))
        left.remove(variable)
    _check(open_)
    return stages[::-1]


def bounds(variable: int, variables: Sequence[Variable]) -> list[Clause]:
    """That a number lies within its column's bounds: these count as a rule with the number
    -1 - variable."""
    each, found = variables[variable], []
    for factor, end in ((-1, each.lower), (1, each.upper)):
        if end is not None:
            own = line({variable: Fraction(factor)}, factor * end, variables)
            found.append(Clause((), frozenset([own]), frozenset([-1 - variable])))
    return found


def _check(clauses: Iterable[Clause]) -> None:
    for clause in clauses:
        if clause.is_empty():
            raise Contradiction(clause.origin)


def _last(
    left: set[int],
    clauses: Sequence[Clause],
    definitions: Sequence[Definition],
    variables: Sequence[Variable],
    ranks: Mapping[int, float],
) -> int:
    """The variable to decide last of those left: of a high rank, and cheap to leave open."""
    read = {n for definition in definitions if definition.target in left for n in definition.inputs}
    numbers = {variables[n].column for n in left if variables[n].kind == "number"}
    able = [
        n
        for n in left
        if n not in read and (variables[n].kind != "presence" or variables[n].column not in numbers)
    ]
    if not able:
        names = sorted({variables[d.target].column for d in definitions if d.target in left})
        raise ConfigError(
            f"formulas define {', '.join(names)} by each other: expected an order in which each "
            "can be computed."
        )
    return max(able, key=lambda n: (ranks.get(n, 0) - _growth(n, clauses, variables), n))


def _growth(variable: int, clauses: Sequence[Clause], variables: Sequence[Variable]) -> float:
    """How many clauses more there may be without it; 0 for no more than there are."""
    own = [clause for clause in clauses if variable in clause.variables]
    if variables[variable].kind != "number":
        return max(0.0, len(own) * (len(own) - 1) / 2 - len(own))
    low = high = mixed = 0
    for clause in own:
        signs = signs_of(variable, clause)
        low, high = low + (False in signs), high + (True in signs)
        mixed += len(signs) == 2
    return max(0.0, low * high - len(own) + mixed)
