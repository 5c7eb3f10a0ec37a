"""What models are composed of: components that know their constructor's arguments."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar, cast

import keras

from vaezoo._core.constructors import CheckedConstructor, keywords
from vaezoo.errors import ConfigError, VaezooError, unknown_name
from vaezoo.protocols import Spec

T = TypeVar("T")

# Components that published presets know by another name.
FORMER_NAMES = {"relaxed": "decaying_weight"}


class ConfigMixin(metaclass=CheckedConstructor):
    """Records the arguments of the outermost constructor, and returns them as the config.

    A named model passes components up to its base class; its config holds its own arguments
    only, because the metaclass sees the call as the user wrote it. (Keras' automatic config
    is no help for models: `keras.Model.__new__` drops the arguments.)
    """

    _arguments: dict[str, object]
    name: str
    dtype_policy: keras.DTypePolicy

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, JSON-serialisable, with the actual name and dtype."""
        config = {name: _serialize(value) for name, value in self._arguments.items()}
        return config | {"name": self.name, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """Calls the constructor with `config`, as `get_config` returned it."""
        return cls(**{name: _deserialize(value) for name, value in config.items()})


def _serialize(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _serialize(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_serialize(item) for item in value]
    if isinstance(value, keras.layers.Layer):
        return keras.saving.serialize_keras_object(value)
    return value


def _deserialize(value: object) -> object:
    if isinstance(value, Mapping) and "class_name" in value:
        return keras.saving.deserialize_keras_object(value, safe_mode=True)
    return value


class Component(ConfigMixin, keras.layers.Layer):
    """A posterior, prior, likelihood or objective.

    It is a Keras layer so that its weights are tracked and saved, but it is not called:
    distributions come from its methods, since Keras layers may only return tensors.
    """

    def __init__(self, **keras_args: object) -> None:
        super().__init__(**{"name": own_name(self)} | keras_args)
        self.built = True  # weights, if any, are made in the constructor


def own_name(instance: object) -> str:
    """A name without the counter that Keras adds: the same model saves the same bytes."""
    return type(instance).__name__.lower()


def build(kind: str, spec: Spec | T, registry: Mapping[str, type[T]], **fixed: object) -> T:
    """Builds a component from its name, or from a mapping of its name and arguments.

    Args:
        kind: what is built, for messages: "likelihood".
        spec: "normal", {"name": "normal", "scale": 0.1}, or an instance.
        registry: constructors by name.
        fixed: arguments that the model sets, such as `data_shape`; a constructor gets
            those that it takes.

    Raises:
        UnknownNameError: no such name; the nearest is suggested.
        ConfigError: the arguments do not fit the constructor, or the instance is of another kind
            or was made for another shape.
    """
    if isinstance(spec, Component):
        return _fitting(kind, spec, registry, fixed)
    constructor, arguments, what = resolve(kind, spec, registry)
    names = keywords(constructor)
    for name in arguments:
        if name in fixed and name in names:
            raise ConfigError(f"{what} got {name}, which the model sets: leave it out.")
    with naming_errors(what):
        return constructor(**{k: v for k, v in fixed.items() if k in names}, **arguments)


def _fitting(
    kind: str, spec: Any, registry: Mapping[str, type[T]], fixed: Mapping[str, object]
) -> T:
    """An instance, checked: of the registry's base class, and of the model's sizes."""
    bases = next(iter(registry.values())).__mro__
    base, name = bases[bases.index(Component) - 1], type(spec).__name__
    if not isinstance(spec, base):
        raise ConfigError(f"{kind} is a {name}: expected a {base.__name__}.")
    for size, value in fixed.items():
        own = getattr(spec, size, None)
        if own and own != value:  # () and 0 stand for none
            raise ConfigError(
                f"{kind} {name} has {size}={own}, the model {value}: make it with the model's."
            )
    return cast(T, spec)


def resolve(kind: str, spec: object, registry: Mapping[str, T]) -> tuple[T, dict[str, Any], str]:
    """Looks up a name, or a mapping of a name and arguments, in a registry.

    Returns:
        The registry's entry, the arguments, and what to call both in messages.

    Raises:
        UnknownNameError: no such name; the nearest is suggested.
        ConfigError: `spec` is neither.
    """
    arguments = {"name": spec} if isinstance(spec, str) else spec
    if not isinstance(arguments, Mapping) or "name" not in arguments:
        raise ConfigError(
            f"{kind} is {spec!r}: give a name, {{'name': ..., arguments}}, or an instance."
        )
    arguments = dict(arguments)
    name = arguments.pop("name")
    name = FORMER_NAMES.get(name, name) if isinstance(name, str) else name
    if name not in registry:
        raise unknown_name(kind, name, registry)
    return registry[name], arguments, f"{kind} {name!r}"


@contextlib.contextmanager
def naming_errors(what: str) -> Iterator[None]:
    """Names the component in argument errors that are not vaezoo's own."""
    try:
        yield
    except VaezooError:
        raise
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{what}: {str(error).strip().splitlines()[0]}") from None
