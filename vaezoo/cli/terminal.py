"""The one door to the terminal for commands."""

from __future__ import annotations

import click

from vaezoo._text import printable


def say(text: object, *, err: bool = False) -> None:
    """Prints one line, whatever the names in it hold."""
    click.echo(printable(text), err=err)


def say_lines(text: str) -> None:
    """Prints lines that were put together here, of words and numbers of ours."""
    for line in text.rstrip("\n").split("\n"):
        say(line)
