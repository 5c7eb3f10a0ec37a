"""Reads a rule: recursive descent over a small grammar, which docs/rules.md gives in full."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from vaezoo.errors import nearest
from vaezoo.tables.rules.arithmetic import Arithmetic
from vaezoo.tables.rules.columns import ColumnFacts, is_finite
from vaezoo.tables.rules.syntax import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Member,
    Not,
    Present,
    Rule,
)
from vaezoo.tables.rules.tokens import Token

_COMPARES = ("<", "<=", ">", ">=", "=", "!=")


def parse(text: str, name: str, columns: Mapping[str, ColumnFacts]) -> Rule:
    """The rule that a text is.

    Args:
        text: such as "BPDiaAve < BPSysAve".
        name: of the rule, for messages.
        columns: facts of the table's columns, by their names.

    Raises:
        ConfigError: it is none, with the place where it stops being one.

    Example:
        >>> from vaezoo.tables.rules import Column
        >>> parse("Age >= 18", "adults", {"Age": Column()}).columns()
        ['Age']
    """
    return _Parser(text, name, columns).rule()


class _Parser(Arithmetic):
    # rules ----------------------------------------------------------------------------------
    def rule(self) -> Rule:
        """rule: names "only" "if" condition | condition ["=>" condition]"""
        rule = self.presence() if self.is_presence() else self.implication()
        if self.next.kind != "end":
            self.fail("expected the rule's end, an operator, 'and', 'or' or '=>'")
        return rule

    def is_presence(self) -> bool:
        """Whether names, with commas between them, and "only" come next."""
        at = self.at
        while self.tokens[at].kind == "name" and self.tokens[at + 1].text == ",":
            at += 2
        return self.tokens[at].kind == "name" and self.tokens[at + 1].text == "only"

    def presence(self) -> Rule:
        targets = [self.column()]
        while self.take(","):
            targets.append(self.column())
        self.expect("only")
        self.expect("if")
        return Rule(self.name, self.text, self.condition(), targets=tuple(targets))

    def implication(self) -> Rule:
        first = self.condition()
        if not self.take("=>"):
            return Rule(self.name, self.text, first)
        return Rule(self.name, self.text, self.condition(), premise=first)

    # conditions -----------------------------------------------------------------------------
    def condition(self) -> Condition:
        """condition: both {"or" both}"""
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self) -> Condition:
        """both: one {"and" one}"""
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Condition:
        """one: "not" one | "(" condition ")" | combination | category | comparison"""
        if self.take("not"):
            return Not(self.deeper(self.one))
        if self.next.text == "(" and self.next.kind == "symbol":
            if self.tokens[self.at + 2].text == "," and self.tokens[self.at + 1].kind == "name":
                return self.combination()
            if self.is_group():
                self.expect("(")
                inner = self.deeper(self.condition)
                self.expect(")")
                return inner
        if self.next.kind == "name" and self.tokens[self.at + 1].text == "is":
            return self.is_there()
        facts = self.columns.get(self.next.text) if self.next.kind == "name" else None
        return self.category() if facts and is_finite(facts) else self.comparison()

    def is_group(self) -> bool:
        """Whether the parenthesis that opens here holds a condition, not a number."""
        level = 0
        for token in self.tokens[self.at :]:
            if token.kind in ("symbol", "keyword"):
                level += (token.text == "(") - (token.text == ")")
                if token.text in (*_COMPARES, "in", "is", "and", "or", "not"):
                    return True
            if level == 0:
                break
        return False

    def is_there(self) -> Condition:
        """NAME "is" ["not"] ("missing" | "present")"""
        column = self.column()
        self.expect("is")
        negated = bool(self.take("not"))
        word = self.take("missing", "present") or self.fail("expected 'missing' or 'present'")
        there = (word.text == "present") != negated
        return Present(column) if there else Not(Present(column))

    def category(self) -> Condition:
        """NAME ("=" | "!=" | "<" …) value | NAME ["not"] "in" "{" value {"," value} "}" """
        token, column = self.next, self.column()
        sign = self.take(*_COMPARES, "not", "in")
        if sign is None:
            self.fail(f"{column} is a category: expected =, !=, 'in' or 'is'")
        if sign.text in _COMPARES:
            return self.ordered(token, column, sign)
        if sign.text == "not":
            self.expect("in")
        inside = Member((column,), frozenset((value,) for value in self.values(column)))
        return Not(inside) if sign.text == "not" else inside

    def ordered(self, token: Token, column: str, sign: Token) -> Condition:
        value, facts = self.value(column), self.columns[column]
        if sign.text in ("=", "!="):
            equal = Member((column,), frozenset([(value,)]))
            return equal if sign.text == "=" else Not(equal)
        if facts.kind != "ordinal":
            self.fail(f"the categories of {column} have no order: expected = or !=", token)
        rank = facts.categories.index(value)
        low = facts.categories[: rank + (sign.text in ("<=", ">"))]
        below = Member((column,), frozenset((item,) for item in low))
        return below if sign.text in ("<", "<=") else Not(below)

    def combination(self) -> Condition:
        """ "(" NAME {"," NAME} ")" ["not"] "in" "{" "(" value {"," value} ")" {"," …} "}" """
        self.expect("(")
        columns = [self.finite_column()]
        while self.take(","):
            columns.append(self.finite_column())
        self.expect(")")
        negated = bool(self.take("not"))
        self.expect("in")
        self.expect("{")
        rows = [self.row(columns)]
        while self.take(","):
            rows.append(self.row(columns))
        self.expect("}")
        inside = Member(tuple(columns), frozenset(rows))
        return Not(inside) if negated else inside

    def row(self, columns: list[str]) -> tuple[str, ...]:
        self.expect("(")
        values = [self.value(columns[0])]
        for column in columns[1:]:
            self.expect(",")
            values.append(self.value(column))
        self.expect(")")
        return tuple(values)

    def values(self, column: str) -> list[str]:
        self.expect("{")
        found = [self.value(column)]
        while self.take(","):
            found.append(self.value(column))
        self.expect("}")
        return found

    def value(self, column: str) -> str:
        """A category of the column."""
        token, known = self.next, self.columns[column].categories
        if token.kind not in ("name", "text", "number", "date", "keyword"):
            self.fail(f"expected a category of {column}")
        if token.text not in known:
            near = nearest(token.text, known)
            hint = f", did you mean {near!r}" if near else ""
            self.fail(f"no category of {column}{hint}; known are {', '.join(known[:10])}")
        self.at += 1
        return token.text

    def comparison(self) -> Condition:
        """comparison: sum ("<" | "<=" | …) sum {…} ["within" NUMBER]"""
        sides, signs = [self.sum()], []
        while sign := self.take(*_COMPARES):
            signs.append(sign.text)
            sides.append(self.sum())
        if not signs:
            self.fail("expected a comparison: <, <=, >, >=, = or !=")
        within = self.within(signs)
        triples = zip(signs, sides, sides[1:], strict=False)
        parts = [Comparison(sign, left, right, within) for sign, left, right in triples]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def within(self, signs: list[str]) -> Fraction | None:
        word = self.take("within")
        if word is None:
            return None
        if signs != ["="]:
            self.fail("'within' belongs to one equation with =", word)
        token = self.next
        if token.kind != "number":
            self.fail("expected a number after 'within'")
        self.at += 1
        return self.number(token)
