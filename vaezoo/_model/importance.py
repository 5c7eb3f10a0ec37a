"""Importance weights of many samples, a few at a time."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from vaezoo._checks import check_num_samples, check_seed
from vaezoo._model.tensor_model import TensorModel
from vaezoo._progress import steps
from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import Array

BATCH = 64
# Numbers that the decoder outputs in one step: enough for efficient matrix products, few enough
# that a step's memory stays small, whatever the size of the images.
NUMBERS = 8192 * 784


def importance_weights(
    model: TensorModel,
    x: Array,
    num_samples: int,
    condition: Array | None = None,
    *,
    seed: int = 0,
    progress: bool = False,
) -> ImportanceWeights:
    """Weights p(x, z_k) / q(z_k|x) of K = `num_samples` draws for each example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        num_samples: K, 1 or more.
        condition: of each example, as vectors [N, dim], for a model that has one.
        seed: decides the samples.
        progress: shows a progress bar.

    Raises:
        ConfigError: `num_samples` is below 1 or too large, or `seed` is negative or too large.
    """
    num_samples, seed = check_num_samples(num_samples), check_seed(seed)
    weights = ImportanceWeights(len(x), num_samples)
    rows_per_step = min(8192, max(1, NUMBERS // math.prod(x.shape[1:])))
    # Not fewer for fewer examples: noise belongs to a row, whatever other rows there are.
    batch = min(BATCH, rows_per_step)
    chunk = min(num_samples, rows_per_step // batch)
    alone = len(x) < batch and _draws_alone(model, x, condition, batch)
    starts, firsts = range(0, len(x), batch), range(0, num_samples, chunk)
    total = len(starts) * len(firsts)
    with steps("importance weights", total, shown=progress) as advance:
        for start in starts:
            rows = slice(start, min(start + batch, len(x)))
            # The last batch is padded, so that one shape is compiled.
            order = np.arange(len(x)) if alone else np.arange(start, start + batch) % len(x)
            padded = tf.constant(x[order], tf.float32)
            conditions = None if condition is None else tf.constant(condition[order])
            for first in firsts:
                count = min(chunk, num_samples - first)
                step_seed = tf.random.experimental.stateless_fold_in([seed, start], first)
                log_weights = model.log_weights(
                    padded, count, conditions, step_seed, batch if alone else None
                ).numpy()
                weights.add(rows, log_weights[:, : rows.stop - start])
                advance()
    return weights


def _draws_alone(model: TensorModel, x: Array, condition: Array | None, batch: int) -> bool:
    """Whether a few examples can have the noise that they have in a batch, without the others."""
    first = None if condition is None else condition[:1]
    try:
        model.trace(x[:1], 1, first, seed=0, rows=batch)
    except NotImplementedError:
        return False
    return True
