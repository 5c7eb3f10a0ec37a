"""Collected episodes -> a trained, measured and exported memory of a model's codes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np

from vaezoo._checks import not_negative_integer, positive
from vaezoo._progress import steps as counted
from vaezoo._storage import files
from vaezoo.errors import ConfigError, DataError
from vaezoo.export import export_memory
from vaezoo.metrics import transitions
from vaezoo.protocols import Array
from vaezoo.sequences import MixtureDensityMemory
from vaezoo.training.folder import METRICS
from vaezoo.world import Features, as_sequences, read_steps
from vaezoo.world.episodes import Collection, Steps

BATCH, LEARNING_RATE, HELD_OUT = 32, 2e-3, 0.1
_FRAMES = 1000  # that are encoded at once


def train_memory(
    data: str | os.PathLike[str],
    features: Features,
    out: str | os.PathLike[str],
    *,
    state_dim: int = 32,
    epochs: int = 20,
    seed: int = 0,
    progress: bool = False,
) -> dict[str, float]:
    """Trains a `MixtureDensityMemory` on the codes of collected frames, and exports it.

    The last tenth of the episodes is held out; the figures are of these.

    Args:
        data: folder of episodes, as `vaezoo.world.collect` writes it.
        features: what makes codes z [N, D] of frames.
        out: folder for the export, with metrics.json beside it; an old one is replaced.
        state_dim: H, the size of the memory's state.
        epochs: of training.
        seed: decides weights and order.
        progress: shows a progress bar.

    Returns:
        Nats per step, log p(z_{t+1} | z_≤t, a_≤t): `memory`, beside `last_code` and `linear`, which
        it has to beat (`vaezoo.metrics.transitions`); and `episodes`, how many were held out.

    Raises:
        ConfigError: the features are of other frames, or the folder holds other files.
        DataError: fewer than two episodes of two steps or more.
        DamagedFileError: a shard cannot be read.
    """
    state_dim, epochs = positive("state_dim", state_dim), positive("epochs", epochs)
    seed = not_negative_integer("seed", seed)
    collection = Collection.read(data)
    if tuple(features.frame_shape) != tuple(collection.frame_shape):
        raise ConfigError(
            f"{data} has frames of shape {list(collection.frame_shape)}, the model sees "
            f"{list(features.frame_shape)}: take a model of these frames."
        )
    steps = read_steps(data)
    sequences = as_sequences(steps, _codes(features, steps))
    held_out = max(1, round(HELD_OUT * len(sequences["mask"])))
    if held_out >= len(sequences["mask"]):
        raise DataError(f"{data} has one episode of two steps or more: collect more.")
    training = {name: array[:-held_out] for name, array in sequences.items()}
    test = {name: array[-held_out:] for name, array in sequences.items()}
    keras.utils.set_random_seed(seed)
    model = MixtureDensityMemory(
        features.size, collection.num_actions, state_dim=state_dim, seed=seed
    )
    batches = -(-len(training["mask"]) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * batches)
    model.compile(keras.optimizers.Adam(schedule))
    with counted("remembering", epochs, shown=progress) as advance:
        each = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: advance())
        model.fit(training, epochs=epochs, batch_size=BATCH, callbacks=[each], verbose=0)
    figures = {
        "memory": float(np.nanmean(model.log_prob(test))),
        **_baselines(training, test, collection.num_actions),
        "episodes": held_out,
    }
    export_memory(
        model,
        out,
        preset=f"{collection.environment}_memory",
        weights_sha256=_hash_of_weights(model),
    )
    files.write_json(Path(out) / METRICS, figures)
    return figures


def _codes(features: Features, steps: Steps) -> Array:
    """Of all frames, [T, D]."""
    return np.concatenate([features.encode(piece) for piece in _in_pieces(steps.frames)])


def _in_pieces(frames: Array) -> Iterator[Array]:
    """Frames of a collection as environments give them: floats of 0…1."""
    for start in range(0, len(frames), _FRAMES):
        piece = frames[start : start + _FRAMES].astype(np.float32)
        yield piece if frames.dtype == np.bool_ else piece / 255


def _baselines(
    training: Mapping[str, Array], test: Mapping[str, Array], num_actions: int
) -> dict[str, float]:
    one_hot = np.eye(num_actions)
    rows = [
        transitions.Transitions.of(each["z"], one_hot[each["action"]], each["mask"])
        for each in (training, test)
    ]
    return {
        "last_code": float(transitions.last_frame(*rows).mean()),
        "linear": float(transitions.linear(*rows).mean()),
    }


def _hash_of_weights(model: keras.Model) -> str:
    contents = hashlib.sha256()
    for weight in model.get_weights():
        contents.update(weight.tobytes())
    return contents.hexdigest()
