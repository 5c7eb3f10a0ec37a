"""Reads numbers: sums, products, powers and functions of columns."""

from __future__ import annotations

import datetime
from fractions import Fraction

from vaezoo.tables.rules.syntax import Call, Expression, Name, Number, Operation
from vaezoo.tables.rules.tokens import Token
from vaezoo.tables.rules.words import Words

FUNCTIONS = ("abs", "exp", "floor", "log", "round", "sqrt")
_LARGEST = 10**300
_EPOCH = datetime.date(1970, 1, 1)


class Arithmetic(Words):
    """The part of the parser that reads numbers."""

    def sum(self) -> Expression:
        """sum: product {("+" | "-") product}"""
        left = self.product()
        while sign := self.take("+", "-"):
            left = Operation(sign.text, left, self.product())
        return left

    def product(self) -> Expression:
        """product: signed {("*" | "/") signed}"""
        left = self.signed()
        while sign := self.take("*", "/"):
            left = Operation(sign.text, left, self.signed())
        return left

    def signed(self) -> Expression:
        """signed: "-" signed | atom ["^" signed]"""
        if self.take("-"):
            return Operation("-", Number(Fraction(0)), self.deeper(self.signed))
        base = self.atom()
        return Operation("^", base, self.deeper(self.signed)) if self.take("^") else base

    def atom(self) -> Expression:
        """atom: NUMBER | DATE | NAME | FUNCTION "(" sum ")" | "(" sum ")" """
        token = self.next
        if token.kind in ("number", "date"):
            self.at += 1
            return Number(self.number(token) if token.kind == "number" else self.days(token))
        if self.take("("):
            inner = self.deeper(self.sum)
            self.expect(")")
            return inner
        if token.kind == "name" and self.tokens[self.at + 1].text == "(":
            return self.call()
        return Name(self.number_column())

    def call(self) -> Expression:
        token = self.next
        if token.text not in FUNCTIONS:
            self.fail(f"no function of rules; known are {', '.join(FUNCTIONS)}")
        self.at += 1
        self.expect("(")
        argument = self.deeper(self.sum)
        self.expect(")")
        return Call(token.text, argument)

    def number(self, token: Token) -> Fraction:
        value = Fraction(token.text)
        return value if abs(value) < _LARGEST else self.fail("too large a number", token)

    def days(self, token: Token) -> Fraction:
        try:
            return Fraction((datetime.date.fromisoformat(token.text) - _EPOCH).days)
        except ValueError:
            self.fail("no day of the calendar: expected a date such as 2020-01-31", token)
