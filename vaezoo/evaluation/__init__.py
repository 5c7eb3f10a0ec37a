"""A model and data -> measured numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._core.trace import Latent
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.distributions import log_prob_per_dimension, normal_moments
from vaezoo.errors import ConfigError, DataError
from vaezoo.likelihoods import Bernoulli
from vaezoo.likelihoods.discretised import Discretised
from vaezoo.metrics import (
    ImportanceWeights,
    active_units,
    bits_per_dimension,
    codebook_figures,
    corrected_mean,
    kl_decomposition,
    mean_and_standard_error,
)

__all__ = ["conditions", "drawn_codes", "evaluate", "examples"]

_BATCH = 256
_DECOMPOSED = 1000  # draws of z, each looked at under the posteriors of all examples


def evaluate(
    model: Any,
    x: Any,
    condition: Any = None,
    *,
    num_samples: int = 5000,
    max_scored: int = 10_000,
    seed: int = 0,
    progress: bool = False,
) -> dict[str, Any]:
    """How good `model` is on the examples `x`; every likelihood in nats per example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K, importance samples an example. Memory does not grow with it.
        max_scored: examples that get all K, evenly spaced. If there are more, all get K/100, and
            the mean is corrected by what these gain from the others: see `vaezoo.metrics.
            corrected_mean`.
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
        mutual_information, total_correlation, dimension_wise_kl, marginal_kl: the parts of the
        KL, where q(z|x) is a diagonal normal: see `vaezoo.metrics.kl_decomposition`;
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
    weighed = _weigh(model, x, condition, num_samples, max_scored, seed, progress)
    kl, shares = _divergences(model, x, condition, seed)
    log_likelihood = weighed["log_likelihood"]
    if isinstance(model.likelihood, (Discretised, Bernoulli)) and model.likelihood.is_normalised_on(
        x
    ):
        bits = float(bits_per_dimension(-1, model.data_shape))  # that one nat comes to
        error = log_likelihood["standard_error"]
        figures["bits_per_dimension"] = {
            "mean": -bits * log_likelihood["mean"],
            "standard_error": None if error is None else bits * error,
        }
    return figures | {
        "normalised": model.likelihood.is_normalised_on(x),
        "elbo": mean_and_standard_error(weighed["elbo"]),
        "reconstruction": mean_and_standard_error(weighed["elbo"] + kl),
        "kl": mean_and_standard_error(kl),
        "log_likelihood": log_likelihood,
        "effective_sample_size": weighed["effective_sample_size"],
        **shares,
    }


def _weigh(
    model: Any,
    x: np.ndarray,
    condition: Any,
    num_samples: int,
    max_scored: int,
    seed: int,
    progress: bool,
) -> dict[str, Any]:
    """ELBOs [N], and figures of the log-likelihood and of the sample size."""

    def weigh(x: np.ndarray, condition: Any, num: int) -> ImportanceWeights:
        found: ImportanceWeights = model.importance_weights(
            x, num, condition, seed=seed, progress=progress
        )
        return found

    if len(x) <= max_scored:
        many = weigh(x, condition, num_samples)
        elbo, figures = many.elbo(), mean_and_standard_error(many.log_likelihood())
    else:
        rows = evenly_spaced(len(x), max_scored)
        few = weigh(x, condition, max(1, num_samples // 100))
        given = None if condition is None else np.asarray(condition)[rows]
        many = weigh(x[rows], given, num_samples)
        elbo = few.elbo()
        figures = corrected_mean(few.log_likelihood(), rows, many.log_likelihood())
    ess = many.effective_sample_size()
    return {
        "elbo": elbo,
        "log_likelihood": figures | {"num_samples": num_samples, "num_examples": len(ess)},
        "effective_sample_size": {"median": float(np.median(ess)), "least": float(ess.min())},
    }


def examples(model: Any, data: Dataset, split: str, most: int) -> tuple[np.ndarray, Any]:
    """At most `most` examples of a split, evenly spaced, float32, and their conditions or None."""
    source = getattr(data, split)
    rows = evenly_spaced(len(source), most)
    condition = conditions(model, data, split)
    return as_float(source[rows]), None if condition is None else condition[rows]


def drawn_codes(model: Any, x: np.ndarray, condition: Any = None, *, seed: int = 0) -> np.ndarray:
    """One draw z ~ q(z|x) for each example, all latent groups beside each other, [N, D]."""
    found = []
    for start, batch, given in _batches(x, condition):
        latents = model.trace(batch, 1, given, tf.constant([seed, start])).latents
        found.append(np.concatenate([latent.sample[0].numpy() for latent in latents], axis=-1))
    return np.concatenate(found)


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
) -> tuple[np.ndarray, dict[str, Any]]:
    """KL(q(z|x) || p(z)) [N], and its means a dimension or a latent group, and its parts."""
    per_group, per_dimension, latents = [], [], []
    for start, batch, conditions in _batches(x, condition):
        trace = model.trace(batch, 1, conditions, tf.constant([seed, start]))
        per_group.append(np.stack([kl.numpy() for kl in trace.kl_per_group()]))
        with contextlib.suppress(ConfigError, ValueError):  # several groups, or no factors
            per_dimension.append(trace.latent().kl_per_dimension().numpy())
        if len(trace.latents) == 1:
            latents.append(_arrays(trace.latent()))
    kl = np.concatenate(per_group, axis=1)
    shares: dict[str, Any] = {"kl_per_dimension": None}
    if per_dimension:
        shares["kl_per_dimension"] = np.concatenate(per_dimension).mean(axis=0).tolist()
    if len(kl) > 1:
        shares["kl_per_group"] = kl.mean(axis=1).tolist()
    return kl.sum(axis=0), shares | _parts_of_kl(latents)


def _arrays(latent: Latent) -> dict[str, np.ndarray] | None:
    """What the KL can be taken apart by, [B, ...] each; None where q(z|x) is no diagonal normal."""
    moments = normal_moments(latent.posterior)
    if moments is None or latent.log_posterior is not None:
        return None
    found = {"mean": moments[0], "scale": moments[1], "z": latent.sample[0]}
    found["log_prior"] = latent.prior.log_prob(latent.sample)[0]
    with contextlib.suppress(ConfigError):  # no factors
        found["log_prior_per_dimension"] = log_prob_per_dimension(latent.prior, found["z"])
    return {name: np.asarray(value) for name, value in found.items()}


def _parts_of_kl(latents: list[dict[str, np.ndarray] | None]) -> dict[str, Any]:
    known = [latent for latent in latents if latent is not None]
    if not known:
        return {}
    arrays = {name: np.concatenate([latent[name] for latent in known]) for name in known[0]}
    # The posteriors of all examples, the draws of some: in no order that the data may have.
    order = np.random.default_rng(0).permutation(len(arrays["z"]))
    drawn = {"z", "log_prior", "log_prior_per_dimension"} & arrays.keys()
    return kl_decomposition(
        **{n: v[order[:_DECOMPOSED] if n in drawn else order] for n, v in arrays.items()}
    )
