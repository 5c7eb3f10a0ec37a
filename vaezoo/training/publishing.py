"""Finished runs as presets with a name, and the cards of these."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vaezoo import _named_figures, datasets
from vaezoo._model import presets
from vaezoo._storage import files
from vaezoo.runtime import manifest
from vaezoo.runtime.manifest import Condition
from vaezoo.training.callbacks import monitored
from vaezoo.training.card import write_card
from vaezoo.training.folder import CARD, METRICS, PICTURE, RECIPE
from vaezoo.training.recipe import load_recipe
from vaezoo.world.folders import AGENT, AgentFacts

_PUBLISHED = (presets.CONFIG, presets.METADATA, presets.WEIGHTS, METRICS, RECIPE, PICTURE)


def publish(run: str | os.PathLike[str], name: str, root: str | os.PathLike[str] = ".") -> None:
    """Copies a finished run to root/saved_models/<name> and root/export/<name>."""
    run, root = Path(run), Path(root)
    with files.replaced_directory(root / "export" / name, manifest.FILE) as folder:
        shutil.copytree(run / "export", folder, dirs_exist_ok=True)
    with files.replaced_directory(root / "saved_models" / name, presets.CONFIG) as folder:
        for file in _PUBLISHED:
            shutil.copyfile(run / file, folder / file)
        # The run's names the run's folder.
        rewrite_card(folder, root / "export" / name)


def rewrite_card(folder: Path, export: Path) -> None:
    """Rewrites the card of a preset's folder from its metrics.json and recipe.toml.

    Args:
        folder: of the preset.
        export: of it, where an agent may be.

    Raises:
        DamagedFileError: a file is missing or is not the published one.
        DataError: the data set cannot be loaded.
    """
    recipe, model = load_recipe(folder / RECIPE), presets.load(folder)
    condition = model.condition
    needs = condition and Condition(condition.kind, condition.dim, condition.names)
    data, metrics = datasets.load(recipe.data.name), _named_figures.read(folder / METRICS)
    with _named_figures.whole(folder / METRICS):
        write_card(
            folder / CARD,
            recipe,
            data,
            metrics,
            best=monitored(model)[0],
            condition=needs,
            agent=AgentFacts.read(export / AGENT) if (export / AGENT).is_dir() else None,
            published=True,
        )
