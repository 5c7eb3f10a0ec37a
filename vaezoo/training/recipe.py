"""Recipes: everything that determines how a model is trained, in one TOML file."""

from __future__ import annotations

import copy
import dataclasses
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from vaezoo._storage import files
from vaezoo.errors import ConfigError, DamagedFileError, UnknownNameError, nearest, unknown_name
from vaezoo.training.lookup import find
from vaezoo.training.recipe_tables import (
    Data,
    Evaluation,
    Export,
    Optimizer,
    Reference,
    Training,
)
from vaezoo.training.recipe_values import check_value

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True)
class Recipe:
    """How a preset is trained and evaluated.

    Attributes:
        name: of the preset.
        references: published figures of the same data and binarisation.
        model: the class's name under "name", and its arguments.
        summary: one line that describes the preset.
        seed: decides initial weights, order of the data and noise.

    Example:
        >>> from vaezoo.training.recipe import Recipe
        >>> from vaezoo.training.recipe_tables import Data
        >>> recipe = Recipe("mine", Data("digits"), {"name": "BetaVAE", "latent_dim": 4})
        >>> recipe.training.epochs
        50
    """

    name: str
    data: Data
    model: Mapping[str, Any] = field(default_factory=lambda: {"name": "VAE"})
    optimizer: Optimizer = field(default_factory=Optimizer)
    training: Training = field(default_factory=Training)
    evaluation: Evaluation = field(default_factory=Evaluation)
    export: Export = field(default_factory=Export)
    references: tuple[Reference, ...] = ()
    summary: str = ""
    seed: int = 0


_TABLES = {
    "data": Data,
    "optimizer": Optimizer,
    "training": Training,
    "evaluation": Evaluation,
    "export": Export,
}


def load_recipe(name_or_path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Recipe:
    """Reads a recipe by name, by its data set's name, or from a path.

    Args:
        name_or_path: "digits_vae"; the name of its data set, "digits"; or a .toml file.
        overrides: "key=value" with dots in the key and TOML in the value:
            "training.epochs=5", "model.network.name=conv".

    Raises:
        UnknownNameError: no such recipe or file, or a key that recipes do not have.
        ConfigError: not a recipe, a wrong type, a missing key, or a data set with several recipes,
            none of which is that of a plain VAE.

    Example:
        >>> from vaezoo.training.recipe import load_recipe
        >>> load_recipe("digits", ["training.epochs=5"]).training.epochs
        5
    """
    path = find(name_or_path)
    try:
        values = files.read_toml(path)
    except DamagedFileError as error:
        raise ConfigError(str(error)) from None
    return overridden(values, overrides)


def overridden(values: Mapping[str, Any], overrides: Sequence[str]) -> Recipe:
    """A recipe from nested dictionaries with overrides, "key=value". Raises as `load_recipe`."""
    changed = copy.deepcopy(dict(values))
    for override in overrides:
        _override(changed, override)
    return from_dict(changed)


def from_dict(values: Mapping[str, Any]) -> Recipe:
    """A recipe from nested dictionaries, as TOML gives them. Raises as `load_recipe`."""
    values = dict(values)
    table: type
    for key, table in _TABLES.items():
        if key in values:
            values[key] = _build(table, values[key], key)
    references = values.get("references", ())
    if not isinstance(references, list | tuple):
        raise ConfigError(f"references is {references!r}: expected tables, [[references]].")
    values["references"] = tuple(
        _build(Reference, item, f"references[{n}]") for n, item in enumerate(references)
    )
    recipe = _build(Recipe, values, "recipe")
    if recipe.optimizer.warmup_epochs > recipe.training.epochs:
        raise ConfigError(
            f"optimizer.warmup_epochs is {recipe.optimizer.warmup_epochs:g}: expected no more than "
            f"the {recipe.training.epochs} of training.epochs."
        )
    _check_schedule(recipe)
    return recipe


def _check_schedule(recipe: Recipe) -> None:
    """The learning rate falls at the end, wherever that comes to be, only by the cooldown."""
    is_cooldown = recipe.optimizer.schedule == "cooldown"
    limits = [n for n in ("minutes", "patience") if getattr(recipe.training, n) is not None]
    if limits and not is_cooldown:
        raise ConfigError(
            f'training.{limits[0]} needs optimizer.schedule = "cooldown", and it is '
            f"{recipe.optimizer.schedule!r}: the learning rate has to know where it ends."
        )
    if is_cooldown and recipe.optimizer.warmup_epochs:
        raise ConfigError(
            'optimizer.warmup_epochs: the schedule "cooldown" has none; leave it out.'
        )


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Nested dictionaries without the None that TOML cannot write."""
    return _without_none(dataclasses.asdict(recipe))


def _without_none(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(item) for item in value]
    return value


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {override!r}: expected key=value, such as training.epochs=5.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        value = text.strip()  # a bare word is a string
    *tables, last = key.strip().split(".")
    for table in tables:
        inner = values.setdefault(table, {})
        # "model.network.hidden" adds arguments to a component that is given by name alone
        values[table] = inner if isinstance(inner, dict) else {"name": inner}
        values = values[table]
    values[last] = value


def _build(cls: type[T], values: object, where: str) -> T:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where} is {values!r}: expected a table.")
    fields = {item.name: item for item in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in fields:
            raise _unknown_key(where, key, fields)
        check_value(f"{where}.{key}", str(fields[key].type), value)
    missing = [
        name
        for name, item in fields.items()
        if name not in values
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"{where} lacks {', '.join(missing)}.")
    return cls(**values)


def _unknown_key(where: str, key: str, fields: Iterable[str]) -> UnknownNameError:
    """The error for a key that a table does not have, which may have been meant for another."""
    inner = {item.name: table for table, cls in _TABLES.items() for item in dataclasses.fields(cls)}
    near = nearest(key, {*inner, *fields})
    if where != "recipe" or near in {*fields}:
        return unknown_name(f"key of {where}", key, fields)
    if near is None:
        known = unknown_name(f"key of {where}", key, fields)
        return UnknownNameError(f"{known} An argument of the model is written model.{key}.")
    return UnknownNameError(
        f"unknown key of recipe {key!r}: did you mean '{inner[near]}.{near}'? An argument of the "
        f"model is written model.{key}."
    )
