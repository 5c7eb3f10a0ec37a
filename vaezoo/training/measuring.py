"""A trained model and its export -> the content of metrics.json."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo import _named_figures, datasets, report
from vaezoo._model import presets
from vaezoo._model.base import LatentVariableModel
from vaezoo._storage import files
from vaezoo.datasets.base import Dataset, as_float, chunks
from vaezoo.evaluation import evaluate, examples, sample_posterior
from vaezoo.evaluation.figures import is_conditional
from vaezoo.likelihoods import Likelihood, Table
from vaezoo.likelihoods.scaled import LEAST_SCALE, Scaled
from vaezoo.likelihoods.standardised import Standardised
from vaezoo.metrics import baselines
from vaezoo.metrics.baseline_figures import Counted, Density, Discretisation, Levels
from vaezoo.protocols import Array
from vaezoo.runtime.model import Model
from vaezoo.training.folder import METRICS, RECIPE
from vaezoo.training.recipe import load_recipe
from vaezoo.training.recipe_tables import Evaluation

_DECODED = 200_000_000  # values: about three minutes where decoders are large
_LEAST = 30  # examples, whose correction has a standard error


def affordable(num_samples: int, data_shape: Sequence[int]) -> int:
    """How many examples get all importance samples, where a recipe does not say it: so many that
    their decodings have 2·10⁸ values in all, and at least 30.

    It depends on nothing but the data's shape, so that figures are the same on every machine.

    Example:
        >>> from vaezoo.training.measuring import affordable
        >>> affordable(5000, (8, 8, 1)), affordable(1000, (32, 32, 3))
        (625, 65)
    """
    return max(_LEAST, _DECODED // (num_samples * math.prod(data_shape)))


def settings_of(preset: Path) -> Evaluation:
    """How a run or a preset was evaluated, by its recipe.toml; the defaults where it has none."""
    path = preset / RECIPE
    return load_recipe(path).evaluation if path.is_file() else Evaluation()


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
    most = settings.max_scored or affordable(settings.num_samples, model.data_shape)
    figures = evaluate(
        model,
        x,
        condition,
        num_samples=settings.num_samples,
        max_scored=most,
        seed=settings.seed,
        progress=progress,
    )
    return figures | _of_export(model, served, data, settings)


def compared(model: LatentVariableModel, data: Dataset, max_examples: int) -> dict[str, Any]:
    """The figures of `vaezoo.metrics.baselines` on the same test examples, for the same latent
    size; none of a table. Likelihoods only where the model has one, of the same kind, and not given
    a condition."""
    if data.schema is not None:  # the units of its columns have nothing in common
        return {}
    x, _ = examples(model, data, "test", max_examples)

    def train() -> Iterator[Array]:
        return map(as_float, chunks(data.train))

    return baselines(train, x, model.latent_dim, _kind(model, x))


def _kind(model: LatentVariableModel, x: Array) -> Discretisation | None:
    likelihood = model.likelihood
    if isinstance(likelihood, Table):  # its columns have no kind in common
        return None
    if not model.has_density or is_conditional(model) or not likelihood.is_normalised_on(x):
        return None
    if likelihood.is_of_counts:
        return Counted()
    if likelihood.is_discrete:
        return Levels(getattr(likelihood, "levels", 2))
    least = likelihood.least_scale if isinstance(likelihood, Scaled) else LEAST_SCALE
    return Density(*_location_and_unit(likelihood), least)


def _location_and_unit(likelihood: Likelihood) -> tuple[Array | float, Array | float]:
    if not isinstance(likelihood, Standardised) or likelihood.standardise is None:
        return 0.0, 1.0
    loc, unit = map(tf.convert_to_tensor, (likelihood.loc, likelihood.unit))
    return np.asarray(loc), np.asarray(unit)


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
