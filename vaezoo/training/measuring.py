"""A trained model and its export -> the content of metrics.json."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from vaezoo import _named_figures, datasets, report
from vaezoo._model import presets
from vaezoo._model.base import LatentVariableModel
from vaezoo._storage import files
from vaezoo.datasets.base import Dataset
from vaezoo.evaluation import evaluate, examples, sample_posterior
from vaezoo.evaluation.figures import is_conditional
from vaezoo.runtime.model import Model
from vaezoo.training.folder import METRICS, RECIPE
from vaezoo.training.recipe import Evaluation, load_recipe


def measure(
    model: LatentVariableModel,
    served: Model,
    data: Dataset,
    settings: Evaluation,
    *,
    progress: bool = True,
) -> dict[str, Any]:
    """Figures on the test split: of `vaezoo.evaluation.evaluate`, which needs the model, and of
    `vaezoo.report.measure`, which needs its export."""
    x, condition = examples(model, data, "test", settings.max_examples)
    figures = evaluate(
        model,
        x,
        condition,
        num_samples=settings.num_samples,
        max_scored=settings.max_scored,
        seed=settings.seed,
        progress=progress,
    )
    return figures | _of_export(model, served, data, settings)


def measure_again(preset: Path, served: Model) -> None:
    """Measures the samples and the latent space of a preset anew, and rewrites its metrics.json.

    The likelihoods stay as they are: only `conditional` is added where an earlier version did not
    write it.

    Args:
        preset: its folder.
        served: its export.

    Raises:
        DamagedFileError: a file is missing or is not the one that was published.
        DataError: the data set cannot be loaded.
    """
    recipe, model = load_recipe(preset / RECIPE), presets.load(preset)
    data = datasets.load(**dataclasses.asdict(recipe.data))
    metrics = dict(_named_figures.read(preset / METRICS))
    if model.has_density:
        metrics["conditional"] = is_conditional(model)
    figures = _of_export(model, served, data, recipe.evaluation)
    files.write_json(preset / METRICS, metrics | figures)


def _of_export(
    model: LatentVariableModel, served: Model, data: Dataset, settings: Evaluation
) -> dict[str, Any]:
    """The figures of `vaezoo.report.measure`."""
    latents = None  # where they are not comparable with the prior's: discrete codes, or with labels
    if model.codebook_size is None and not model.sums_out_condition:
        x, condition = examples(model, data, "test", settings.max_examples)
        latents = sample_posterior(model, x, condition, seed=settings.seed)
    return report.measure(served, data, latents, num=settings.max_examples, seed=settings.seed)
