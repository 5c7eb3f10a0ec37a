"""What every part of the parser does with words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from vaezoo.errors import nearest
from vaezoo.tables.rules.columns import ColumnFacts, is_finite
from vaezoo.tables.rules.tokens import Token, fail, tokens

_DEEPEST = 40
_Part = TypeVar("_Part")


class Words:
    """The words of a rule, of which one is the next.

    Args:
        text: of the rule.
        name: of the rule.
        columns: that it may name.
    """

    def __init__(self, text: str, name: str, columns: Mapping[str, ColumnFacts]) -> None:
        self.text, self.name, self.columns = text, name, columns
        self.tokens, self.at, self.depth = tokens(text, name), 0, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> Token | None:
        """The next word, if it is one of these symbols or keywords."""
        token = self.next
        if token.kind in ("symbol", "keyword") and token.text in texts:
            self.at += 1
            return token
        return None

    def expect(self, text: str) -> Token:
        return self.take(text) or self.fail(f"expected {text!r}")

    def fail(self, why: str, token: Token | None = None) -> NoReturn:
        token = token or self.next
        got = repr(token.text) if token.kind != "end" else "the rule's end"
        fail(self.name, self.text, token.place, f"got {got}: {why}")

    def deeper(self, part: Callable[[], _Part]) -> _Part:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail(f"nested more than {_DEEPEST} deep")
        inner = part()
        self.depth -= 1
        return inner

    def column(self) -> str:
        token = self.next
        if token.kind != "name":
            self.fail("expected a column")
        if token.text not in self.columns:
            near = nearest(token.text, self.columns)
            hint = f"; did you mean {near!r}" if near else ""
            self.fail(f"the table has no such column{hint}")
        self.at += 1
        return token.text

    def finite_column(self) -> str:
        token, column = self.next, self.column()
        if not is_finite(self.columns[column]):
            self.fail("combinations are of categories, and this is a column of numbers", token)
        return column

    def number_column(self) -> str:
        token = self.next
        if token.kind != "name":
            self.fail("expected a number, a date or a column")
        column = self.column()
        if is_finite(self.columns[column]):
            self.fail("a category has no arithmetic: compare it with = or 'in'", token)
        return column
