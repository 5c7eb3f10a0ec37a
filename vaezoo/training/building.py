"""Recipe -> an untrained model that fits its data."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path

from vaezoo import datasets
from vaezoo._checks import check_range
from vaezoo._core.components import naming_errors
from vaezoo._core.constructors import defaults, keywords
from vaezoo._model.augmentation import check_augment
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.labelling import no_condition
from vaezoo.datasets.loading import is_own
from vaezoo.errors import DataError, unknown_name
from vaezoo.export import check_variants
from vaezoo.models import MODELS
from vaezoo.report.measure import check_num
from vaezoo.samplers.fitting import check_sampler
from vaezoo.training.optimizers import make_optimizer
from vaezoo.training.recipe import Recipe


def build_model(recipe: Recipe, data_shape: tuple[int, ...]) -> LatentVariableModel:
    """The recipe's model, untrained. Raises `UnknownNameError` or `ConfigError`."""
    arguments = {"seed": recipe.seed} | dict(recipe.model)
    name = arguments.pop("name", "VAE")
    if name not in MODELS:
        raise unknown_name("model", name, MODELS, lister="vaezoo list --models")
    with naming_errors(f"model {name}"):
        model: LatentVariableModel = MODELS[name](data_shape, **arguments)
    return model


def without_chosen(recipe: Recipe, given: Collection[str]) -> tuple[Recipe, list[str]]:
    """The recipe without those arguments of its model that another model chooses itself, or has
    a default of its own for, and their names.

    Args:
        recipe: of another model, or of the user's own data.
        given: arguments that the user gave for this model: they stay.

    Example:
        >>> from vaezoo.training import load_recipe
        >>> from vaezoo.training.building import without_chosen
        >>> recipe, names = without_chosen(load_recipe("own", ["model.name=SigmaVAE"]), [])
        >>> names
        ['likelihood']
    """
    model = MODELS[recipe.model.get("name", "VAE")]
    takes, own, usual = keywords(model), defaults(model), defaults(MODELS["VAE"])
    names = [
        name
        for name in recipe.model
        if name not in {"name", *given}
        and (name not in takes or own.get(name, usual.get(name)) != usual.get(name))
    ]
    arguments = {name: value for name, value in recipe.model.items() if name not in names}
    return dataclasses.replace(recipe, model=arguments), names


def of_counts(recipe: Recipe, model: LatentVariableModel) -> Recipe:
    """The recipe, with the bytes of the user's own arrays as counts where the likelihood is of
    counts."""
    data = recipe.data
    if not model.likelihood.is_of_counts or data.counts or data.binarise != "none":
        return recipe
    if not (is_own(data.name) and Path(data.name).is_file()):
        return recipe  # pixels are levels
    return dataclasses.replace(recipe, data=dataclasses.replace(data, counts=True))


def of_labels(recipe: Recipe, data: Dataset) -> Recipe:
    """The recipe, with the number and the names of the data's attributes, where the model learns
    from them; of the user's own data, with the number and the names of the classes, or the number
    of the attributes, where these are its condition.

    Raises:
        DataError: the data have none, or one class only.
    """
    model = recipe.model.get("name", "VAE")
    if model not in MODELS:
        return recipe
    arguments = dict(recipe.model)
    if "num_attributes" in keywords(MODELS[model]):
        if not data.attributes:
            raise no_condition(data, model, "attributes")
        names = list(data.attribute_names)
        arguments = {"num_attributes": len(names), "attribute_names": names} | arguments
        return dataclasses.replace(recipe, model=arguments)
    if not is_own(recipe.data.name):
        return recipe
    condition = arguments.get("condition")
    if "num_classes" in keywords(MODELS[model]):
        arguments = _classes(model, data, "label_names") | arguments
    elif condition is not None:
        given = {"name": condition} if isinstance(condition, str) else dict(condition)
        known = {} if given.get("name") != "labels" else _classes(model, data, "names")
        if given.get("name") == "vector":
            if not data.attributes:
                raise no_condition(data, model, "vector")
            known = {"dim": len(data.attribute_names)}
        arguments["condition"] = known | given
    return dataclasses.replace(recipe, model=arguments)


def _classes(model: str, data: Dataset, names: str) -> dict[str, object]:
    """Number and names of the classes, as arguments."""
    if "train" not in data.labels:
        raise no_condition(data, model, "labels")
    if data.num_classes < 2:
        raise DataError(f"{data.name} has one class of labels: {model} needs two or more.")
    named = {names: list(data.label_names)} if data.label_names else {}
    return {"num_classes": data.num_classes, **named}


def check_recipe(recipe: Recipe, model: LatentVariableModel, data: Dataset) -> None:
    """Finds before the training what would otherwise be found after it.

    Raises:
        DataError: the data have values that the likelihood does not take.
        UnknownNameError: no such sampler, optimiser or variant.
        ConfigError: arguments that these do not take, or too few test examples.
    """
    likelihood = model.likelihood
    reason = f"the {type(likelihood).__name__} likelihood"
    for split in SPLITS:
        low, high = datasets.value_range(getattr(data, split))
        check_range(low, high, likelihood.value_range, what=data.name, reason=reason)
    check_augment(recipe.training.augment, data.data_shape)
    if "jitter" in recipe.training.augment:
        check_range(*datasets.value_range(data.train), (0, 1), what=data.name, reason="jitter")
    make_optimizer(recipe, steps_per_epoch=1)
    if recipe.evaluation.sampler is not None:
        check_sampler(recipe.evaluation.sampler, model.latent_dim)
    check_variants(recipe.export.variants)
    check_num(data, recipe.evaluation.max_examples)
