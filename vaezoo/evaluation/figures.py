"""A model and data -> figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import evenly_spaced
from vaezoo.evaluation.divergences import divergences
from vaezoo.evaluation.examples import batches
from vaezoo.evaluation.values import squared_errors
from vaezoo.likelihoods import Table
from vaezoo.metrics import (
    active_units,
    bits_per_dimension,
    codebook_figures,
    corrected_mean,
    mean_and_standard_error,
)
from vaezoo.protocols import Array, ArrayLike


def evaluate(
    model: LatentVariableModel,
    x: ArrayLike,
    condition: ArrayLike | None = None,
    *,
    num_samples: int = 5000,
    max_scored: int = 10_000,
    seed: int = 0,
    progress: bool = False,
) -> dict[str, Any]:
    """Evaluates `model` on the examples `x`; every likelihood is in nats per example.

    Args:
        model: a `LatentVariableModel`.
        x: data, [N, *data_shape].
        condition: of each example, for a model that has one.
        num_samples: K, importance samples per example. Memory does not grow with it. Discrete
            codes take one, as all would be the same: theirs is the ELBO.
        max_scored: how many examples get all K, evenly spaced. If there are more, each of the N
            gets K/100, and the mean is corrected by the difference on these: see
            `vaezoo.metrics.corrected_mean`.
        seed: decides the samples.
        progress: shows a progress bar.

    Returns:
        JSON-serialisable, with standard errors over the examples:
        mean_squared_error: of the mean reconstructions, per value; none of a table, whose columns
        have units that have nothing in common;
        scaled_squared_error: the same in squares of each value's standard deviation over the
        training examples, for a likelihood that standardises values one by one;
        latent_dim, and active_units: dimensions whose posterior mean has a variance above 1e-2;
        codebook_usage, and perplexity: fraction of the codes in use, and exp of their entropy,
        for a model with discrete codes;
        accuracy: of the predicted labels, for a model with a classifier;
        and for a model that has a density
        bits_per_dimension: the log-likelihood in other units, for discrete data;
        normalised: whether these are likelihoods: not for grey values under Bernoulli;
        conditional: whether they are log p(x|condition), not comparable with log p(x);
        elbo, and its parts: reconstruction = E_q[log p(x|z)] and kl, elbo = reconstruction - kl;
        log_likelihood: importance-weighted with K samples;
        effective_sample_size: of the K importance weights;
        mutual_information, total_correlation, dimension_wise_kl, marginal_kl: the parts of the
        KL, where q(z|x) is a diagonal normal: see `vaezoo.metrics.kl_decomposition`;
        kl_per_dimension: of a single latent group whose posterior factorises, else None;
        kl_per_group: where there are several, from z_1 on.

    Raises:
        DataError: `x` has another shape, is not finite, or is out of range.

    Example:
        >>> import numpy as np
        >>> from vaezoo import evaluation, models
        >>> model = models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})
        >>> figures = evaluation.evaluate(model, np.eye(6), num_samples=10)
        >>> figures["elbo"]["mean"] <= figures["log_likelihood"]["mean"]
        True
    """
    x = model.check_data(x)
    means, errors = squared_errors(model, x, condition)
    figures: dict[str, Any] = {
        "num_examples": len(x),
        **_errors(model, errors),
        "latent_dim": int(means.shape[1]),
        "active_units": active_units(means),
    }
    if (unit := model.likelihood.own_units) is not None:
        errors = squared_errors(model, x, condition, unit)[1]
        figures["scaled_squared_error"] = mean_and_standard_error(errors)
    if model.codebook_size is not None:
        figures |= codebook_figures(means, model.codebook_size)
        num_samples = 1
    if model.sums_out_condition and condition is not None:
        figures |= _accuracy(model, x, np.asarray(condition))
    if model.has_density:
        condition = None if model.sums_out_condition else condition
        figures |= _likelihoods(model, x, condition, num_samples, max_scored, seed, progress)
    return figures


def _errors(model: LatentVariableModel, errors: Array) -> dict[str, Any]:
    if isinstance(model.likelihood, Table):
        return {}
    return {"mean_squared_error": mean_and_standard_error(errors)}


def _likelihoods(
    model: LatentVariableModel,
    x: Array,
    condition: ArrayLike | None,
    num_samples: int,
    max_scored: int,
    seed: int,
    progress: bool,
) -> dict[str, Any]:
    """The figures of a model that has a density."""
    elbo, importance = _weigh(model, x, condition, num_samples, max_scored, seed, progress)
    kl, kl_figures = divergences(model, x, condition, seed)
    normalised = model.likelihood.is_normalised_on(x)
    figures: dict[str, Any] = {}
    if model.likelihood.is_discrete and normalised:
        figures["bits_per_dimension"] = _in_bits(importance["log_likelihood"], model.data_shape)
    return figures | {
        "normalised": normalised,
        "conditional": is_conditional(model),
        "elbo": mean_and_standard_error(elbo),
        "reconstruction": mean_and_standard_error(elbo + kl),
        "kl": mean_and_standard_error(kl),
        **importance,
        **kl_figures,
    }


def is_conditional(model: LatentVariableModel) -> bool:
    """Whether the model's likelihoods are log p(x|condition)."""
    return model.condition is not None and not model.sums_out_condition


def _in_bits(nats: dict[str, Any], data_shape: tuple[int, ...]) -> dict[str, Any]:
    bits = float(bits_per_dimension(-1, data_shape))  # of one nat
    error = nats["standard_error"]
    return {
        "mean": -bits * nats["mean"],
        "standard_error": None if error is None else bits * error,
    }


def _weigh(
    model: LatentVariableModel,
    x: Array,
    condition: ArrayLike | None,
    num_samples: int,
    max_scored: int,
    seed: int,
    progress: bool,
) -> tuple[Array, dict[str, Any]]:
    """ELBOs [N], and figures of the log-likelihood and of the effective sample size."""

    def weights(x: Array, condition: ArrayLike | None, num: int) -> Any:
        return model.importance_weights(
            x, num_samples=num, condition=condition, seed=seed, progress=progress
        )

    if len(x) <= max_scored:
        many = weights(x, condition, num_samples)
        elbo, figures = many.elbo(), mean_and_standard_error(many.log_likelihood())
    else:
        rows = evenly_spaced(len(x), max_scored)
        few = weights(x, condition, max(1, num_samples // 100))
        conditions = None if condition is None else np.asarray(condition)[rows]
        many = weights(x[rows], conditions, num_samples)
        elbo = few.elbo()
        figures = corrected_mean(few.log_likelihood(), rows, many.log_likelihood())
    ess = many.effective_sample_size()
    return elbo, {
        "log_likelihood": figures | {"num_samples": num_samples, "num_examples": len(ess)},
        "effective_sample_size": {"median": float(np.median(ess)), "least": float(ess.min())},
    }


def _accuracy(model: LatentVariableModel, x: Array, labels: Array) -> dict[str, Any]:
    """Fraction of the labelled examples whose label is predicted."""
    labelled = labels >= 0
    if labels.ndim > 1 or not labelled.any():
        return {}
    guesses = [np.asarray(model.assumed_condition(batch, None)) for _, batch, _ in batches(x, None)]
    correct = np.concatenate(guesses).argmax(axis=-1) == labels
    return {"accuracy": mean_and_standard_error(correct[labelled].astype(float))}
