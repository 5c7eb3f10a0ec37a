"""A number that a formula reads, from the result that it has to give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules.columns import Variable
from vaezoo.tables.rules.compiling import Problem
from vaezoo.tables.rules.evaluation import value, violated
from vaezoo.tables.rules.execution import as_rows
from vaezoo.tables.rules.normal_form import formula_of
from vaezoo.tables.rules.snapping import rounded
from vaezoo.tables.rules.syntax import Expression, Rule

_PLACES = 65  # between a number's bounds, to find where the result is passed
_HALVINGS = 50


@dataclass(frozen=True)
class Inverse:
    """What has to be solved, where a formula's result is kept.

    Attributes:
        target: the variable of the result.
        rule: that the formula is of.
        formula: of numbers.
        free: variables that it reads and that may change.
    """

    target: int
    rule: Rule
    formula: Expression
    free: tuple[int, ...]


def inverses(problem: Problem, keep: Sequence[str]) -> list[Inverse]:
    """Of all formulas whose results are kept."""
    found = []
    for definition in problem.definitions:
        rule = problem.rules[definition.rule]
        formula = formula_of(rule)
        assert formula is not None
        free = [n for n in sorted(definition.inputs) if _may_change(problem.variables[n], keep)]
        if problem.variables[definition.target].column in keep and free:
            found.append(Inverse(definition.target, rule, formula.right, tuple(free)))
    return found


def _may_change(variable: Variable, keep: Sequence[str]) -> bool:
    return variable.kind == "number" and variable.column not in keep


def solved(rows: Array, inverse: Inverse, problem: Problem) -> Array:
    """Rows [V, N] in which a free number gives the result that is kept, where it is not given yet:
    of the free ones in turn, the first with which it can be, at the root next to what it was."""
    rows, result = rows.copy(), rows[inverse.target]
    left = violated(inverse.rule, as_rows(rows, problem.variables, problem.facts))
    for number in inverse.free:

        def error(x: Array, number: int = number) -> Array:
            view = as_rows(
                [*rows[:number], x, *rows[number + 1 :]], problem.variables, problem.facts
            )
            with np.errstate(all="ignore"):
                return np.asarray(value(inverse.formula, view)[0] - result)

        root = _root(error, rows[number], problem.variables[number])
        found = left & np.isfinite(root)
        rows[number] = np.where(found, root, rows[number])
        left &= ~found
    return rows


def _root(error: Callable[[Array], Array], x: Array, variable: Variable) -> Array:
    """Where the error changes its sign, next to x, as a multiple of the number's step, [N]; NaN
    where it is nowhere seen to."""
    reach = 10 * np.abs(x) + 10
    low = np.full_like(x, float(variable.lower)) if variable.lower is not None else x - reach
    high = np.full_like(x, float(variable.upper)) if variable.upper is not None else x + reach
    places = low + (high - low) * np.linspace(0, 1, _PLACES)[:, None]
    signs = np.sign(np.stack([error(place) for place in places]))
    passed = signs[1:] * signs[:-1] <= 0  # False for NaN
    apart = np.where(passed, np.abs((places[1:] + places[:-1]) / 2 - x), np.inf)
    nearest = apart.argmin(axis=0)
    columns = np.arange(len(x))
    left, right, sign = (
        places[nearest, columns],
        places[nearest + 1, columns],
        signs[nearest, columns],
    )
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        beyond = np.sign(error(middle)) != sign
        left, right = np.where(beyond, left, middle), np.where(beyond, middle, right)
    return np.where(passed.any(axis=0), rounded((left + right) / 2, variable.step), np.nan)
