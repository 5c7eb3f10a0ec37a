"""A model and data -> measured numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.datasets.base import Dataset, as_float
from vaezoo.errors import ConfigError, DataError
from vaezoo.likelihoods import Bernoulli
from vaezoo.likelihoods.levels import Levels
from vaezoo.metrics import (
    active_units,
    bits_per_dimension,
    codebook_figures,
    mean_and_standard_error,
)

__all__ = ["conditions", "evaluate", "examples"]

_BATCH = 256


def evaluate(
    model: Any,
    x: Any,
    condition: Any = None,
    *,
    num_samples: int = 5000,
    seed: int = 0,
    progress: bool = False,
) -> dict[str, Any]:
    """How good `model` is on the examples `x`; every likelihood in nats per example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K, importance samples an example. Memory does not grow with it.
        seed: decides the samples.
        progress: shows a progress bar.

    Returns:
        JSON-serialisable, with standard errors over the examples:
        mean_squared_error: of the mean reconstructions, a value;
        latent_dim, and active_units: dimensions whose code varies by more than 1e-2;
        codebook_usage, and perplexity: share of the codes in use, and exp of their entropy, for
        a model of codes;
        accuracy: of the labels that the model guesses, where it can and the condition has them;
        and for a model that has a density
        bits_per_dimension: that the log-likelihood comes to, for binary values and levels;
        normalised: whether these are likelihoods: not, for grey values under Bernoulli;
        elbo, and its parts: reconstruction = E_q[log p(x|z)] and kl, elbo = reconstruction - kl;
        log_likelihood: importance-weighted with K samples;
        effective_sample_size: of the K importance weights;
        kl_per_dimension: of a single latent group whose posterior factorises, else None;
        kl_per_group: where there are several, from z_1 on.

    Raises:
        DataError: `x` has another shape, is not finite, or is out of range.
    """
    x = model.check_data(x)
    codes, errors = _reconstructions(model, x, condition)
    figures = {
        "num_examples": len(x),
        "mean_squared_error": mean_and_standard_error(errors),
        "latent_dim": int(codes.shape[1]),
        "active_units": active_units(codes),
    }
    if model.codebook_size is not None:
        figures |= codebook_figures(codes, model.codebook_size)
    if model.sums_out_condition and condition is not None:
        figures |= _accuracy(model, x, np.asarray(condition))
    if not model.has_density:
        return figures
    condition = None if model.sums_out_condition else condition
    weights = model.importance_weights(x, num_samples, condition, seed=seed, progress=progress)
    kl, shares = _divergences(model, x, condition, seed)
    ess = weights.effective_sample_size()
    log_likelihood = weights.log_likelihood()
    if isinstance(model.likelihood, (Levels, Bernoulli)) and model.likelihood.is_normalised_on(x):
        bits = bits_per_dimension(log_likelihood, model.data_shape)
        figures["bits_per_dimension"] = mean_and_standard_error(bits)
    return figures | {
        "normalised": model.likelihood.is_normalised_on(x),
        "elbo": mean_and_standard_error(weights.elbo()),
        "reconstruction": mean_and_standard_error(weights.elbo() + kl),
        "kl": mean_and_standard_error(kl),
        "log_likelihood": mean_and_standard_error(log_likelihood) | {"num_samples": num_samples},
        "effective_sample_size": {"median": float(np.median(ess)), "least": float(ess.min())},
        **shares,
    }


def examples(model: Any, data: Dataset, split: str, most: int) -> tuple[np.ndarray, Any]:
    """At most `most` examples of a split, float32, and their conditions or None.

    They are evenly spaced over the split: the first ones need not stand for the rest (those of
    MNIST are written more clearly).
    """
    source = getattr(data, split)
    num = min(len(source), most)
    rows = np.arange(num) * len(source) // num
    condition = conditions(model, data, split)
    return as_float(source[rows]), None if condition is None else condition[rows]


def conditions(model: Any, data: Dataset, split: str) -> np.ndarray | None:
    """What a conditional model is given beside the examples of a split: their labels.

    Raises:
        DataError: the data have no labels.
    """
    if model.condition is None:
        return None
    if split not in data.labels:
        raise DataError(
            f"{data.name} has no labels, which {type(model).__name__} needs as its condition: "
            "train it in Python by fit(x, condition)."
        )
    return data.labels[split]


def _batches(x: np.ndarray, condition: Any) -> Iterator[tuple[int, np.ndarray, Any]]:
    for start in range(0, len(x), _BATCH):
        rows = slice(start, start + _BATCH)
        yield start, x[rows], None if condition is None else np.asarray(condition)[rows]


def _reconstructions(model: Any, x: np.ndarray, condition: Any) -> tuple[np.ndarray, np.ndarray]:
    """Codes [N, D], and squared errors a value of the mean reconstructions [N]."""
    codes, errors = [], []
    for _, batch, given in _batches(x, condition):
        conditions = model.assumed_condition(batch, given)
        code = model.code(batch, conditions)
        mean = model.decode(code, conditions).mean().numpy()
        codes.append(code.numpy())
        errors.append(((mean - batch) ** 2).reshape(len(batch), -1).mean(axis=1))
    return np.concatenate(codes), np.concatenate(errors)


def _accuracy(model: Any, x: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Share of the examples with a label whose label is guessed."""
    known = labels >= 0
    if labels.ndim > 1 or not known.any():
        return {}
    guesses = [model.assumed_condition(batch, None).numpy() for _, batch, _ in _batches(x, None)]
    right = np.concatenate(guesses).argmax(axis=-1) == labels
    return {"accuracy": mean_and_standard_error(right[known].astype(float))}


def _divergences(
    model: Any, x: np.ndarray, condition: Any, seed: int
) -> tuple[np.ndarray, dict[str, list[float] | None]]:
    """KL(q(z|x) || p(z)) [N], and its means a dimension or a latent group."""
    per_group, per_dimension = [], []
    for start, batch, conditions in _batches(x, condition):
        trace = model.trace(batch, 1, conditions, tf.constant([seed, start]))
        per_group.append(np.stack([kl.numpy() for kl in trace.kl_per_group()]))
        with contextlib.suppress(ConfigError, ValueError):  # several groups, or no factors
            per_dimension.append(trace.latent().kl_per_dimension().numpy())
    kl = np.concatenate(per_group, axis=1)
    shares: dict[str, list[float] | None] = {"kl_per_dimension": None}
    if per_dimension:
        shares["kl_per_dimension"] = np.concatenate(per_dimension).mean(axis=0).tolist()
    if len(kl) > 1:
        shares["kl_per_group"] = kl.mean(axis=1).tolist()
    return kl.sum(axis=0), shares
