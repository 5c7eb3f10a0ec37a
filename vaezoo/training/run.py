"""One run, in order: recipe -> data -> model -> fit -> preset and export -> evaluate -> card."""

from __future__ import annotations

from vaezoo import _training  # noqa: F401  # before Keras, which imports TensorFlow

# isort: split
import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import keras

from vaezoo import datasets, images
from vaezoo._loading import load
from vaezoo._model.base import LatentVariableModel
from vaezoo._storage import files
from vaezoo.datasets.base import Dataset
from vaezoo.evaluation import examples
from vaezoo.samplers import fit_to_model
from vaezoo.training import curves
from vaezoo.training.auto import as_recipe
from vaezoo.training.building import build_model, check_recipe, of_counts, of_labels, of_schema
from vaezoo.training.callbacks import BEST, monitored
from vaezoo.training.card import write_card
from vaezoo.training.cluster import join
from vaezoo.training.fitting import fit
from vaezoo.training.folder import CARD, METRICS, PICTURE, claim, save
from vaezoo.training.measuring import compared, measure
from vaezoo.training.notes import show_notes
from vaezoo.training.picture import picture
from vaezoo.training.recipe import Recipe, to_dict
from vaezoo.training.symptoms import warnings_of


def train(
    recipe: Recipe | str,
    out: str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | None = None,
    strategy: str | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Trains into the folder `out`, saves, exports, and evaluates on the test split.

    After an interruption, the same call resumes after the last finished epoch and ends with the
    same weights. The preset holds the weights of the epoch with the best validation ELBO; for a
    model without a density, of the one with the lowest validation loss; for a model trained
    against a critic, of the last one.

    Args:
        recipe: what to do: see `load_recipe`; or a recipe's name; or "auto", which looks at `data`
            and chooses, see `vaezoo.training.choose`.
        out: the run's folder: recipe.toml, log.csv, best.weights.h5, last.*.weights.h5,
            curves.png, metrics.json, picture.png, README.md, the preset's files, and export/.
            Several workers must all see it; the chief writes.
        data: a data set's name, or the path of your own, for a recipe that is given by its name.
        strategy: "mirrored" or "multiworker": trains on several devices or machines, which share
            every batch. This is without XLA, and so not bit-reproducible.
        tensorboard: also logs to out/tensorboard.
        progress: shows progress bars.

    Returns:
        The content of metrics.json; an empty dictionary for workers that are not the chief,
        which alone evaluates the model.

    Raises:
        ConfigError: `out` holds a run of another recipe, or arguments do not fit.
        BusyError: `out` is in use by another process.
        DataError: the data cannot be used.
        WorkerLostError: another worker is gone; all of them have to be started again.
        TrainingDivergedError: the loss became NaN; the last good weights are kept.
    """
    recipe = as_recipe(recipe, data)
    out, cluster = Path(out), join(strategy)
    loaded = datasets.load(**dataclasses.asdict(recipe.data))
    recipe = of_schema(of_labels(recipe, loaded), loaded)
    if progress and cluster.is_chief:
        show_notes(loaded)
    keras.utils.set_random_seed(recipe.seed)
    with cluster.scope():
        model = build_model(recipe, loaded.data_shape)
    if (counts := of_counts(recipe, model)) != recipe:
        recipe, loaded = counts, datasets.load(**dataclasses.asdict(counts.data))
    check_recipe(recipe, model, loaded)
    with claim(out, recipe, is_chief=cluster.is_chief):
        options = {"tensorboard": tensorboard, "progress": progress}
        with curves.drawn(out, writes=cluster.is_chief):
            seconds = fit(model, recipe, loaded, out, cluster, **options)
        if not cluster.is_chief:
            return {}
        if strategy:  # the other workers are gone: what follows needs one process and one device
            model = build_model(recipe, loaded.data_shape)
        model.load_weights(out / BEST)
        return _finish(model, recipe, loaded, out, seconds, progress)


def _finish(
    model: LatentVariableModel,
    recipe: Recipe,
    data: Dataset,
    out: Path,
    seconds: float,
    progress: bool,
) -> dict[str, Any]:
    """Preset, export, picture, figures and card of a trained model: the content of metrics.json."""
    sampler = None
    if recipe.evaluation.sampler is not None:
        sampler = fit_to_model(recipe.evaluation.sampler, model, data, seed=recipe.seed)
    x, condition = examples(model, data, "test", recipe.evaluation.max_examples)
    drawn = picture(model, x, condition, sampler, kinds=data.binary)
    images.save_png(out / PICTURE, drawn)
    save(model, recipe, data, out, sampler)

    start = time.perf_counter()
    served = load(out / "export")
    figures = measure(model, served, data, recipe.evaluation, progress=progress)
    figures |= {"baselines": compared(model, data, recipe.evaluation.max_examples)}
    figures |= {"warnings": warnings_of(model, figures, out, recipe)}
    metrics = {
        "preset": recipe.name,
        "data": to_dict(recipe)["data"] | {"split": "test"},
        **({"augment": list(recipe.training.augment)} if recipe.training.augment else {}),
        **figures,
        "seconds": {"training": seconds, "evaluation": round(time.perf_counter() - start, 1)},
    }
    files.write_json(out / METRICS, metrics)
    needed = served.manifest.condition
    write_card(out / CARD, recipe, data, metrics, best=monitored(model)[0], condition=needed)
    return metrics
