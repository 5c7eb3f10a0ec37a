"""Follows a plan on many rows at once: comparisons, least and greatest values, and look-ups."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules.clauses import Clause, Line
from vaezoo.tables.rules.columns import ColumnFacts, Variable
from vaezoo.tables.rules.elimination import Stage
from vaezoo.tables.rules.evaluation import Rows, truth, value
from vaezoo.tables.rules.normal_form import formula_of
from vaezoo.tables.rules.plan import Plan
from vaezoo.tables.rules.slack import slack
from vaezoo.tables.rules.snapping import ceiled, floored, rounded
from vaezoo.tables.rules.syntax import Name, Rule

_ROUNDING = 1e-12


class Execution:
    """Follows a plan on rows, each a number or a code for each variable.

    Args:
        plan: what to do.
        variables: what the numbers of the plan mean.
        facts: of the columns.
        formulas: rules that define columns by formulas.
    """

    def __init__(
        self,
        plan: Plan,
        variables: Sequence[Variable],
        facts: Mapping[str, ColumnFacts],
        formulas: Sequence[Rule],
    ) -> None:
        self.plan, self.variables, self.facts = plan, variables, facts
        self.formulas: dict[str, list[Rule]] = {}
        for rule in formulas:
            self.formulas.setdefault(_target(rule), []).append(rule)
        self._tables = [_tables(stage, variables) for stage in plan.stages]

    def __call__(self, rows: Array) -> Array:
        """Rows that obey each stage's clauses wherever that can be, [V, N] as they are given."""
        rows = rows.copy()
        for stage, tables in zip(self.plan.stages, self._tables, strict=True):
            if self.variables[stage.variable].kind == "number":
                self._compute(rows, stage.variable)
                self._clip(rows, stage)
            else:
                self._choose(rows, stage, tables)
        return rows

    # categories -----------------------------------------------------------------------------
    def _choose(self, rows: Array, stage: Stage, tables: Mapping[int, Array]) -> None:
        """Sets a variable to an allowed code, where the one that it has is not allowed."""
        variable, size = stage.variable, self.variables[stage.variable].size
        allowed = np.ones((rows.shape[1], size), bool)
        for other, table in tables.items():
            allowed &= table[rows[other].astype(np.int64)]
        for clause in stage.clauses:
            if not _is_pair(clause, variable):
                inside = _inside(clause.codes[variable], size)
                allowed &= inside | self._holds(clause, rows, without=variable)[:, None]
        codes = rows[variable].astype(np.int64)
        wrong = np.flatnonzero(~allowed[np.arange(len(codes)), codes] & allowed.any(axis=1))
        if len(wrong):
            rows[variable, wrong] = self._chosen(variable, allowed[wrong], rows[:, wrong])

    def _chosen(self, variable: int, allowed: Array, rows: Array) -> Array:
        """An allowed code for each row: the nearest of ordered categories, else one that depends
        on the row's other values as if by chance; the missing one only where it is the last."""
        each, missing = self.variables[variable], None in self.variables[variable].values
        if missing:
            allowed[:, -1] &= ~allowed[:, :-1].any(axis=1)
        if self.facts[each.column].kind == "ordinal":
            apart = np.abs(np.arange(each.size) - rows[variable][:, None])
            return np.where(allowed, apart, np.inf).argmin(axis=1)
        weights = np.sqrt(np.arange(2, 2 + len(rows)))
        chance = np.modf(np.abs(weights @ np.nan_to_num(rows)) * 0.6180339887)[0]
        rank = np.floor(chance * allowed.sum(axis=1))
        return (np.cumsum(allowed, axis=1) > rank[:, None]).argmax(axis=1)

    # numbers --------------------------------------------------------------------------------
    def _clip(self, rows: Array, stage: Stage) -> None:
        """Moves a number out of the intervals that clauses forbid, to the nearer end."""
        variable = stage.variable
        step = self.variables[variable].step
        gaps = [self._gap(clause, rows, variable, step) for clause in stage.clauses]
        if not gaps:
            return
        x = rows[variable]
        below, above = _moved(x, gaps, down=True), _moved(x, gaps, down=False)
        nearer = np.where(x - below <= above - x, below, above)
        rows[variable] = np.where(np.isfinite(nearer), nearer, x)

    def _compute(self, rows: Array, variable: int) -> None:
        """Sets a number to what its formula says, where all that it reads is there."""
        column, step = self.variables[variable].column, self.variables[variable].step
        for rule in self.formulas.get(column, ()):
            formula = formula_of(rule)
            assert formula is not None
            view = as_rows(rows, self.variables, self.facts)
            with np.errstate(all="ignore"):
                wanted = value(formula.right, view)[0]
            room = float(slack(formula, self.facts))
            low, high = ceiled(wanted - room, step), floored(wanted + room, step)
            low, high = np.where(low <= high, low, wanted), np.where(low <= high, high, wanted)
            set_ = np.isfinite(wanted)
            if rule.premise is not None:
                set_ &= truth(rule.premise, view)[0]
            rows[variable] = np.where(set_, np.clip(rows[variable], low, high), rows[variable])

    def _holds(self, clause: Clause, rows: Array, *, without: int) -> Array:
        """Where an alternative that does not have the variable holds, bool [N]."""
        holds = np.zeros(rows.shape[1], bool)
        for variable, codes in clause.choices:
            if variable != without:
                inside = _inside(codes, self.variables[variable].size)
                holds |= inside[rows[variable].astype(np.intp)]
        for line in clause.lines:
            if without not in line.factors:
                total, size = _total(line, rows, without)
                holds |= total <= float(line.bound) + _ROUNDING * size
        return holds

    def _gap(
        self, clause: Clause, rows: Array, variable: int, step: Fraction | None
    ) -> tuple[Array, Array]:
        """The open interval of a number that a clause forbids in each row, as its ends, [N] each:
        the first above the second where it forbids none."""
        num = rows.shape[1]
        left, right = np.full(num, -np.inf), np.full(num, np.inf)
        for line in clause.lines:
            if variable in line.factors:
                factor, (total, size) = line.factors[variable], _total(line, rows, variable)
                end, error = (float(line.bound) - total) / factor, _ROUNDING * size / abs(factor)
                if factor > 0:
                    left = np.maximum(left, floored(end, step, error))
                else:
                    right = np.minimum(right, ceiled(end, step, error))
        free = self._holds(clause, rows, without=variable)
        return np.where(free, np.inf, left), np.where(free, -np.inf, right)


def as_rows(rows: Array, variables: Sequence[Variable], facts: Mapping[str, ColumnFacts]) -> Rows:
    """Rows by their columns, with NaN where a presence says that a number is missing."""
    numbers: dict[str, Array] = {}
    absent: dict[str, Array] = {}
    for number, variable in enumerate(variables):
        if variable.kind == "presence":
            absent[variable.column] = rows[number] == 0
        elif variable.kind == "choice":
            numbers[variable.column] = rows[number].astype(np.int64)
        else:
            gone = absent.get(variable.column)
            x = rows[number]
            numbers[variable.column] = x if gone is None else np.where(gone, np.nan, x)
    return Rows(facts, numbers, rows.shape[1])


def rounded_rows(rows: Array, variables: Sequence[Variable]) -> Array:
    """Rows whose numbers are multiples of their columns' steps."""
    return np.stack([rounded(x, v.step) for x, v in zip(rows, variables, strict=True)])


@functools.lru_cache(maxsize=4096)
def _inside(codes: frozenset[int], size: int) -> Array:
    """Which of so many codes are these, bool [size]."""
    return np.isin(np.arange(size), [*codes])


def _target(rule: Rule) -> str:
    formula = formula_of(rule)
    assert formula is not None and isinstance(formula.left, Name)
    return formula.left.column


def _is_pair(clause: Clause, variable: int) -> bool:
    return not clause.lines and len(clause.choices) == 2 and variable in clause.codes


def _tables(stage: Stage, variables: Sequence[Variable]) -> dict[int, Array]:
    """Of clauses over two variables with codes: which codes each code of the other one leaves."""
    tables: dict[int, Array] = {}
    for clause in stage.clauses:
        if _is_pair(clause, stage.variable):
            (other,) = set(clause.codes) - {stage.variable}
            sizes = variables[other].size, variables[stage.variable].size
            table = tables.setdefault(other, np.ones(sizes, bool))
            inside = np.isin(np.arange(sizes[1]), [*clause.codes[stage.variable]])
            table[~np.isin(np.arange(sizes[0]), [*clause.codes[other]])] &= inside
    return tables


def _total(line: Line, rows: Array, without: int) -> tuple[Array, Array]:
    """A line's sum less one variable's part, and the size of what was added up."""
    total, size = np.zeros(rows.shape[1]), np.full(rows.shape[1], abs(float(line.bound)))
    for variable, factor in line.terms:
        if variable != without:
            part = factor * rows[variable]
            total += part
            size += np.abs(part)
    return total, size


def _moved(x: Array, gaps: Sequence[tuple[Array, Array]], *, down: bool) -> Array:
    """The nearest number outside of all gaps on one side; infinite where there is none."""
    for _ in range(len(gaps) + 1):
        before = x
        for left, right in gaps:
            x = np.where((left < x) & (x < right), left if down else right, x)
        if (x == before).all():
            break
    return x
