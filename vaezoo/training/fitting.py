"""A model, data and a recipe -> trained weights in the run's folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model import pipeline
from vaezoo._model.augmentation import Augmentation
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import Dataset, as_float, chunks
from vaezoo.errors import DataError, WorkerLostError
from vaezoo.evaluation import given
from vaezoo.training import cooldown
from vaezoo.training.callbacks import Checkpoints, ProgressBar, StopOnNaN, monitored
from vaezoo.training.cluster import Cluster
from vaezoo.training.cooldown import Cooldown
from vaezoo.training.optimizers import make_optimizer
from vaezoo.training.recipe import Recipe
from vaezoo.training.symptoms import Watch

_STEPS = 10  # per epoch, at least
_ROWS = 1024  # at once, where data are read before the first step
_LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)


def fit(
    model: LatentVariableModel,
    recipe: Recipe,
    data: Dataset,
    out: Path,
    cluster: Cluster,
    *,
    tensorboard: bool = False,
    progress: bool = True,
) -> float:
    """Trains or resumes the run in the folder `out`: seconds that all its epochs took."""
    batch_size = _batch_size(recipe.training.batch_size, len(data.train), cluster.num_replicas)
    cluster.check_batch(batch_size)
    cluster.check_clock(recipe.training.minutes)
    steps = recipe.training.steps_per_epoch or len(data.train) // batch_size
    _compile(model, recipe, cluster, steps)
    epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
    bar = ProgressBar(recipe.name, lambda: _epochs(out, recipe))
    speaks = progress and cluster.is_chief
    checkpoints, callbacks = _callbacks(model, recipe, out, cluster, epoch, _teller(bar, speaks))
    if speaks:
        callbacks.append(bar)
        if batch_size < recipe.training.batch_size:
            bar.note(f"{len(data.train)} examples to train on: batches of {batch_size}")
    if tensorboard and cluster.is_chief:
        callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard"))
    train_data, validation_data = _batches(model, recipe, data, cluster, batch_size, epoch)
    with cluster.scope():
        done = checkpoints.resume(model)
    cluster.check_agreement(done)
    model.adapt(pipeline.in_order(data.train, _ROWS))  # of all replicas' examples
    with contextlib.closing(bar), _explaining(cluster, checkpoints):
        model.fit(
            train_data,
            shuffle=False,  # the pipeline has done it
            validation_data=validation_data,
            initial_epoch=done,
            epochs=_epochs(out, recipe),
            callbacks=callbacks,
            verbose=0,
        )
    return checkpoints.seconds()


def _batch_size(wanted: int, num_examples: int, num_replicas: int) -> int:
    """The recipe's, or less where few data would make an epoch of less than ten steps.

    Fifty epochs of one step each would end with a model that has learned next to nothing.
    """
    most = max(num_examples // _STEPS // num_replicas, 1) * num_replicas
    return min(wanted, most)


def _compile(model: LatentVariableModel, recipe: Recipe, cluster: Cluster, steps: int) -> None:
    training = recipe.training
    several = min(training.steps_per_execution, steps)
    with cluster.scope():
        model.compile(
            optimizer=make_optimizer(recipe, steps),
            jit_compile=training.jit_compile and cluster.num_replicas == 1,
            # TensorFlow cannot run a loop over steps that wait for other workers.
            steps_per_execution=several if cluster.workers == 1 else 1,
        )


def _epochs(out: Path, recipe: Recipe) -> int:
    """At most so many: those of a run that has decided how it ends, or the recipe's."""
    ending = cooldown.read(out)
    return ending.epochs if ending else recipe.training.epochs


def _teller(bar: ProgressBar, speaks: bool) -> Callable[[str], None]:
    return bar.note if speaks else lambda text: None


def _callbacks(
    model: LatentVariableModel,
    recipe: Recipe,
    out: Path,
    cluster: Cluster,
    epoch: tf.Variable,
    tell: Callable[[str], None],
) -> tuple[Checkpoints, list[keras.callbacks.Callback]]:
    """The checkpoints, and all callbacks, in the order in which Keras has to call them."""
    averages = [keras.callbacks.SwapEMAWeights()] if model.optimizer.use_ema else []
    clock = keras.callbacks.LambdaCallback(on_epoch_begin=lambda now, logs: epoch.assign(now))
    monitor, sign = monitored(model)
    checkpoints = Checkpoints(
        out,
        monitor,
        sign,
        averages=averages[0] if averages else None,
        writes=cluster.is_chief,
    )
    callbacks = [*averages, clock, StopOnNaN()]
    if recipe.optimizer.schedule == "cooldown":  # decides before the epoch's weights are written
        writes = cluster.is_chief
        ending = Cooldown(out, recipe, lambda: checkpoints.rows, monitor, sign, tell, writes)
        callbacks.append(ending)
    return checkpoints, [*callbacks, checkpoints, Watch(lambda: checkpoints.rows, tell)]


def _batches(
    model: LatentVariableModel,
    recipe: Recipe,
    data: Dataset,
    cluster: Cluster,
    batch_size: int,
    epoch: tf.Variable,
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """This process's share of the training and of the validation split."""

    def train(share: pipeline.Share) -> tf.data.Dataset:
        return pipeline.shuffled(
            data.train,
            batch_size,
            epoch=epoch,
            seed=recipe.seed,
            binarise=recipe.data.binarise == "dynamic",
            augment=_augmentation(model, recipe, data),
            steps=recipe.training.steps_per_epoch,
            condition=given(model, data, "train"),
            share=share,
        )

    def validation(share: pipeline.Share) -> tf.data.Dataset:
        condition = given(model, data, "validation")
        return pipeline.in_order(data.validation, batch_size, condition, share)

    return cluster.distribute(train), cluster.distribute(validation)


def _augmentation(model: LatentVariableModel, recipe: Recipe, data: Dataset) -> Augmentation | None:
    """The changes that the recipe asks for, of values that stay what the likelihood takes."""
    if not recipe.training.augment:
        return None
    levels = getattr(model.likelihood, "levels", 256 if data.train.dtype == np.uint8 else None)
    binary = all(np.isin(as_float(x), (0, 1)).all() for x in chunks(data.train))
    return Augmentation(recipe.training.augment, 2 if binary else levels)


@contextlib.contextmanager
def _explaining(cluster: Cluster, checkpoints: Checkpoints) -> Iterator[None]:
    """Turns errors of TensorFlow, such as a file that vanished, into one line of ours."""
    try:
        yield
    except tf.errors.OpError as error:
        if cluster.workers > 1 and isinstance(error, _LOST):
            raise WorkerLostError(
                f"another worker is gone ({_reason(error)}): the run stopped in epoch "
                f"{len(checkpoints.rows) + 1}; start all workers again with the same command, "
                "and it resumes after the last finished epoch."
            ) from None
        raise DataError(f"training stopped: {_reason(error)}") from None


def _reason(error: tf.errors.OpError) -> str:
    """What went wrong, in one line; in graphs, below the place where it happened."""
    lines = [line for line in str(error.message).splitlines() if line.strip()]
    if not lines[0].startswith("Graph execution error"):
        return lines[0].strip()
    reasons = [line for line in lines[1:] if line[0] not in " \t" and line[:8] != "Detected"]
    return reasons[0].strip() if reasons else lines[-1].strip()
