"""The cards of published presets, rewritten."""

from __future__ import annotations

from pathlib import Path

from vaezoo import datasets
from vaezoo._model import presets
from vaezoo._storage import files
from vaezoo.training.callbacks import monitored
from vaezoo.training.card import write_card
from vaezoo.training.folder import CARD, METRICS, RECIPE
from vaezoo.training.recipe import load_recipe


def rewrite_card(folder: Path) -> None:
    """Rewrites the card of a preset's folder from its metrics.json and recipe.toml.

    Raises:
        DamagedFileError: a file is missing or is not the published one.
        DataError: the data set cannot be loaded.
    """
    recipe, model = load_recipe(folder / RECIPE), presets.load(folder)
    write_card(
        folder / CARD,
        recipe,
        datasets.load(recipe.data.name),
        files.read_json(folder / METRICS),
        best=monitored(model)[0],
        conditional=model.condition is not None,
    )
