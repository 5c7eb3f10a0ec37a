"""The folder of a run: who may write to it, and what it holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import tomli_w

from vaezoo._model import presets
from vaezoo._model.base import LatentVariableModel
from vaezoo._storage import files, leftovers
from vaezoo._storage.locks import locked
from vaezoo.datasets.base import Dataset
from vaezoo.errors import ConfigError
from vaezoo.evaluation import examples
from vaezoo.export import add_variants
from vaezoo.samplers import Sampler
from vaezoo.training.recipe import Recipe, load_recipe, to_dict

RECIPE, METRICS, PICTURE, CARD = "recipe.toml", "metrics.json", "picture.png", "README.md"


@contextlib.contextmanager
def claim(out: Path, recipe: Recipe, *, is_chief: bool = True) -> Iterator[None]:
    """Makes the run's folder, or takes the one that holds a run of the same recipe, and keeps it
    from other processes for as long as the block takes. Of several workers the chief does.

    Raises:
        ConfigError: the folder holds a run of another recipe.
        BusyError: another process has it.
    """
    _check_same(out, recipe)
    if not is_chief:
        yield
        return
    out.mkdir(parents=True, exist_ok=True)
    advice = "wait for it, stop it, or choose another --out"
    with locked(out / ".lock", f"{out}", across_machines=True, advice=advice):
        _check_same(out, recipe)  # another process may have been faster
        leftovers.recover(out, former=True)
        with files.replaced_file(out / RECIPE) as temporary:
            temporary.write_text(tomli_w.dumps(to_dict(recipe)), encoding="utf-8")
        yield


def _check_same(out: Path, recipe: Recipe) -> None:
    path = out / RECIPE
    if path.exists() and _what_weights_depend_on(load_recipe(path)) != _what_weights_depend_on(
        recipe
    ):
        raise ConfigError(
            f"{out} holds a run of another recipe ({RECIPE} differs): choose another --out, "
            "or delete that folder."
        )


def _what_weights_depend_on(recipe: Recipe) -> tuple[object, ...]:
    """The rest of a recipe may change without another training."""
    return recipe.name, recipe.data, recipe.model, recipe.optimizer, recipe.training, recipe.seed


def save(
    model: LatentVariableModel, recipe: Recipe, data: Dataset, out: Path, sampler: Sampler | None
) -> None:
    """Writes the preset, its export, and the export's variants.

    Raises:
        ExportError: the graphs cannot be exported, or disagree with the model.
    """
    presets.save(model, out, name=recipe.name, data=to_dict(recipe)["data"], sampler=sampler)
    if recipe.export.variants:
        test = examples(model, data, "test", recipe.evaluation.max_examples)
        train = examples(model, data, "train", len(test[0]))
        add_variants(out / "export", recipe.export.variants, train, test)
