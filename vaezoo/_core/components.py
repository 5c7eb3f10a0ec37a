"""What models are put together from: parts that know their constructor's arguments."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from vaezoo.errors import ConfigError, VaezooError, unknown_name

# Components that published presets know by another name.
FORMER_NAMES = {"relaxed": "decaying_weight"}


class ConfigMixin:
    """Records what the outermost constructor was given, and gives it back as the config.

    A named model passes parts up to its base class; its config holds its own arguments
    only, because `__new__` sees the call as the user wrote it. (Keras' automatic config
    is no help for models: `keras.Model.__new__` drops the arguments.)
    """

    _given: dict[str, Any]
    name: str
    dtype_policy: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls, *args, **kwargs)
        bound = inspect.signature(cls.__init__).bind(instance, *args, **kwargs)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])  # all but self
        for name, parameter in bound.signature.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                given |= given.pop(name)
        object.__setattr__(instance, "_given", given)
        return instance

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, JSON-serialisable, with the name and dtype in force."""
        config = {name: _serialize(value) for name, value in self._given.items()}
        return config | {"name": self.name, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Calls the constructor with `config`, as `get_config` returned it."""
        return cls(**{name: _deserialize(value) for name, value in config.items()})


def _serialize(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _serialize(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_serialize(item) for item in value]
    if isinstance(value, keras.layers.Layer):
        return keras.saving.serialize_keras_object(value)
    return value


def _deserialize(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        return keras.saving.deserialize_keras_object(value, safe_mode=True)
    return value


class Component(ConfigMixin, keras.layers.Layer):
    """A posterior, prior, likelihood or objective.

    It is a Keras layer so that its weights are tracked and saved, but it is not called:
    distributions come from its methods, since Keras layers may only return tensors.
    """

    def __init__(self, **keras_args: Any) -> None:
        super().__init__(**{"name": own_name(self)} | keras_args)
        self.built = True  # weights, if any, are made in the constructor


def own_name(instance: object) -> str:
    """A name without the counter that Keras adds: the same model saves the same bytes."""
    return type(instance).__name__.lower()


def build(kind: str, spec: Any, registry: Mapping[str, Callable[..., Any]], **fixed: Any) -> Any:
    """Makes a part from its name, or from a mapping of its name and arguments.

    Args:
        kind: what is being made, for messages: "likelihood".
        spec: "normal", {"name": "normal", "scale": 0.1}, or a finished part.
        registry: constructors by name.
        fixed: arguments that the model decides, such as `data_shape`; a constructor is given
            those that it takes.

    Raises:
        UnknownNameError: no such name; the nearest is suggested.
        ConfigError: the arguments do not fit the constructor.
    """
    if isinstance(spec, Component):
        return spec
    constructor, arguments, what = resolve(kind, spec, registry)
    known = _parameters(constructor)
    with naming_errors(what):
        return constructor(**{k: v for k, v in fixed.items() if k in known}, **arguments)


def resolve(kind: str, spec: Any, registry: Mapping[str, Any]) -> tuple[Any, dict[str, Any], str]:
    """What a name, or a mapping of a name and arguments, stands for in a registry.

    Returns:
        The registry's entry, the arguments, and what to call both in messages.

    Raises:
        UnknownNameError: no such name; the nearest is suggested.
        ConfigError: `spec` is neither.
    """
    arguments = {"name": spec} if isinstance(spec, str) else spec
    if not isinstance(arguments, Mapping) or "name" not in arguments:
        raise ConfigError(
            f"{kind} is {spec!r}: give a name, {{'name': ..., arguments}}, or a finished {kind}."
        )
    arguments = dict(arguments)
    name = arguments.pop("name")
    name = FORMER_NAMES.get(name, name) if isinstance(name, str) else name
    if name not in registry:
        raise unknown_name(kind, name, registry)
    return registry[name], arguments, f"{kind} {name!r}"


def _parameters(constructor: Any) -> set[str]:
    """Names of the arguments that a class takes, by its own constructor or those below."""
    own = {
        name
        for cls in inspect.getmro(constructor)
        if issubclass(cls, Component)
        for name in inspect.signature(cls.__init__).parameters
    }
    return own - {"self"}


@contextlib.contextmanager
def naming_errors(what: str) -> Iterator[None]:
    """Says of which part the arguments are, when a constructor does not take them."""
    try:
        yield
    except VaezooError:
        raise
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{what}: {str(error).strip().splitlines()[0]}") from None
