"""A repair as data: decisions in their order, which JSON holds and any array library can follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from vaezoo._storage import fields
from vaezoo.errors import DataError
from vaezoo.tables.rules.clauses import Clause, Line
from vaezoo.tables.rules.elimination import Stage


@dataclass(frozen=True)
class Plan:
    """What `repair` does with a row that breaks a rule.

    Attributes:
        stages: decisions, each of which looks only at those before it.
        witness: a row that obeys every rule: a number or a code for each variable.
    """

    stages: tuple[Stage, ...]
    witness: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """As lists and numbers. Fractions are strings, such as "1/3"."""
        return {
            "stages": [
                {"variable": stage.variable, "clauses": [_written(c) for c in stage.clauses]}
                for stage in self.stages
            ],
            "witness": list(self.witness),
        }

    @classmethod
    def from_json(cls, value: object, sizes: Sequence[int]) -> Plan:
        """The plan that `to_json` gave.

        Args:
            value: from a file.
            sizes: codes of each variable; 0 for numbers.

        Raises:
            DataError: it is none.
        """
        try:
            plan = fields.mapping(value)
            stages = [fields.mapping(stage) for stage in fields.sequence(plan["stages"])]
            read = tuple(_stage(stage, sizes) for stage in stages)
            witness = tuple(float(fields.number(v)) for v in fields.sequence(plan["witness"]))
            if len(witness) != len(sizes) or {s.variable for s in read} != {*range(len(sizes))}:
                raise ValueError(f"{len(read)} stages for {len(sizes)} variables")
        except (KeyError, ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
            raise DataError(f"the plan of the rules cannot be read ({error!r}).") from None
        return cls(read, witness)


def _written(clause: Clause) -> dict[str, Any]:
    lines = sorted(clause.lines, key=lambda line: (line.terms, line.bound))
    return {
        "choices": [[variable, sorted(codes)] for variable, codes in clause.choices],
        "lines": [[[list(term) for term in line.terms], str(line.bound)] for line in lines],
    }


def _stage(value: Mapping[str, Any], sizes: Sequence[int]) -> Stage:
    clauses = [_clause(fields.mapping(c), sizes) for c in fields.sequence(value["clauses"])]
    return Stage(_variable(value["variable"], sizes), tuple(clauses))


def _clause(value: Mapping[str, Any], sizes: Sequence[int]) -> Clause:
    choices = []
    for variable, codes in fields.sequence(value["choices"]):
        size = sizes[_variable(variable, sizes)]
        kept = frozenset(fields.whole(code) for code in fields.sequence(codes, most=100_000))
        if not size or max(kept, default=0) >= size:
            raise ValueError(f"codes {sorted(kept)[-3:]} of a variable with {size}")
        choices.append((variable, kept))
    lines = frozenset(_line(each, sizes) for each in fields.sequence(value["lines"]))
    return Clause(tuple(choices), lines)


def _line(value: object, sizes: Sequence[int]) -> Line:
    terms, bound = fields.sequence(value)
    pairs = [(_variable(n, sizes), int(factor)) for n, factor in fields.sequence(terms)]
    if any(sizes[n] for n, _ in pairs) or len(bound) > 1000:
        raise ValueError("a line of what is no number")
    return Line(tuple(pairs), Fraction(bound))


def _variable(value: object, sizes: Sequence[int]) -> int:
    number = fields.whole(value)
    if number >= len(sizes):
        raise ValueError(f"variable {number} of {len(sizes)}")
    return number
