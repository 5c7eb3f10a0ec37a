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
from vaezoo.training.recipe_values import check_value

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True)
class Data:
    """What to train on: arguments of `vaezoo.datasets.load`.

    Attributes:
        name: a data set's name, or the path of the user's own data.
        binarise: "none", "static" or "dynamic".
        image_size: height and width that a folder's images are resized to.
        image_mode: "grey", "rgb" or "rgba", for a folder of images.
        resize: "crop" or "stretch", for a folder of images.
        background: colour behind transparent pixels, for a folder of images.
        labels: the column of your own data that holds labels.
        attributes: columns that hold attributes, or attributes of a named data set, for a model
            that learns from them or whose condition is a vector.
        split_by: a column of groups that stay whole, "folder" or "prefix".
        skip_bad: whether files and rows that cannot be used are left out.
        num_labels: training examples that keep their label; None: all.
        schema: of a table, a .toml; None: it is read from the columns.
        rare: labels of a table that fewer rows have are pooled.
        leave_out: columns of a table that are not to be learned.
        constraints: rules of a table, a .toml, that every row obeys.
        allow_violations: whether rows of the data may break them.
        counts: whether bytes in files of your own are counts, instead of levels 0…255; they are
            for a likelihood of counts.
    """

    name: str
    binarise: str = "none"
    image_size: Any = None
    image_mode: str | None = None
    resize: str = "crop"
    num_labels: Any = None
    counts: bool = False
    background: str = "white"
    labels: str | None = None
    attributes: list[str] = field(default_factory=list)
    split_by: str | None = None
    skip_bad: bool = False
    schema: str | None = None
    rare: Any = 0
    leave_out: list[str] = field(default_factory=list)
    constraints: str | None = None
    allow_violations: bool = False


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimiser and its learning rate.

    Attributes:
        name: a Keras optimiser's name.
        learning_rate: at its highest.
        schedule: "constant"; "cosine", down to zero over all steps; or "cooldown": constant, then
            down to zero over about the last fifth of the epochs, whose number is decided by
            `training.minutes` and `training.patience` while the model is trained.
        warmup_epochs: over which the rate first rises from zero.
        arguments: further ones, passed to the optimiser.
    """

    name: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    warmup_epochs: float = 0.0
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """Length and speed of the training. With `jit_compile` it is bit-reproducible, but for the
    number of epochs, if `minutes` decides it.

    Attributes:
        epochs: how many, or at most how many where `minutes` or `patience` decide.
        batch_size: examples per step, of all replicas; less where the data are so few that an
            epoch would have fewer than ten steps.
        jit_compile: whether XLA compiles the training step.
        steps_per_execution: training steps per call of the compiled function.
        augment: changes of each training image, drawn anew in every epoch: "flip", "shift",
            "crop", "rotate", "jitter"; see `vaezoo._model.augmentation`.
        steps_per_epoch: steps of an epoch, of part of the training examples or of several passes
            over them; None: as many as one pass has.
        minutes: that the epochs take, at most; None: no limit. For the schedule "cooldown".
        patience: epochs without an improvement on the validation split after which the learning
            rate falls; None: it does not. For the schedule "cooldown".
    """

    epochs: int = 50
    batch_size: int = 128
    jit_compile: bool = True
    steps_per_execution: int = 32
    augment: list[str] = field(default_factory=list)
    steps_per_epoch: Any = None
    minutes: Any = None
    patience: Any = None


@dataclass(frozen=True)
class Evaluation:
    """How the trained model is evaluated.

    Attributes:
        num_samples: importance samples, for a model with a density.
        max_examples: most test examples, evenly spaced.
        max_scored: how many of these get all the samples; see `vaezoo.evaluation.evaluate`.
            None: as many as `vaezoo.training.measuring.affordable` allows, in minutes.
        seed: decides the samples.
        sampler: of `vaezoo.samplers`, by name or by name and arguments, fitted to the latents
            of the training split: the picture's samples come from it instead of the prior.
    """

    num_samples: int = 5000
    max_examples: int = 10_000
    max_scored: Any = None
    seed: int = 0
    sampler: Any = None


@dataclass(frozen=True)
class Export:
    """What the export contains in addition to the float32 graphs.

    Attributes:
        variants: "fp16", "int8": exported if they lose little accuracy, else listed as refused.
    """

    variants: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """A published figure to compare the preset with.

    Attributes:
        what: the model.
        log_likelihood: nats per example, as published: "-84.45 ± 0.12".
        source: who published it, and where.
    """

    what: str
    log_likelihood: str
    source: str


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
        >>> from vaezoo.training.recipe import Data, Recipe
        >>> recipe = Recipe("mine", Data("digits"), {"name": "BetaVAE", "latent_dim": 4})
        >>> recipe.training.epochs
        50
    """

    name: str
    data: Data
    model: Mapping[str, Any] = field(default_factory=lambda: {"name": "VAE"})
    optimizer: Optimizer = Optimizer()
    training: Training = field(default_factory=Training)
    evaluation: Evaluation = Evaluation()
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
