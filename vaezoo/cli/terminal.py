"""The one door to the terminal for commands."""

from __future__ import annotations

from collections.abc import Iterable

import click

from vaezoo._text import printable


def say(text: object, *, err: bool = False) -> None:
    """Prints one line, whatever the names in it hold."""
    click.echo(printable(text), err=err)


def say_lines(lines: Iterable[object]) -> None:
    """Prints each on one line: a name in them cannot begin another."""
    for line in lines:
        say(line)
