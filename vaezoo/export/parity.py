"""How far an export is from its model, on data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo._noise import standard_normal
from vaezoo.runtime.verification import relative_difference


def parity(
    model: Any, path: str | os.PathLike[str], x: Any, condition: Any = None, *, num_samples: int = 8
) -> dict[str, float]:
    """Largest differences of the runtime, and of the SavedModel, from Keras for the same noise.

    Args:
        model: the exported one.
        path: of the export.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K draws an example for the log-likelihood.

    Returns:
        "generate", "reconstruct", and "saved_model", which reconstructs too: as
        `relative_difference` has it, on N pictures each;
        "log_likelihood": nats, and only where the export has a score.
    """
    runtime = vaezoo.load(path)
    reconstructed = model.reconstruct(x, condition=condition)
    pairs = {
        "generate": (
            runtime.generate(len(x), 0, condition, source="prior"),
            model.generate(len(x), condition=condition, seed=0),
        ),
        "reconstruct": (runtime.reconstruct(x, condition), reconstructed),
        "saved_model": (
            _reconstruct(runtime.folder / "saved_model", model, x, condition),
            reconstructed,
        ),
    }
    found = {
        name: relative_difference({"mean": ours}, {"mean": np.asarray(theirs)})
        for name, (ours, theirs) in pairs.items()
    }
    if "score" in runtime.manifest.graphs:
        noise = None
        if runtime.noise_size:
            noise = standard_normal(len(x) * num_samples, runtime.noise_size, 0)
            noise = noise.reshape(len(x), num_samples, -1)
        given = None if model.sums_out_condition else condition
        scores = runtime.score(x, noise, given), model.score(x, noise=noise, condition=given)
        ours, theirs = (tf.reduce_logsumexp(score, axis=1).numpy() for score in scores)
        found["log_likelihood"] = float(np.abs(ours - theirs).max())
    return found


def _reconstruct(path: Path, model: Any, x: Any, condition: Any) -> np.ndarray:
    """By a SavedModel, which takes conditions as the networks do."""
    signatures = tf.saved_model.load(path).signatures
    c = model.assumed_condition(x, condition)
    given = {} if c is None else {"condition": model.condition.as_vector(c)}
    z = signatures["encode"](x=tf.constant(x), **given)["mean"]
    mean: np.ndarray = signatures["decode"](z=z, **given)["mean"].numpy()
    return mean
