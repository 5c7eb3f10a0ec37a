"""How closely an export agrees with its model, on data."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo._model.base import LatentVariableModel
from vaezoo._noise import standard_normal
from vaezoo.export.saved_model import load_saved_model
from vaezoo.protocols import Array, ArrayLike
from vaezoo.runtime.verification import relative_difference


def parity(
    model: LatentVariableModel,
    path: str | os.PathLike[str],
    x: Array,
    condition: ArrayLike | None = None,
    *,
    num_samples: int = 8,
) -> dict[str, float]:
    """Largest differences of the runtime, and of the SavedModel, from Keras for the same noise.

    Args:
        model: the exported one.
        path: of the export.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K draws per example for the log-likelihood.

    Returns:
        "generate", "reconstruct", and "saved_model", which reconstructs too: the
        `relative_difference` on N examples each;
        "log_likelihood": in nats, if the export has a score graph.
    """
    runtime = vaezoo.load(path)
    reconstructed = model.reconstruct(x, condition=condition)
    pairs = {
        "generate": (
            runtime.generate(len(x), condition=condition, seed=0, source="prior"),
            model.generate(len(x), condition=condition, seed=0),
        ),
        "reconstruct": (runtime.reconstruct(x, condition=condition), reconstructed),
        "saved_model": (
            _reconstruct(load_saved_model(runtime.folder, runtime.manifest), model, x, condition),
            reconstructed,
        ),
    }
    differences = {
        name: relative_difference({"mean": ours}, {"mean": np.asarray(theirs)})
        for name, (ours, theirs) in pairs.items()
    }
    if "score" in runtime.manifest.graphs:
        noise = None
        if runtime.noise_size:
            noise = standard_normal(len(x) * num_samples, runtime.noise_size, 0)
            noise = noise.reshape(len(x), num_samples, -1)
        c = None if model.sums_out_condition else condition
        scores = [m.score(x, noise=noise, condition=c) for m in (runtime, model)]
        ours, theirs = (tf.reduce_logsumexp(score, axis=1).numpy() for score in scores)
        differences["log_likelihood"] = float(np.abs(ours - theirs).max())
    return differences


def _reconstruct(
    saved: Any, model: LatentVariableModel, x: Array, condition: ArrayLike | None
) -> Array:
    """By a SavedModel, which takes conditions as the networks do."""
    signatures = saved.signatures
    c = model.assumed_condition(x, condition)
    inputs = {}
    if c is not None and model.condition is not None:
        inputs["condition"] = model.condition.as_vector(c)
    z = signatures["encode"](x=tf.constant(x), **inputs)["mean"]
    mean: Array = signatures["decode"](z=z, **inputs)["mean"].numpy()
    return mean
