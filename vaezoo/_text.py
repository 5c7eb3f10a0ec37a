"""Text from elsewhere, made safe to show: names, summaries, reasons, paths, errors' messages."""

from __future__ import annotations

import re
from html import escape


def printable(text: object) -> str:
    """One line in which nothing moves the cursor, hides, or turns the direction: such characters
    are shown as escapes.

    Example:
        >>> from vaezoo._text import printable
        >>> print(printable("mine\\x1b[2J\\u202e"))
        mine\\x1b[2J\\u202e
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in str(text))


def one_line(text: object) -> str:
    """`printable`, with spaces in place of breaks between lines."""
    return printable(re.sub(r"[^\S ]+", " ", str(text)))


def in_markdown(text: object) -> str:
    """`one_line`, without raw HTML."""
    return escape(one_line(text), quote=False).replace("&amp;", "&")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
