"""Constructor calls, checked and recorded in one place for all models and components."""

from __future__ import annotations

import abc
import inspect
import re
import typing
from collections.abc import Mapping
from typing import Any, Unpack

import keras

from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError, unknown_name

_EXHAUSTED = "ResourceExhaustedError"  # of TensorFlow, which a plain install does not have
_TWICE = re.compile(r"multiple values for (?:keyword )?argument '(\w+)'")


class CheckedConstructor(abc.ABCMeta):
    """Checks every constructor call, and records it for the config of the instance.

    A call that does not fit raises a `ConfigError` about the class that was called. A class
    takes its own arguments, and those that it passes up: the keys of its `**parts` where these
    are an `Unpack[...]`, else whatever its base class takes.
    """

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        arguments = _bind(cls, args, kwargs)
        try:
            instance = super().__call__(*args, **kwargs)
        except TypeError as error:
            twice = _TWICE.search(str(error))  # once in **parts, and once by the constructor
            if twice is None or twice[1] not in kwargs:
                raise
            raise _refusal(cls, twice[1]) from None
        except Exception as error:
            if not isinstance(error, MemoryError) and type(error).__name__ != _EXHAUSTED:
                raise
            raise ConfigError(
                f"{cls.__name__} has more weights than the memory holds: give smaller widths, "
                "sizes or numbers of components."
            ) from None
        # Keras would track, and so change, what is set in the usual way.
        object.__setattr__(instance, "_arguments", arguments)
        return instance

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of `__init__`, for `help` and notebooks."""
        return inspect.Signature(_parameters(cls))


def keywords(cls: type) -> tuple[str, ...]:
    """Names of the arguments that a class takes: its own, and those that it passes up."""
    names: dict[str, None] = {}
    for base in cls.__mro__:
        if issubclass(keras.Model, base):  # Keras' own classes begin here
            return tuple(names | dict.fromkeys(KerasArguments.__annotations__))
        if "__init__" in vars(base):
            names |= dict.fromkeys(item.name for item in _parameters(base) if not _rest(item))
            passed_up = _passed_up(base)
            if passed_up is not None:
                return tuple(names | dict.fromkeys(passed_up))
    return tuple(names)


def defaults(cls: type) -> dict[str, object]:
    """Defaults of the arguments that a class takes, of the first constructor that names them."""
    values: dict[str, object] = {}
    for base in cls.__mro__:
        if issubclass(keras.Model, base):
            break
        if "__init__" in vars(base):
            for item in _parameters(base):
                if not _rest(item):
                    values.setdefault(item.name, item.default)
    return values


def _passed_up(cls: type) -> tuple[str, ...] | None:
    """Names of what the constructor passes up; None where its signature does not say."""
    rest = [item.name for item in _parameters(cls) if _rest(item)]
    if not rest:
        return ()
    try:
        hint = typing.get_type_hints(cls.__init__)[rest[0]]  # type: ignore[misc]
    except (NameError, KeyError):  # annotations that exist for type checkers only, or none
        return None
    if typing.get_origin(hint) is not Unpack:
        return None
    return tuple(typing.get_args(hint)[0].__annotations__)


def _parameters(cls: type) -> list[inspect.Parameter]:
    return list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]


def _rest(parameter: inspect.Parameter) -> bool:
    return parameter.kind is parameter.VAR_KEYWORD


def _bind(cls: type, args: tuple[object, ...], kwargs: Mapping[str, object]) -> dict[str, object]:
    """The arguments by name, with the defaults of the constructor. Raises `ConfigError`."""
    parameters = _parameters(cls)
    positional = [item.name for item in parameters if item.kind is item.POSITIONAL_OR_KEYWORD]
    names = keywords(cls)
    if len(args) > len(positional):
        others = ", ".join(name for name in names if name not in positional)
        raise ConfigError(
            f"{cls.__name__} got {len(args)} positional arguments, expected at most "
            f"{len(positional)} ({', '.join(positional)}): give the others by name ({others})."
        )
    by_position = dict(zip(positional, args, strict=False))
    for name in kwargs:
        if name not in names:
            raise _refusal(cls, name)
        if name in by_position:
            raise ConfigError(f"{cls.__name__} got {name} by position and by name: give it once.")
    defaults = {item.name: item.default for item in parameters if not _rest(item)}
    arguments = defaults | by_position | dict(kwargs)
    for name, value in arguments.items():
        if value is inspect.Parameter.empty:
            raise ConfigError(f"{cls.__name__} got no {name}: give {name}=...")
    _check_keras_arguments(cls, kwargs)
    return arguments


def _check_keras_arguments(cls: type, arguments: Mapping[str, object]) -> None:
    """`name`, `dtype` and `trainable`: Keras' own errors are not of the project."""
    name, dtype = arguments.get("name", ""), arguments.get("dtype")
    if not isinstance(name, str) or "/" in name:
        raise ConfigError(f"{cls.__name__}: name={name!r}: give a string without '/'.")
    if not isinstance(arguments.get("trainable", True), bool):
        raise ConfigError(f"{cls.__name__}: trainable={arguments['trainable']!r}: give a bool.")
    try:
        keras.dtype_policies.get(dtype)
    except (ValueError, TypeError):
        raise ConfigError(
            f"{cls.__name__}: dtype={dtype!r}: give a name such as 'float32' or 'mixed_bfloat16', "
            "or a keras.DTypePolicy."
        ) from None


def _refusal(cls: type, name: str) -> ConfigError:
    """The error for an argument that the class does not take."""
    for base in cls.__mro__[1:]:
        if isinstance(base, CheckedConstructor) and not _abstract(base) and name in keywords(base):
            return ConfigError(
                f"{cls.__name__} fixes its {name}: leave {name}= out, or use "
                f"{base.__name__}({name}=...) for another."
            )
    names = [key for key in keywords(cls) if key != name]
    return ConfigError(str(unknown_name(f"argument of {cls.__name__}", name, names)))


def _abstract(cls: type) -> bool:
    return inspect.isabstract(cls) or abc.ABC in cls.__bases__
