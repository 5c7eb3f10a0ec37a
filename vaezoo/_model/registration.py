"""Classes that a preset's configuration names: all must be registered before it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import keras

from vaezoo.errors import UnknownNameError


def check_registered(config: object, what: object) -> None:
    """Raises `UnknownNameError`, with the module to import, for a class that is not registered.

    Args:
        config: of the model, as read from JSON.
        what: holds it, for the message.
    """
    for entry in _objects(config):
        name = entry.get("registered_name")
        if isinstance(name, str) and ">" in name and not keras.saving.get_registered_object(name):
            module = entry.get("module") or "the one that defines it"
            raise UnknownNameError(
                f"{what} needs the class {name.rpartition('>')[2]}, registered as {name!r}, which "
                f"is not imported: import its module ({module}) first."
            )


def _objects(config: object) -> Iterator[Mapping[str, object]]:
    """Every serialised object within, also in objects; without recursion: anyone may write it."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            if "class_name" in value:
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
