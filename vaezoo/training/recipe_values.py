"""Checks of a recipe's values, by key: before anything is trained, not after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from vaezoo._checks import above_zero, check_seed, not_negative, not_negative_integer, positive
from vaezoo._storage import fields
from vaezoo.datasets.own.pictures import LARGEST_SIDE
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.runtime.preparation import AUGMENT, BINARISE, MODES, RESIZE

SCHEDULES = ("constant", "cosine", "cooldown")

_LARGEST = 2**31 - 1  # that TensorFlow counts to everywhere

# Annotations are strings here; a TOML value can be checked against these.
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list[str]": (list, tuple),
    "Mapping[str, Any]": (Mapping,),
}


def check_value(where: str, annotation: str, value: Any) -> None:
    """Checks the value of a key such as "training.epochs".

    Raises:
        ConfigError: it is of another type, or none that the key can have.
        UnknownNameError: it is a name, and there is no such thing.
    """
    if value is None and annotation in ("Any", "str | None"):
        return
    expected = _TYPES.get(annotation)
    wrong_bool = isinstance(value, bool) and annotation != "bool"
    if expected and (not isinstance(value, expected) or wrong_bool):
        raise ConfigError(f"{where} is {value!r}: expected {annotation}.")
    if annotation == "list[str]" and not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where} is {value!r}: expected a list of names.")
    check = _CHECKS.get(where)
    if check is not None:
        check(where, value)
    elif annotation == "int" and positive(where, value) > _LARGEST:
        raise ConfigError(f"{where} is {value}: expected 1 to {_LARGEST:,}.")


def _name(where: str, value: str) -> None:
    try:
        fields.name(value)
    except ValueError as error:  # it becomes a folder, of a run and of a published preset
        raise ConfigError(f"{where}: {error}.") from None


def _seed(where: str, value: object) -> None:
    check_seed(value)


def _text(where: str, value: str) -> None:
    if not value.strip() or "\0" in value:
        raise ConfigError(f"{where} is {value!r}: expected a data set's name, or a path.")


def _one_of(known: Collection[str]) -> Callable[[str, str], None]:
    def check(where: str, value: str) -> None:
        if value not in known:
            raise unknown_name(where, value, known)

    return check


def _names_of(known: Collection[str]) -> Callable[[str, Collection[str]], None]:
    def check(where: str, value: Collection[str]) -> None:
        for name in value:
            _one_of(known)(where, name)

    return check


def _size(where: str, value: object) -> None:
    sides = value if isinstance(value, list | tuple) else [value]
    whole = all(type(side) is int and 0 < side <= LARGEST_SIDE for side in sides)
    if not whole or len(sides) not in ((1,) if sides[0] is value else (2,)):
        raise ConfigError(
            f"{where} is {value!r}: expected one side, or [height, width], of 1 to "
            f"{LARGEST_SIDE} pixels."
        )


def _model(where: str, value: Mapping[str, Any]) -> None:
    if not isinstance(value.get("name", ""), str):
        raise ConfigError(f"{where}.name is {value['name']!r}: expected a model's name.")


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "recipe.name": _name,
    "recipe.seed": _seed,
    "recipe.model": _model,
    "data.name": _text,
    "data.binarise": _one_of(BINARISE),
    "data.image_size": _size,
    "data.image_mode": _one_of(MODES),
    "data.resize": _one_of(RESIZE),
    "data.num_labels": positive,
    "data.rare": not_negative_integer,
    "training.augment": _names_of(AUGMENT),
    "optimizer.learning_rate": above_zero,
    "optimizer.schedule": _one_of(SCHEDULES),
    "optimizer.warmup_epochs": not_negative,
    "evaluation.max_scored": positive,
    "training.minutes": above_zero,
    "training.patience": positive,
    "training.steps_per_epoch": positive,
    "evaluation.seed": _seed,
}
