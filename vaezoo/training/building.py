"""Recipe -> an untrained model that fits its data."""

from __future__ import annotations

from vaezoo import datasets
from vaezoo._checks import check_range
from vaezoo._core.components import naming_errors, resolve
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.errors import unknown_name
from vaezoo.export import check_variants
from vaezoo.models import MODELS
from vaezoo.samplers import SAMPLERS
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


def check_recipe(recipe: Recipe, model: LatentVariableModel, data: Dataset) -> None:
    """Finds before the training what would otherwise be found after it.

    Raises:
        DataError: the data have values that the likelihood does not take.
        UnknownNameError: no such sampler or variant.
    """
    likelihood = model.likelihood
    reason = f"the {type(likelihood).__name__} likelihood"
    for split in SPLITS:
        low, high = datasets.value_range(getattr(data, split))
        check_range(low, high, likelihood.value_range, what=data.name, reason=reason)
    if recipe.evaluation.sampler is not None:
        resolve("sampler", recipe.evaluation.sampler, SAMPLERS)
    check_variants(recipe.export.variants)
