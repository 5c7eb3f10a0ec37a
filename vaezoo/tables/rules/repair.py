"""Rows that obey every rule, from rows that may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array
from vaezoo.tables.rules.columns import as_cells
from vaezoo.tables.rules.compiling import Problem
from vaezoo.tables.rules.evaluation import Rows, violated
from vaezoo.tables.rules.execution import Execution, as_rows, rounded_rows
from vaezoo.tables.rules.normal_form import formula_of
from vaezoo.tables.rules.plan import Plan

_AT_ONCE = 2**16  # rows
# How far towards the witness a row is moved that its plan alone does not make obey every rule.
_WAYS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)


@dataclass(frozen=True)
class Repaired:
    """A table that obeys its rules.

    Attributes:
        columns: [N] each.
        num_changed: rows that broke a rule.
        num_moved: those of them that had to be moved towards a known row, as the order of
            decisions alone did not end in one that obeys all rules.
    """

    columns: dict[str, Array]
    num_changed: int
    num_moved: int


class Repair:
    """Follows a plan, and makes sure of its result."""

    def __init__(self, plan: Plan, problem: Problem, keep: Sequence[str]) -> None:
        self.problem, self.keep, self.variables = problem, keep, problem.variables
        formulas = [rule for rule in problem.rules if formula_of(rule) is not None]
        self.follow = Execution(plan, self.variables, problem.facts, formulas)
        self.witness = np.array(plan.witness)

    def __call__(self, rows: Rows, columns: Mapping[str, Array]) -> Repaired:
        """The columns of rows, repaired."""
        self._check_missing(rows)
        before = self._encoded(rows)
        after, moved, bad = rounded_rows(before, self.variables), 0, 0
        for start in range(0, rows.num, _AT_ONCE):
            part = after[:, start : start + _AT_ONCE]
            wrong = np.flatnonzero(self._violated(part))
            fixed, more = self._fixed(part[:, wrong])
            part[:, wrong] = fixed
            moved, bad = moved + more, bad + len(wrong)
        return Repaired(self._written(before, after, columns), bad, moved)

    def _fixed(self, rows: Array) -> tuple[Array, int]:
        """Rows that obey all rules, and how many were moved towards the witness."""
        if not rows.shape[1]:
            return rows, 0
        fixed = self._kept(rows, self.follow(rows))
        left = np.flatnonzero(self._violated(fixed))
        num = len(left)
        for way in _WAYS:
            if not len(left):
                break
            fixed[:, left] = self._kept(rows[:, left], self._moved(rows[:, left], way))
            left = left[self._violated(fixed[:, left])]
        if len(left):
            raise DataError(
                f"{len(left)} of {rows.shape[1]} rows cannot obey all rules with the values of "
                f"{', '.join(self.keep)} that they have: give other values, or leave these out."
            )
        return fixed, num

    def _moved(self, rows: Array, way: float) -> Array:
        """Rows part of the way to the witness, and from there to the rules."""
        numbers = np.array([variable.kind == "number" for variable in self.variables])[:, None]
        witness = self.witness[:, None]
        if way == 1.0:
            return np.broadcast_to(witness, rows.shape).copy()
        codes = rows if way < 0.5 else np.broadcast_to(witness, rows.shape)
        between = np.where(numbers, rows + way * (witness - rows), codes)
        return self.follow(rounded_rows(between, self.variables))

    def _kept(self, before: Array, after: Array) -> Array:
        """`after`, with the columns of `before` that may not change."""
        kept = [n for n, variable in enumerate(self.variables) if variable.column in self.keep]
        after[kept] = before[kept]
        return after

    def _violated(self, rows: Array) -> Array:
        view = as_rows(rows, self.variables, self.problem.facts)
        broken = np.zeros(rows.shape[1], bool)
        for rule in self.problem.rules:
            broken |= violated(rule, view)
        return broken

    # columns and rows of numbers ------------------------------------------------------------
    def _check_missing(self, rows: Rows) -> None:
        for name, facts in rows.facts.items():
            gone = np.flatnonzero(~rows.known(name))
            if not facts.nullable and len(gone):
                raise DataError(
                    f"column {name!r} has {len(gone)} missing cells, first in row {gone[0]}: its "
                    "schema has none."
                )

    def _encoded(self, rows: Rows) -> Array:
        """[V, N]: numbers that are missing are those of the witness."""
        encoded = np.empty((len(self.variables), rows.num))
        for number, variable in enumerate(self.variables):
            values = rows.numbers[variable.column]
            if variable.kind == "presence":
                encoded[number] = ~np.isnan(values)
            elif variable.kind == "number":
                encoded[number] = np.where(np.isnan(values), self.witness[number], values)
            else:
                encoded[number] = values
        return encoded

    def _written(
        self, before: Array, after: Array, columns: Mapping[str, Array]
    ) -> dict[str, Array]:
        """The columns, with the cells that changed."""
        written = {name: np.asarray(values) for name, values in columns.items()}
        facts = self.problem.facts
        old, new = (as_rows(rows, self.variables, facts).numbers for rows in (before, after))
        for variable in self.variables:
            name = variable.column
            changed = np.flatnonzero(~_same(old[name], new[name]))
            if variable.kind != "presence" and len(changed):
                cells = as_cells(variable, new[name][changed], written[name])
                written[name] = _replaced(written[name], changed, cells)
        return written


def _same(a: Array, b: Array) -> Array:
    return (a == b) | ((a != a) & (b != b))


def _replaced(values: Array, rows: Array, cells: Array) -> Array:
    """Values with new cells, of a type that has room for them."""
    kind = values.dtype if cells.dtype == values.dtype else np.result_type(values, cells)
    replaced = values.astype(object if cells.dtype.kind == "O" else kind)
    replaced[rows] = cells
    return replaced
