"""Rows that obey every rule, from rows that may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array
from vaezoo.tables.rules.columns import as_cells
from vaezoo.tables.rules.compiling import Problem
from vaezoo.tables.rules.evaluation import Rows, violated
from vaezoo.tables.rules.execution import Execution, as_rows, rounded_rows
from vaezoo.tables.rules.inversion import inverses, solved
from vaezoo.tables.rules.normal_form import formula_of
from vaezoo.tables.rules.plan import Plan

_AT_ONCE = 2**16  # rows
# How far towards the witness a row is moved that its plan alone does not make obey every rule.
WAYS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)


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
        numbers = np.array([variable.kind == "number" for variable in self.variables])
        read = [n for definition in problem.definitions for n in definition.inputs]
        self.movable = [np.isin(np.arange(len(numbers)), read) & numbers, numbers]
        targets = {definition.target for definition in problem.definitions}
        self.computed = [n for n in targets if not self.beyond(n, self.witness[n])]
        self.inverses = inverses(problem, keep)

    def __call__(self, rows: Rows, columns: Mapping[str, Array]) -> Repaired:
        """The columns of rows, repaired."""
        before, after, changed, moved = self._repaired(rows)
        return Repaired(self._written(before, after, columns), changed, moved)

    def numbers(self, rows: Rows) -> Mapping[str, Array]:
        """Rows as they compute, repaired."""
        return as_rows(self._repaired(rows)[1], self.variables, self.problem.facts).numbers

    def _repaired(self, rows: Rows) -> tuple[Array, Array, int, int]:
        """Rows before and after, and how many were changed, and moved."""
        self._check_missing(rows)
        before = self._encoded(rows)
        after, moved, bad = rounded_rows(before, self.variables), 0, 0
        for start in range(0, rows.num, _AT_ONCE):
            part = after[:, start : start + _AT_ONCE]
            wrong = np.flatnonzero(self._violated(part))
            fixed, more = self._fixed(part[:, wrong])
            part[:, wrong] = fixed
            moved, bad = moved + more, bad + len(wrong)
        return before, after, bad, moved

    def _fixed(self, rows: Array) -> tuple[Array, int]:
        """Rows that obey all rules, and how many were moved towards the witness. What formulas
        compute lies within its column's bounds, too, unless columns that are kept forbid it."""
        fixed, left, num = self._tried(rows, lambda x: self._violated(x) | self._outside(x))
        fixed[:, left], still, _ = self._tried(rows[:, left], self._violated)
        if len(still):
            raise DataError(
                f"{len(still)} of {rows.shape[1]} rows cannot obey all rules with the values of "
                f"{', '.join(self.keep)} that they have: give other values, or leave these out."
            )
        return fixed, num

    def _tried(self, rows: Array, wrong: Callable[[Array], Array]) -> tuple[Array, Array, int]:
        """Rows moved towards the witness until nothing is wrong, those that still are, and how many
        were moved."""
        fixed = self._kept(rows, np.stack(self.follow(rows)))
        left = np.flatnonzero(wrong(fixed))
        for inverse in self.inverses if len(left) else ():
            some = solved(self._kept(rows[:, left], fixed[:, left]), inverse, self.problem)
            fixed[:, left] = self._kept(some, np.stack(self.follow(some)))
            left = left[wrong(fixed[:, left])]
        num = len(left)
        for which, way in product(self.movable, WAYS):
            if not len(left):
                break
            moved = self._moved(rows[:, left], which, way)
            fixed[:, left] = self._kept(rows[:, left], moved)
            left = left[wrong(fixed[:, left])]
        return fixed, left, num

    def _moved(self, rows: Array, which: Array, way: float) -> Array:
        """Rows of which some numbers go part of the way to the witness, and from there to the
        rules; far on the way, all else is the witness's if all numbers go there."""
        witness, every = self.witness[:, None], which is self.movable[-1]
        if every and way == 1.0:
            return np.broadcast_to(witness, rows.shape).copy()
        codes = rows if way < 0.5 or not every else np.broadcast_to(witness, rows.shape)
        numbers = np.where(which[:, None], rows + way * (witness - rows), rows)
        between = np.where(self.movable[-1][:, None], numbers, codes)
        return np.stack(self.follow(rounded_rows(between, self.variables)))

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

    def _outside(self, rows: Array) -> Array:
        """Where a formula gave a number beyond its column's bounds, bool [N]."""
        view = as_rows(rows, self.variables, self.problem.facts)
        beyond = np.zeros(rows.shape[1], bool)
        for number in self.computed:
            beyond |= self.beyond(number, view.numbers[self.variables[number].column])
        return beyond

    def beyond(self, number: int, values: Array) -> Array:
        """Where values lie beyond a column's bounds: not where they are missing."""
        lower, upper = self.variables[number].lower, self.variables[number].upper
        low = -np.inf if lower is None else float(lower)
        high = np.inf if upper is None else float(upper)
        return (values < low) | (values > high)

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
