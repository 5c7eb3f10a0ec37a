"""Rules of a table: checked against each other, and against data, and made to hold."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array
from vaezoo.tables.rules import sources
from vaezoo.tables.rules.columns import Column, ColumnFacts, as_numbers
from vaezoo.tables.rules.compiling import Problem
from vaezoo.tables.rules.conflicts import Clash, clashes
from vaezoo.tables.rules.elimination import Contradiction
from vaezoo.tables.rules.evaluation import Rows, applies, violated
from vaezoo.tables.rules.parser import parse
from vaezoo.tables.rules.plan import Plan
from vaezoo.tables.rules.rejection import Draw, Rejected, reject
from vaezoo.tables.rules.repair import Repair, Repaired
from vaezoo.tables.rules.syntax import Rule

_PATIENT = 100_000  # steps of the search for a row, once rules are known not to clash


@dataclass(frozen=True)
class Count:
    """How data stand to one rule.

    Attributes:
        rule: its name.
        violations: rows that break it.
        applies: rows that it says something about: its premise holds, and no cell is missing.
    """

    rule: str
    violations: int
    applies: int


class Rules:
    """Rules that every row of a table obeys. docs/rules.md has their grammar.

    As in SQL's CHECK, a rule is broken where it is false: what a missing cell leaves open is no
    violation, but "only if" needs its condition to be known.

    Args:
        rules: that were read.
        columns: facts of all columns.
        plan: if it is known; None: found when it is first needed.

    Example:
        >>> import numpy as np
        >>> from vaezoo.tables.rules import Column, Rules
        >>> facts = {"low": Column(step=1), "high": Column(step=1)}
        >>> rules = Rules.from_texts(["low < high"], facts)
        >>> table = {"low": np.array([1.0, 9.0]), "high": np.array([5.0, 5.0])}
        >>> rules.repair(table)["low"].tolist()
        [1.0, 4.0]
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        columns: Mapping[str, ColumnFacts],
        plan: Plan | None = None,
    ) -> None:
        self.rules, self.columns, self._known = tuple(rules), dict(columns), plan
        self._repairs: dict[tuple[str, ...], Repair] = {}

    # from and to files ----------------------------------------------------------------------
    @classmethod
    def from_texts(cls, texts: Sequence[str], columns: Mapping[str, ColumnFacts]) -> Rules:
        """Rules that are named by their texts, checked against each other.

        Raises:
            ConfigError: one cannot be read, or some clash.
        """
        return cls([parse(text, text, columns) for text in texts], columns).checked()

    @classmethod
    def from_toml(
        cls,
        source: str | os.PathLike[str],
        columns: Mapping[str, ColumnFacts],
        data: Mapping[str, Array] | None = None,
    ) -> Rules:
        """Rules of a TOML file, or of a text in TOML, checked against each other.

        Args:
            source: `rules` is a list of texts, or a table of texts by name; `[[combinations]]`
                have `columns` and `rows`.
            columns: facts of the table's columns, by name.
            data: from which combinations without rows take theirs.

        Raises:
            ConfigError: it cannot be read, or some rules clash.
        """
        return cls(sources.read_toml(source, columns, data), columns).checked()

    def to_json(self) -> dict[str, Any]:
        """Rules, facts of their columns, and the plan, for a manifest."""
        names = self._problem.facts
        facts = {name: _facts(self.columns[name]) for name in names}
        return {**sources.written(self.rules), "columns": facts, "plan": self.plan.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rules:
        """What `to_json` gave, without solving them again.

        Raises:
            ConfigError: it is something else.
            DataError: the plan is.
        """
        facts = {name: _column(each) for name, each in dict(value.get("columns", {})).items()}
        given = {key: value.get(key, []) for key in ("rules", "combinations")}
        rules = cls(sources.read(given, facts), facts)
        sizes = [variable.size for variable in rules._problem.variables]
        rules._known = Plan.from_json(value.get("plan"), sizes)
        return rules

    # against each other ---------------------------------------------------------------------
    def conflicts(self) -> list[Clash]:
        """Rules that exclude each other, each set as small as can be; [] for none."""
        return clashes(self.rules, self.columns)

    def checked(self) -> Rules:
        """These rules. Raises `ConfigError` if some clash, with the smallest set that does."""
        found = self.conflicts()
        if found:
            raise ConfigError(
                f"the rules clash: {'; '.join(map(str, found[:3]))}; change or leave out one of "
                "them."
            )
        return self

    @cached_property
    def _problem(self) -> Problem:
        return Problem(self.rules, self.columns)

    @cached_property
    def plan(self) -> Plan:
        """The decisions of a repair."""
        return self._known or self._solved(())

    def _solved(self, keep: Sequence[str]) -> Plan:
        try:
            return Problem(self.rules, self.columns, keep).solve(steps=_PATIENT)
        except Contradiction:
            raise ConfigError(
                f"no row was found that obeys all of {len(self.rules)} rules: leave some out, or "
                "give columns finer steps."
            ) from None

    # against data ---------------------------------------------------------------------------
    def check(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Which rows break each rule, by its name, bool [N] each.

        Args:
            columns: [N] each: float64 with NaN for missing, objects with None, or datetime64.

        Raises:
            DataError: a column is absent, or of another type.
        """
        return self._broken(self.rows(columns))

    def check_numbers(self, numbers: Mapping[str, Array], num: int) -> dict[str, Array]:
        """`check` of columns as `repair_numbers` takes them."""
        return self._broken(Rows(self._problem.facts, numbers, num))

    def _broken(self, rows: Rows) -> dict[str, Array]:
        return {rule.name: violated(rule, rows) for rule in self.rules}

    def counts(self, columns: Mapping[str, Array]) -> list[Count]:
        """How many rows break each rule, and how many it applies to."""
        rows = self.rows(columns)
        return [
            Count(rule.name, int(violated(rule, rows).sum()), int(applies(rule, rows).sum()))
            for rule in self.rules
        ]

    def check_data(self, columns: Mapping[str, Array], *, allow: bool = False) -> list[Count]:
        """Counts of the rules that training data break.

        Args:
            columns: as of `check`.
            allow: whether there may be any.

        Raises:
            DataError: some are broken, and that is not allowed.
        """
        broken = [count for count in self.counts(columns) if count.violations]
        if broken and not allow:
            listed = "; ".join(f"{c.rule!r} in {c.violations:,} of {c.applies:,}" for c in broken)
            raise DataError(
                f"the data break {len(broken)} of {len(self.rules)} rules: {listed} rows; correct "
                "them, or allow it."
            )
        return broken

    def rows(self, columns: Mapping[str, Array]) -> Rows:
        """The columns that rules name, as they compute on them."""
        facts = self._problem.facts
        for name in facts:
            if name not in columns:
                raise DataError(f"the table has no column {name!r}, which its rules need.")
        numbers = {name: as_numbers(name, each, columns[name]) for name, each in facts.items()}
        sizes = {name: len(values) for name, values in numbers.items()}
        if len(set(sizes.values())) > 1:
            raise DataError(f"the columns have different lengths: {sizes}.")
        return Rows(facts, numbers, next(iter(sizes.values()), 0))

    # made to hold ---------------------------------------------------------------------------
    def repair(self, columns: Mapping[str, Array], *, keep: Sequence[str] = ()) -> dict[str, Array]:
        """The table with every rule obeyed in every row: rows that obey them all stay as they
        are, but that numbers are rounded to the steps of their columns.

        Args:
            columns: as of `check`; more than the rules name stay as they are.
            keep: columns that may not change, such as those that were given.

        Raises:
            DataError: a row cannot obey them with what is kept, or as of `check`.
        """
        return self.repaired(columns, keep=keep).columns

    def reject(self, draw: Draw, num: int, seed: int = 0) -> Rejected:
        """Rows that obey all rules without a repair, and how many were drawn for them: `draw`
        gives columns for a number of rows and a seed.

        Raises:
            DataError: fewer than one row in 10,000 obeys them.
        """
        return reject(self, draw, num, seed)

    def repaired(self, columns: Mapping[str, Array], *, keep: Sequence[str] = ()) -> Repaired:
        """What `repair` gives, and how many rows it changed."""
        return self.repair_of(keep)(self.rows(columns), columns)

    def repair_numbers(
        self, numbers: Mapping[str, Array], num: int, *, keep: Sequence[str] = ()
    ) -> Mapping[str, Array]:
        """`repair` of columns as rules compute on them: numbers with NaN for missing, days since
        1970, and codes of categories, int64, of which the last is the missing one, [num] each."""
        return self.repair_of(keep).numbers(Rows(self._problem.facts, numbers, num))

    def repair_of(self, keep: Sequence[str]) -> Repair:
        """What repairs rows of which these columns may not change."""
        kept = tuple(sorted(set(keep)))
        if kept not in self._repairs:
            plan = self._solved(kept) if kept else self.plan
            self._repairs[kept] = Repair(plan, self._problem, kept)
        return self._repairs[kept]


def _facts(facts: ColumnFacts) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(Column)]
    value = {name: getattr(facts, name) for name in names} | {"categories": [*facts.categories]}
    return {name: each for name, each in value.items() if each is not None}


def _column(value: Mapping[str, Any]) -> Column:
    names = {field.name for field in dataclasses.fields(Column)}
    if not isinstance(value, Mapping) or set(value) - names:
        raise ConfigError(f"facts of a column are {value!r}: expected {', '.join(sorted(names))}.")
    return Column(**{**value, "categories": tuple(value.get("categories", ()))})
