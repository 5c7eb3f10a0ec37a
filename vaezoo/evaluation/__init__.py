"""A model and data -> measured numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.datasets.base import Dataset, as_float
from vaezoo.metrics import active_units, mean_and_standard_error

__all__ = ["evaluate", "test_examples"]

_BATCH = 256


def evaluate(
    model: Any, x: Any, *, num_samples: int = 5000, seed: int = 0, progress: bool = False
) -> dict[str, Any]:
    """How good `model` is on the examples `x`; every likelihood in nats per example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        num_samples: K, importance samples an example. Memory does not grow with it.
        seed: decides the samples.
        progress: shows a progress bar.

    Returns:
        JSON-serialisable, with standard errors over the examples:
        normalised: whether these are likelihoods: not, for grey values under Bernoulli;
        elbo, and its parts: reconstruction = E_q[log p(x|z)] and kl, elbo = reconstruction - kl;
        log_likelihood: importance-weighted with K samples;
        effective_sample_size: of the K importance weights;
        active_units: dimensions whose posterior mean varies by more than 1e-2;
        kl_per_dimension: where the posterior factorises, else None.

    Raises:
        DataError: `x` has another shape, is not finite, or is out of range.
    """
    x = model.check_data(x)
    weights = model.importance_weights(x, num_samples, seed=seed, progress=progress)
    kl, kl_per_dimension, means = _posterior_figures(model, x, seed)
    ess = weights.effective_sample_size()
    return {
        "num_examples": len(x),
        "normalised": model.likelihood.is_normalised_on(x),
        "elbo": mean_and_standard_error(weights.elbo()),
        "reconstruction": mean_and_standard_error(weights.elbo() + kl),
        "kl": mean_and_standard_error(kl),
        "log_likelihood": mean_and_standard_error(weights.log_likelihood())
        | {"num_samples": num_samples},
        "effective_sample_size": {"median": float(np.median(ess)), "least": float(ess.min())},
        "latent_dim": int(means.shape[1]),
        "active_units": active_units(means),
        "kl_per_dimension": kl_per_dimension,
    }


def test_examples(data: Dataset, most: int) -> np.ndarray:
    """The first `most` examples of the test split, float32."""
    return as_float(data.test[np.arange(min(len(data.test), most))])


def _posterior_figures(
    model: Any, x: np.ndarray, seed: int
) -> tuple[np.ndarray, list[float] | None, np.ndarray]:
    kl, per_dimension, means = [], [], []
    for start in range(0, len(x), _BATCH):
        key = tf.constant([seed, start])
        (latent,) = model.trace(x[start : start + _BATCH], 1, key).latents
        kl.append(latent.kl().numpy())
        means.append(latent.posterior.mean().numpy())
        try:
            per_dimension.append(latent.kl_per_dimension().numpy())
        except NotImplementedError:
            continue
    average = np.concatenate(per_dimension).mean(axis=0).tolist() if per_dimension else None
    return np.concatenate(kl), average, np.concatenate(means)
