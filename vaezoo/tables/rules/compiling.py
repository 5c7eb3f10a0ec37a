"""From rules to a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np

from vaezoo.protocols import Array
from vaezoo.tables.rules.clauses import Clause
from vaezoo.tables.rules.columns import ColumnFacts, Variable, variables_of
from vaezoo.tables.rules.elimination import Contradiction, Stage, eliminate
from vaezoo.tables.rules.evaluation import applies, violated
from vaezoo.tables.rules.execution import Execution, as_rows
from vaezoo.tables.rules.normal_form import Definition, NormalForm, formula_of
from vaezoo.tables.rules.plan import Plan
from vaezoo.tables.rules.slack import affine, slack
from vaezoo.tables.rules.syntax import Comparison, Rule
from vaezoo.tables.rules.witness import STEPS, Search, Value

_EARLY = 1e3
_KEPT = 1e6  # ranks by which columns are kept


class Problem:
    """Rules over the columns that they name, to be solved.

    Args:
        rules: all of them.
        facts: of the table's columns.
        keep: columns that give way last.
    """

    def __init__(
        self, rules: Sequence[Rule], facts: Mapping[str, ColumnFacts], keep: Sequence[str] = ()
    ) -> None:
        self.rules = list(rules)
        names = dict.fromkeys(name for rule in rules for name in rule.columns())
        self.facts = {name: facts[name] for name in names}
        self.variables: list[Variable] = variables_of(self.facts)
        self.form, self.keep = NormalForm(self.facts, self.variables), set(keep)
        self.clauses: list[Clause] = []
        self.definitions: list[Definition] = []
        for number, rule in enumerate(self.rules):
            clauses, definitions = self.form.clauses(rule, number)
            self.clauses += clauses
            self.definitions += definitions

    def solve(
        self, also: Sequence[Clause] = (), apply: Sequence[Rule] = (), steps: int = STEPS
    ) -> Plan:
        """Decisions, and a row that obeys all rules and some more clauses.

        Args:
            also: more clauses.
            apply: rules that have to say something about the row.
            steps: of the search for a row.

        Raises:
            Contradiction: there is no such row, or none was found.
        """
        every, proven = frozenset(range(len(self.rules))), False
        for room in (True, False):
            try:
                stages = self._stages(also, room=room)
            except Contradiction:
                if not room:
                    raise
                continue
            accepts = self._accepts(apply)
            search = Search(stages, self.variables, self._computed, accepts, steps)
            row = search.row()
            if row is not None:
                return Plan(tuple(stages), tuple(row.tolist()))
            proven = search.is_complete and not room
        raise Contradiction(every, proven=proven)

    def _stages(self, also: Sequence[Clause], *, room: bool) -> list[Stage]:
        clauses = [*self.clauses, *also]
        return eliminate(clauses, self.definitions, self.variables, ranks=self.ranks(), room=room)

    def _accepts(self, apply: Sequence[Rule]) -> Callable[[Array], bool]:
        def accept(row: Array) -> bool:
            view = as_rows(row[:, None], self.variables, self.facts)
            obeyed = not any(violated(rule, view)[0] for rule in self.rules)
            return obeyed and all(applies(rule, view)[0] for rule in apply)

        return accept

    def _computed(self, variable: int, row: Mapping[int, Value]) -> Fraction | None:
        """The number that a formula gives, where one defines it."""
        if all(d.target != variable for d in self.definitions):
            return None
        values = np.array([float(row.get(n, 0)) for n in range(len(self.variables))])
        stage = Plan((Stage(variable, ()),), ())
        formulas = [rule for rule in self.rules if formula_of(rule) is not None]
        run = Execution(stage, self.variables, self.facts, formulas)
        number = float(run(values[:, None])[variable][0])
        return Fraction(number) if np.isfinite(number) else None

    def ranks(self) -> dict[int, float]:
        """How readily variables give way: the column that a rule names first does so, before
        those that it names after it; columns of coarse steps, that finer ones add up to, do not.
        Numbers give way before they are left out, but for those that "only if" is about."""
        ranks = dict.fromkeys(self.facts, 0.0)
        for rule in self.rules:
            names = rule.columns()
            for name in names:
                ranks[name] += 1 if name in (rule.targets or names[:1]) else -1
            for name in _coarse(rule, self.facts):
                ranks[name] -= 10
        for name in self.keep & set(ranks):
            ranks[name] -= _KEPT
        absent = {name for rule in self.rules for name in rule.targets}
        early = {
            n
            for n, variable in enumerate(self.variables)
            if variable.kind == "presence" and variable.column not in absent
        }
        return {n: ranks[v.column] - _EARLY * (n in early) for n, v in enumerate(self.variables)}


def _coarse(rule: Rule, facts: Mapping[str, ColumnFacts]) -> list[str]:
    """Columns of equations whose steps are greater than the slack, and than the finest step."""
    return [name for equation in rule.equations() for name in _coarse_in(equation, facts)]


def _coarse_in(equation: Comparison, facts: Mapping[str, ColumnFacts]) -> list[str]:
    sides = [affine(equation.left), affine(equation.right)]
    steps = {
        name: abs(float(factor)) * (facts[name].step or 0.0)
        for side in sides
        if side is not None
        for name, factor in side[0].items()
    }
    finest = max(2 * float(slack(equation, facts)), 1.001 * min(steps.values(), default=0.0))
    return [name for name, step in steps.items() if step > finest]
