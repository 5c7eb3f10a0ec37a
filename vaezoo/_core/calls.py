"""Calls of functions that users name, with arguments of theirs."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Any

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
    annotations, is_open = _annotations(function)
    known = list(annotations)[len(args) :]
    for name in arguments:
        if name not in known and not is_open:
            raise ConfigError(str(unknown_name(f"argument of {what}", name, known)))
    with naming_errors(what):
        for name, value in arguments.items():
            _check_kind(what, name, value, annotations.get(name, ""))
        return function(*args, **arguments)


def _annotations(function: Callable[..., Any]) -> tuple[dict[str, str], bool]:
    """The arguments that a function takes, with their types, and whether it takes others too."""
    parameters = inspect.signature(function).parameters.values()
    rest = [item for item in parameters if item.kind is item.VAR_KEYWORD]
    annotations = {item.name: str(item.annotation) for item in parameters if item not in rest}
    for item in rest:
        hint = typing.get_type_hints(function).get(item.name)
        if typing.get_origin(hint) is not typing.Unpack:
            return annotations, True
        for name, kind in typing.get_args(hint)[0].__annotations__.items():
            annotations[name] = getattr(kind, "__forward_arg__", str(kind))
    return annotations, False


def _check_kind(what: str, name: str, value: object, annotation: str) -> None:
    if annotation == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        raise ConfigError(f"{what}: {name}={value!r}: give an integer.")
    if annotation != "Sequence[int]":
        return
    if isinstance(value, str) or not isinstance(value, Sequence):
        example = f", such as [{value}]" if isinstance(value, int) else ""
        raise ConfigError(f"{what}: {name}={value!r}: give a list of integers{example}.")
    for item in value:  # 0 may be meant: no latent groups at a scale
        if isinstance(item, bool) or not isinstance(item, int) or item < 0:
            raise ConfigError(f"{what}: {name} holds {item!r}: give integers of 0 or more.")
