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
from vaezoo.tables.rules.library import NUMPY, Library
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
        library: whose arrays the rows are.
    """

    def __init__(
        self,
        plan: Plan,
        variables: Sequence[Variable],
        facts: Mapping[str, ColumnFacts],
        formulas: Sequence[Rule],
        library: Library = NUMPY,
    ) -> None:
        self.plan, self.variables, self.facts, self.library = plan, variables, facts, library
        self.formulas: dict[str, list[Rule]] = {}
        for rule in formulas:
            self.formulas.setdefault(_target(rule), []).append(rule)
        self._tables = [_tables(stage, variables) for stage in plan.stages]

    def __call__(self, rows: Array | Sequence[Array]) -> list[Array]:
        """Rows that obey each stage's clauses wherever that can be: [N] of each variable, as they
        are given."""
        found = [*rows]
        for stage, tables in zip(self.plan.stages, self._tables, strict=True):
            if self.variables[stage.variable].kind == "number":
                found[stage.variable] = self._computed(found, stage.variable)
                found[stage.variable] = self._clipped(found, stage)
            else:
                found[stage.variable] = self._allowed(found, stage, tables)
        return found

    # categories -----------------------------------------------------------------------------
    def _allowed(self, rows: Sequence[Array], stage: Stage, tables: Mapping[int, Array]) -> Array:
        """A variable, [N], with an allowed code where the one that it has is not allowed."""
        variable, library = stage.variable, self.library
        size, codes = self.variables[variable].size, rows[variable]
        parts = [library.take(table, rows[other]) for other, table in tables.items()]
        for clause in stage.clauses:
            if not _is_pair(clause, variable):
                inside = _inside(clause.codes[variable], size)
                parts.append(inside | self._holds(clause, rows, without=variable)[:, None])
        if not parts:
            return codes
        allowed = library.every(parts)
        is_fine = library.any(allowed & (codes[:, None] == np.arange(size, dtype=float)))
        wrong = ~is_fine & library.any(allowed)
        return library.replaced(
            codes,
            wrong,
            lambda some: self._chosen(variable, some(allowed), [some(x) for x in rows]),
        )

    def _chosen(self, variable: int, allowed: Array, rows: Sequence[Array]) -> Array:
        """An allowed code for each row: the nearest of ordered categories, else one that depends
        on the row's other values as if by chance; the missing one only where it is the last."""
        each, library = self.variables[variable], self.library
        if None in each.values:
            others, last = allowed[:, :-1], allowed[:, -1:]
            allowed = library.joined(others, last & ~library.any(others)[:, None])
        if self.facts[each.column].kind == "ordinal":
            apart = abs(np.arange(each.size, dtype=float) - rows[variable][:, None])
            return library.least(library.where(allowed, apart, np.inf))
        chance = abs(sum(x * np.sqrt(2.0 + n) for n, x in enumerate(rows))) * 0.6180339887
        return library.nth(allowed, chance - library.floor(chance))

    # numbers --------------------------------------------------------------------------------
    def _clipped(self, rows: Sequence[Array], stage: Stage) -> Array:
        """A number outside of the intervals that clauses forbid: moved to the nearer end."""
        x, library, step = rows[stage.variable], self.library, self.variables[stage.variable].step
        gaps = [self._gap(clause, rows, stage.variable, step) for clause in stage.clauses]
        if not gaps:
            return x
        below = _moved(x, gaps, library, down=True)
        above = _moved(x, gaps, library, down=False)
        nearer = library.where(x - below <= above - x, below, above)
        return library.where(library.isfinite(nearer), nearer, x)

    def _computed(self, rows: Sequence[Array], variable: int) -> Array:
        """What a number's formula says, where all that it reads is there."""
        library, x = self.library, rows[variable]
        column, step = self.variables[variable].column, self.variables[variable].step
        for rule in self.formulas.get(column, ()):
            formula = formula_of(rule)
            assert formula is not None
            view = as_rows(
                [*rows[:variable], x, *rows[variable + 1 :]], self.variables, self.facts, library
            )
            with np.errstate(all="ignore"):
                wanted = value(formula.right, view)[0]
            room = float(slack(formula, self.facts))
            low = ceiled(wanted - room, step, library=library)
            high = floored(wanted + room, step, library=library)
            low, high = (library.where(low <= high, end, wanted) for end in (low, high))
            is_set = library.isfinite(wanted)
            if rule.premise is not None:
                is_set = is_set & truth(rule.premise, view)[0]
            x = library.where(is_set, library.minimum(library.maximum(x, low), high), x)
        return x

    def _holds(self, clause: Clause, rows: Sequence[Array], *, without: int) -> Array:
        """Where an alternative that does not have the variable holds, bool [N]."""
        library, parts = self.library, []
        for variable, codes in clause.choices:
            if variable != without:
                inside = _inside(codes, self.variables[variable].size)
                parts.append(library.take(inside, rows[variable]))
        for line in clause.lines:
            if without not in line.factors:
                total, size = _total(line, rows, without)
                parts.append(total <= float(line.bound) + _ROUNDING * size)
        return library.some(parts) if parts else rows[without] != rows[without]

    def _gap(
        self, clause: Clause, rows: Sequence[Array], variable: int, step: Fraction | None
    ) -> tuple[Array, Array]:
        """The open interval of a number that a clause forbids in each row, as its ends, [N] each:
        the first above the second where it forbids none."""
        library = self.library
        left, right = (library.full(library.size(rows[0]), end) for end in (-np.inf, np.inf))
        for line in clause.lines:
            if variable in line.factors:
                factor, (total, size) = line.factors[variable], _total(line, rows, variable)
                end, error = (float(line.bound) - total) / factor, _ROUNDING * size / abs(factor)
                if factor > 0:
                    left = library.maximum(left, floored(end, step, error, library))
                else:
                    right = library.minimum(right, ceiled(end, step, error, library))
        free = self._holds(clause, rows, without=variable)
        return library.where(free, np.inf, left), library.where(free, -np.inf, right)


def as_rows(
    rows: Array | Sequence[Array],
    variables: Sequence[Variable],
    facts: Mapping[str, ColumnFacts],
    library: Library = NUMPY,
) -> Rows:
    """Rows by their columns, with NaN where a presence says that a number is missing."""
    numbers: dict[str, Array] = {}
    absent: dict[str, Array] = {}
    for number, variable in enumerate(variables):
        if variable.kind == "presence":
            absent[variable.column] = rows[number] == 0
            continue
        gone = absent.get(variable.column)
        x = rows[number]
        numbers[variable.column] = x if gone is None else library.where(gone, np.nan, x)
    return Rows(facts, numbers, library.size(rows[0]) if len(rows) else 0, library)


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


def _total(line: Line, rows: Sequence[Array], without: int) -> tuple[Array, Array]:
    """A line's sum less one variable's part, and the size of what was added up."""
    total, size = 0.0 * rows[without], 0.0 * rows[without] + abs(float(line.bound))
    for variable, factor in line.terms:
        if variable != without:
            part = float(factor) * rows[variable]
            total, size = total + part, size + abs(part)
    return total, size


def _moved(x: Array, gaps: Sequence[tuple[Array, Array]], library: Library, *, down: bool) -> Array:
    """The nearest number outside of all gaps on one side; infinite where there is none."""
    for _ in range(len(gaps) + 1):
        before = x
        for left, right in gaps:
            x = library.where((left < x) & (x < right), left if down else right, x)
        if library is NUMPY and (x == before).all():
            break
    return x
