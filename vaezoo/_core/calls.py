"""Calls of functions that users name, with arguments of theirs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from vaezoo._checks import positive
from vaezoo._core.components import naming_errors
from vaezoo.errors import ConfigError, unknown_name


def call(what: str, function: Callable[..., Any], *args: object, **arguments: object) -> Any:
    """The function's value for `args`, which the caller sets, and the user's `arguments`.

    Args:
        what: the function's name in messages: "network 'mlp'".
        function: its annotations `int` and `Sequence[int]` are checked.

    Raises:
        ConfigError: an argument that it does not take, or that is of another kind.
    """
    parameters = inspect.signature(function).parameters
    if not any(item.kind is item.VAR_KEYWORD for item in parameters.values()):
        known = list(parameters)[len(args) :]
        for name in arguments:
            if name not in known:
                raise ConfigError(str(unknown_name(f"argument of {what}", name, known)))
    with naming_errors(what):
        for name, value in arguments.items():
            if name in parameters:
                _check_kind(what, name, value, str(parameters[name].annotation))
        return function(*args, **arguments)


def _check_kind(what: str, name: str, value: object, annotation: str) -> None:
    if annotation == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        raise ConfigError(f"{what}: {name}={value!r}: give an integer.")
    if annotation != "Sequence[int]":
        return
    if isinstance(value, str) or not isinstance(value, Sequence):
        example = f", such as [{value}]" if isinstance(value, int) else ""
        raise ConfigError(f"{what}: {name}={value!r}: give a list of integers{example}.")
    for item in value:
        positive(f"{what}: {name}", item)
