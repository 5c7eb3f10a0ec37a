"""Importance weights of many samples, a few at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from rich.progress import track

from vaezoo.errors import ConfigError
from vaezoo.metrics import ImportanceWeights

BATCH = 64
# Decoder rows a step: enough for efficient matrix products, few enough that the
# activations stay small.
ROWS = 8192


def importance_weights(
    model: Any, x: np.ndarray, num_samples: int, *, seed: int = 0, progress: bool = False
) -> ImportanceWeights:
    """Weights p(x, z_k) / q(z_k|x) of K = `num_samples` draws for each example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        num_samples: K, 1 or more.
        seed: decides the samples.
        progress: shows a progress bar.

    Raises:
        ConfigError: `num_samples` is below 1.
    """
    if num_samples < 1:
        raise ConfigError(f"num_samples={num_samples!r}: give an integer of 1 or more.")
    weights = ImportanceWeights(len(x), num_samples)
    batch = min(len(x), BATCH)
    chunk = min(num_samples, ROWS // batch)
    starts = range(0, len(x), batch)
    for start in track(starts, "importance weights", disable=not progress, transient=True):
        rows = slice(start, min(start + batch, len(x)))
        # The last batch is filled up, so that one shape is compiled.
        padded = tf.constant(x[np.arange(start, start + batch) % len(x)], tf.float32)
        for first in range(0, num_samples, chunk):
            count = min(chunk, num_samples - first)
            step_seed = tf.random.experimental.stateless_fold_in([seed, start], first)
            log_weights = model.log_weights(padded, count, step_seed).numpy()
            weights.add(rows, log_weights[:, : rows.stop - start])
    return weights
