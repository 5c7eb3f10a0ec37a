"""The words of a rule, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from vaezoo._text import one_line
from vaezoo.errors import ConfigError

LONGEST = 20_000  # characters of a rule
KEYWORDS = frozenset(("and", "or", "not", "in", "is", "missing", "present", "only", "if", "within"))
_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<date>\d{4}-\d\d-\d\d(?![\w-]))
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?(?!\w))
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<quoted>`[^`]+`)
    |(?P<name>[^\W\d]\w*(?:\.\w+)*)
    |(?P<symbol>=>|<=|>=|==|!=|[-+*/^<>=(){},≤≥≠⇒])""",
    re.VERBOSE,
)
_SAME = {"≤": "<=", "≥": ">=", "≠": "!=", "⇒": "=>", "==": "="}


@dataclass(frozen=True)
class Token:
    """One word.

    Attributes:
        kind: "date", "number", "text", "name", "symbol", "keyword" or "end".
        text: without quotes.
        place: of its first character, from 0.
    """

    kind: str
    text: str
    place: int


def tokens(text: str, name: str) -> list[Token]:
    """The words of a rule, and the end.

    Raises:
        ConfigError: a character that rules do not have, or too many of them.

    Example:
        >>> [token.text for token in tokens("0 <= Age", "age")]
        ['0', '<=', 'Age', '']
    """
    if len(text) > LONGEST:
        raise ConfigError(
            f"rule {name!r} has {len(text):,} characters: expected {LONGEST:,} at most; give "
            "combinations of categories as rows of a [[combinations]] table."
        )
    found, place = [], 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            fail(name, text, place, f"{text[place]!r} is no part of a rule")
        if match.lastgroup != "space":
            found.append(_token(str(match.lastgroup), match.group(), place))
        place = match.end()
    return [*found, Token("end", "", len(text))]


def _token(kind: str, text: str, place: int) -> Token:
    if kind in ("text", "quoted"):
        return Token("name" if kind == "quoted" else kind, text[1:-1], place)
    if kind == "name" and text in KEYWORDS:
        return Token("keyword", text, place)
    return Token(kind, _SAME.get(text, text), place)


def fail(name: str, text: str, place: int, why: str) -> NoReturn:
    """Raises `ConfigError` that shows where in a rule something is wrong."""
    before, after = text[max(0, place - 20) : place], text[place : place + 20]
    raise ConfigError(
        f"rule {name!r}, character {place + 1}: {one_line(why)}, here: "
        f"{one_line(before)!r} → {one_line(after)!r}."
    )
