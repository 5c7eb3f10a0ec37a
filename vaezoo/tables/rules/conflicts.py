"""Rules that clash: the fewest that no row can obey and be subject to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from vaezoo.tables.rules.columns import ColumnFacts
from vaezoo.tables.rules.compiling import Problem
from vaezoo.tables.rules.elimination import Contradiction
from vaezoo.tables.rules.syntax import Rule

_TOGETHER = 3  # rules beside one that are tried in all combinations; of more, each in turn


@dataclass(frozen=True)
class Clash:
    """Rules that exclude each other.

    Attributes:
        rule: that no row can be subject to, since the others forbid it.
        rules: all that are needed for this, with the first; alone, it contradicts itself or the
            bounds and categories of its columns.
    """

    rule: str
    rules: tuple[str, ...]

    def __str__(self) -> str:
        others = [name for name in self.rules if name != self.rule]
        if not others:
            return f"{self.rule!r} holds in no row, within the bounds of its columns"
        names = ", ".join(map(repr, others))
        return f"{self.rule!r} can apply to no row that obeys {names}"


def clashes(rules: Sequence[Rule], facts: Mapping[str, ColumnFacts]) -> list[Clash]:
    """The smallest sets of rules that clash.

    A rule clashes with others if no row obeys all of them, has a value in every column that the
    rule names, and meets its premise: then it would hold only where it says nothing.
    """
    found: list[Clash] = []
    for rule in rules:
        core = _core(rule, _connected(rule, rules), facts)
        if core is not None:
            smallest = _smallest(rule, core, facts)
            found.append(Clash(rule.name, tuple(each.name for each in smallest)))
    sets = [{*clash.rules} for clash in found]
    return [
        clash
        for n, clash in enumerate(found)
        if sets[n] not in sets[:n] and not any(other < sets[n] for other in sets)
    ]


def _connected(rule: Rule, rules: Sequence[Rule]) -> list[Rule]:
    """The rule, and those that share columns with it, directly or through others."""
    names, near = set(rule.columns()), [rule]
    while True:
        new = [r for r in rules if r not in near and names & set(r.columns())]
        if not new:
            return near
        near += new
        names.update(name for r in new for name in r.columns())


def _core(rule: Rule, rules: Sequence[Rule], facts: Mapping[str, ColumnFacts]) -> list[Rule] | None:
    """Rules that a contradiction was derived from, the given one first; None where there is
    none."""
    problem = Problem(rules, facts)
    try:
        problem.solve(problem.form.premise(rule), [rule])
    except Contradiction as error:
        if not error.proven:
            return None
        return [rule, *(rules[n] for n in sorted(error.origin) if n >= 0 and rules[n] != rule)]
    return None


def _smallest(rule: Rule, core: list[Rule], facts: Mapping[str, ColumnFacts]) -> list[Rule]:
    """The fewest rules of a core that still clash."""
    for few in _subsets(core[1:]):
        if _core(rule, [rule, *few], facts) is not None:
            return [rule, *few]
    for each in core[1:]:
        fewer = [r for r in core if r != each]
        if _core(rule, fewer, facts) is not None:
            core = fewer
    return core


def _subsets(rules: Sequence[Rule]) -> Iterator[tuple[Rule, ...]]:
    for num in range(min(_TOGETHER + 1, len(rules))):
        yield from combinations(rules, num)
