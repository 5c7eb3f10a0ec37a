"""The commands in one group, loaded late."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import click

import vaezoo
from vaezoo._text import one_line
from vaezoo.cli import failures, streams
from vaezoo.cli.program import COMMANDS, help_text
from vaezoo.errors import unknown_name


class Group(click.Group):
    """Imports a command's file when it is used; turns errors into one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        if name not in COMMANDS:
            raise unknown_name("command", name, COMMANDS)
        command: click.Command = importlib.import_module(f"vaezoo.cli.{name}").command
        return command

    def get_help(self, ctx: click.Context) -> str:
        return help_text()

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _printable_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _printable_errors():
                return super().invoke(ctx)
        except BrokenPipeError:  # the reader has what it wanted
            raise click.exceptions.Exit(streams.READER_LEFT) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # Whatever a package below raised: a user gets one line, who looks for a fault all.
            if failures.show_traceback():
                raise
            raise click.ClickException(failures.one_line(error)) from None


@contextlib.contextmanager
def _printable_errors() -> Iterator[None]:
    """Click's messages repeat arguments, which may be any names of files, as they are."""
    try:
        yield
    except click.ClickException as error:
        error.message = one_line(error.message)  # type: ignore[misc]  # final by name only
        raise


@click.group(cls=Group)
@click.version_option(vaezoo.__version__, prog_name="vaezoo")
def group() -> None:
    """Variational autoencoders."""
