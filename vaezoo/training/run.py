"""One run: recipe -> data -> model -> fit -> evaluation -> preset, export, picture, card."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tomli_w

from vaezoo import datasets, images, report
from vaezoo._checks import check_range
from vaezoo._core import pipeline, presets
from vaezoo._core.components import naming_errors, resolve
from vaezoo._loading import load
from vaezoo._storage import files
from vaezoo.datasets.base import evenly_spaced
from vaezoo.errors import ConfigError, DataError, WorkerLostError, unknown_name
from vaezoo.evaluation import conditions, drawn_codes, evaluate, examples
from vaezoo.export import add_variants, check_variants
from vaezoo.models import MODELS
from vaezoo.runtime import manifest
from vaezoo.runtime.model import Model
from vaezoo.samplers import SAMPLERS, codes, fit_sampler
from vaezoo.training.callbacks import BEST, Checkpoints, ProgressBar, StopOnNaN, monitored
from vaezoo.training.card import write_card
from vaezoo.training.cluster import Cluster, join
from vaezoo.training.optimizers import make_optimizer
from vaezoo.training.recipe import Evaluation, Recipe, load_recipe, to_dict

RECIPE, METRICS, PICTURE, CARD = "recipe.toml", "metrics.json", "picture.png", "README.md"
_LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)
_MOST_CODES = 60_000  # that a sampler is fitted to


def train(
    recipe: Recipe,
    out: str | os.PathLike[str],
    *,
    strategy: str | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Trains into the folder `out`, evaluates on the test split, saves and exports.

    Interrupted, the same call goes on after the last finished epoch and ends with the same
    weights. The preset holds the weights of the epoch with the best validation ELBO; of a model
    without a density that with the least loss, and of one that plays against a critic the last.

    Args:
        recipe: what to do.
        out: the run's folder: recipe.toml, log.csv, best.weights.h5, last.*.weights.h5,
            metrics.json, picture.png, README.md, the preset's files, and export/. Of several
            workers all have to see it; the chief writes.
        strategy: "mirrored" or "multiworker": trains on several devices or machines, which share
            every batch. Without XLA, and so not bit for bit the same twice.
        tensorboard: also logs to out/tensorboard.
        progress: shows progress bars.

    Returns:
        The content of metrics.json; an empty one for workers that are not the chief, which
        alone measures the model.

    Raises:
        ConfigError: `out` holds a run of another recipe, or arguments do not fit.
        DataError: the data cannot be used.
        WorkerLostError: another worker is gone; all of them have to be started again.
        TrainingDivergedError: the loss became NaN; the last good weights are kept.
    """
    out = Path(out)
    cluster = join(strategy)
    data = datasets.load(**dataclasses.asdict(recipe.data))
    keras.utils.set_random_seed(recipe.seed)
    with cluster.scope():
        model = build_model(recipe, data.data_shape)
    _check_sources(model, data)
    if recipe.evaluation.sampler is not None:  # a wrong name would be found too late
        resolve("sampler", recipe.evaluation.sampler, SAMPLERS)
    check_variants(recipe.export.variants)
    _claim(out, recipe, cluster)
    seconds = _fit(model, recipe, data, out, cluster, tensorboard, progress)
    if not cluster.is_chief:
        return {}
    if strategy:  # the others are gone: what follows is for one process and one device
        model = build_model(recipe, data.data_shape)
    model.load_weights(out / BEST)
    x, condition = examples(model, data, "test", recipe.evaluation.max_examples)
    sampler = None
    if recipe.evaluation.sampler is not None:
        sampler = fitted_sampler(recipe.evaluation.sampler, model, data, recipe.seed)
    images.save_png(out / PICTURE, picture(model, x, condition, sampler))
    described = to_dict(recipe)["data"]
    presets.save(model, out, name=recipe.name, data=described, sampler=sampler)
    if recipe.export.variants:
        train_data = examples(model, data, "train", len(x))
        add_variants(out / "export", recipe.export.variants, train_data, (x, condition))
    start = time.perf_counter()
    measured = measure(model, load(out / "export"), data, recipe.evaluation, progress=progress)
    metrics = {
        "preset": recipe.name,
        "data": described | {"split": "test"},
        **measured,
        "seconds": {"training": seconds, "evaluation": round(time.perf_counter() - start, 1)},
    }
    files.write_json(out / METRICS, metrics)
    conditioned = model.condition is not None
    write_card(out / CARD, recipe, data, metrics, best=monitored(model)[0], conditioned=conditioned)
    return metrics


def measure(
    model: Any,
    served: Model,
    data: datasets.Dataset,
    how: Evaluation,
    *,
    progress: bool = True,
) -> dict[str, Any]:
    """Figures of a model and of its export on the test split: `vaezoo.evaluation.evaluate` and
    `vaezoo.report.measure`."""
    x, condition = examples(model, data, "test", how.max_examples)
    seen = evaluate(
        model,
        x,
        condition,
        num_samples=how.num_samples,
        max_scored=how.max_scored,
        seed=how.seed,
        progress=progress,
    )
    codes = None  # where they are not of the prior's kind: numbers of a codebook, or with labels
    if model.codebook_size is None and not model.sums_out_condition:
        codes = drawn_codes(model, x, condition, seed=how.seed)
    return seen | report.measure(served, data, codes, num=how.max_examples, seed=how.seed)


def build_model(recipe: Recipe, data_shape: tuple[int, ...]) -> Any:
    """The recipe's model, untrained. Raises `UnknownNameError` or `ConfigError`."""
    arguments = {"seed": recipe.seed} | dict(recipe.model)
    name = arguments.pop("name", "VAE")
    if name not in MODELS:
        raise unknown_name("model", name, MODELS)
    with naming_errors(f"model {name}"):
        return MODELS[name](data_shape, **arguments)


def picture(model: Any, x: np.ndarray, condition: Any, sampler: Any, num: int = 64) -> np.ndarray:
    """Two halves: generated examples, then pairs of rows of data and reconstructions.

    The data are evenly spaced among x. With a condition, the examples are generated under
    theirs, so that the first tiles of both halves share it.
    """
    rows = evenly_spaced(len(x), num // 2)
    data, given = x[rows], None if condition is None else condition[rows]
    asked = None if given is None else np.resize(given, (num, *given.shape[1:]))
    drawn = model.generate(num, asked, seed=0, sampler=sampler)
    generated = images.grid(drawn.numpy(), images.COLUMNS)
    copies = model(data if given is None else (data, given))
    reconstructed = images.pairs(data, copies.numpy())
    gap = np.full((images.TILE // 4, *generated.shape[1:]), 255, np.uint8)
    return np.concatenate([generated, gap, reconstructed])


def fitted_sampler(name: Any, model: Any, data: datasets.Dataset, seed: int = 0) -> Any:
    """A sampler of `vaezoo.samplers`, fitted to the codes of the training split."""
    z = codes(model, *examples(model, data, "train", _MOST_CODES))
    return fit_sampler(name, z, seed=seed)


def publish(run: str | os.PathLike[str], name: str, root: str | os.PathLike[str] = ".") -> None:
    """Copies a finished run to root/saved_models/<name> and root/export/<name>."""
    run, root = Path(run), Path(root)
    kept = (presets.CONFIG, presets.METADATA, presets.WEIGHTS, METRICS, RECIPE, PICTURE, CARD)
    with files.replaced_directory(root / "saved_models" / name, presets.CONFIG) as folder:
        for file in kept:
            shutil.copyfile(run / file, folder / file)
    with files.replaced_directory(root / "export" / name, manifest.FILE) as folder:
        shutil.copytree(run / "export", folder, dirs_exist_ok=True)


def _check_sources(model: Any, data: datasets.Dataset) -> None:
    for split in ("train", "validation", "test"):
        low, high = datasets.value_range(getattr(data, split))
        reason = f"the {type(model.likelihood).__name__} likelihood"
        check_range(low, high, model.likelihood.value_range, what=f"{data.name}", reason=reason)


def _claim(out: Path, recipe: Recipe, cluster: Cluster) -> None:
    """Makes the run's folder, or goes on in the one that holds a run of the same recipe."""
    path = out / RECIPE
    if path.exists() and _makes(load_recipe(path)) != _makes(recipe):
        raise ConfigError(
            f"{out} holds a run of another recipe ({RECIPE} differs): choose another --out, "
            "or delete that folder."
        )
    if not cluster.is_chief:
        return
    files.remove_temporaries(out)
    with files.replaced_file(path) as temporary:
        temporary.write_text(tomli_w.dumps(to_dict(recipe)), encoding="utf-8")


def _makes(recipe: Recipe) -> tuple[Any, ...]:
    """All of a recipe that its weights depend on: the rest may change without another training."""
    return recipe.name, recipe.data, recipe.model, recipe.optimizer, recipe.training, recipe.seed


def _fit(
    model: Any,
    recipe: Recipe,
    data: datasets.Dataset,
    out: Path,
    cluster: Cluster,
    tensorboard: bool,
    progress: bool,
) -> float:
    """Trains, from where the run's folder stands; seconds that all epochs took."""
    batch_size = min(recipe.training.batch_size, len(data.train))
    cluster.check_batch(batch_size)
    _compile(model, recipe, cluster, len(data.train) // batch_size)
    epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
    clock = keras.callbacks.LambdaCallback(on_epoch_begin=lambda now, logs: epoch.assign(now))
    averages = [keras.callbacks.SwapEMAWeights()] if model.optimizer.use_ema else []
    checkpoints = Checkpoints(
        out,
        *monitored(model),
        averages=averages[0] if averages else None,
        writes=cluster.is_chief,
    )
    callbacks = [*averages, clock, StopOnNaN(), checkpoints]
    bar = ProgressBar(recipe.name, recipe.training.epochs)
    if progress and cluster.is_chief:
        callbacks.append(bar)
    if tensorboard and cluster.is_chief:
        callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard"))
    train_data, validation_data = _batches(model, recipe, data, cluster, batch_size, epoch)
    with cluster.scope():
        done = checkpoints.resume(model)
    cluster.check_agreement(done)
    try:
        model.fit(
            train_data,
            shuffle=False,  # the pipeline has done it
            validation_data=validation_data,
            initial_epoch=done,
            epochs=recipe.training.epochs,
            callbacks=callbacks,
            verbose=0,
        )
    except tf.errors.OpError as error:  # such as a file that went away while it was streamed
        if cluster.workers > 1 and isinstance(error, _LOST):
            raise WorkerLostError(
                f"another worker is gone ({_reason(error)}): the run stopped in epoch "
                f"{len(checkpoints.rows) + 1}; start all workers again with the same command, "
                "and it goes on after the last finished epoch."
            ) from None
        raise DataError(f"training stopped: {_reason(error)}") from None
    finally:
        bar.close()
    return checkpoints.seconds()


def _compile(model: Any, recipe: Recipe, cluster: Cluster, steps: int) -> None:
    training = recipe.training
    several = min(training.steps_per_execution, steps)
    with cluster.scope():
        model.compile(
            optimizer=make_optimizer(recipe, steps),
            jit_compile=training.jit_compile and cluster.num_replicas == 1,
            # TensorFlow cannot run a loop over steps that wait for other workers.
            steps_per_execution=several if cluster.workers == 1 else 1,
        )


def _batches(
    model: Any,
    recipe: Recipe,
    data: datasets.Dataset,
    cluster: Cluster,
    batch_size: int,
    epoch: tf.Variable,
) -> tuple[Any, Any]:
    """This process's share of the training and of the validation split."""

    def train(share: pipeline.Share) -> tf.data.Dataset:
        return pipeline.shuffled(
            data.train,
            batch_size,
            epoch=epoch,
            seed=recipe.seed,
            binarise=recipe.data.binarise == "dynamic",
            condition=conditions(model, data, "train"),
            share=share,
        )

    def validation(share: pipeline.Share) -> tf.data.Dataset:
        given = conditions(model, data, "validation")
        return pipeline.in_order(data.validation, batch_size, given, share)

    return cluster.distribute(train), cluster.distribute(validation)


def _reason(error: tf.errors.OpError) -> str:
    """What went wrong, in a line: in graphs that stands below the place where it did."""
    lines = [line for line in str(error.message).splitlines() if line.strip()]
    if not lines[0].startswith("Graph execution error"):
        return lines[0].strip()
    told = [line for line in lines[1:] if line[0] not in " \t" and not line.startswith("Detected")]
    return told[0].strip() if told else lines[-1].strip()
