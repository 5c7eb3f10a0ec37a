"""The parts of the KL term of the ELBO."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vaezoo.errors import DataError
from vaezoo.metrics.likelihood import mean_and_standard_error
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike

_CHUNK = 2**18  # log-densities at once, 2 MiB: they stay in the processor's cache


def kl_decomposition(
    mean: ArrayLike,
    scale: ArrayLike,
    z: ArrayLike,
    log_prior: ArrayLike,
    log_prior_per_dimension: ArrayLike | None = None,
) -> dict[str, dict[str, Any]]:
    """The parts of KL(q(z|x) || p(z)), on average over data, for normal posteriors, in nats.

        E KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || p(z)),
        KL(q(z) || p(z)) = KL(q(z) || prod_j q(z_j)) + sum_j KL(q(z_j) || p(z_j)),
        q(z) = 1/N sum_n q(z|x_n)

    Hoffman & Johnson 2016, http://approximateinference.org/accepted/HoffmanJohnson2016.pdf, and
    Chen et al. 2018, eq. 2, https://arxiv.org/abs/1802.04942. All are averages over the draws z
    of exact log-densities, so that both identities hold of the means to rounding. q(z) is the
    mixture of the N posteriors given, not that of the distribution the data come from, which
    these only estimate; log q(z|x_n) - log q(z) is at most log N, and so is the mutual
    information: near log N it shows that N is too small, not how much z encodes.

    Args:
        mean: means of q(z|x_n), [N, D].
        scale: standard deviations of q(z|x_n), [N, D].
        z: one draw z_m ~ q(z|x_m) of each of the first M posteriors, [M, D], M <= N. The cost
            is M N D exponentials: M = 1,000 of N = 10,000 is plenty.
        log_prior: log p(z_m), [M].
        log_prior_per_dimension: log p(z_mj), [M, D], where the prior factorises.

    Returns:
        Mean and standard error over the draws, of
        mutual_information: I(x; z), 0 to log N;
        total_correlation: KL(q(z) || prod_j q(z_j));
        dimension_wise_kl: sum_j KL(q(z_j) || p(z_j)), with `log_prior_per_dimension` only;
        marginal_kl: KL(q(z) || p(z)).

    Example:
        >>> import numpy as np
        >>> zeros, log_prior = np.zeros((3, 1)), np.full(3, -0.5 * np.log(2 * np.pi))
        >>> parts = kl_decomposition(zeros, zeros + 1, zeros, log_prior)  # q(z|x) = p(z)
        >>> [round(part["mean"], 6) for part in parts.values()]
        [0.0, 0.0, 0.0]
    """
    mean, scale, z = _posteriors(mean, scale, z)
    log_prior, log_prior_factors = _priors(log_prior, log_prior_per_dimension, z)
    log_posterior = _log_normal(z, mean[: len(z)], scale[: len(z)]).sum(axis=1)
    log_q, log_q_factors = _log_mixture(z, mean, scale)
    parts = {
        "mutual_information": log_posterior - log_q,
        "total_correlation": log_q - log_q_factors.sum(axis=1),
    }
    if log_prior_factors is not None:
        parts["dimension_wise_kl"] = (log_q_factors - log_prior_factors).sum(axis=1)
    parts["marginal_kl"] = log_q - log_prior
    return {name: mean_and_standard_error(values) for name, values in parts.items()}


def _log_normal(z: Array, mean: Array, scale: Array) -> Array:
    """log N(z; mean, scale^2), elementwise."""
    log_density = z - mean
    log_density /= scale
    log_density *= log_density
    log_density *= -0.5
    log_density -= np.log(scale) + 0.5 * math.log(2 * math.pi)
    return log_density


def _log_mixture(z: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    """log q(z), [M], and log q(z_j), [M, D], of the mixture of all N posteriors."""
    joint, factors = np.empty(len(z)), np.empty(z.shape)
    mean, scale = np.ascontiguousarray(mean.T), np.ascontiguousarray(scale.T)
    step = max(1, _CHUNK // mean.shape[1])
    for start in range(0, len(z), step):
        rows = slice(start, start + step)
        total = np.zeros((len(z[rows]), mean.shape[1]))
        for j in range(z.shape[1]):
            one = _log_normal(z[rows, j, None], mean[j], scale[j])
            total += one
            factors[rows, j] = _log_mean_exp(one)
        joint[rows] = _log_mean_exp(total)
    return joint, factors


def _log_mean_exp(x: Array) -> Array:
    """log of the mean of exp(x) over the last axis; overwrites x."""
    greatest = x.max(axis=-1)
    x -= greatest[..., None]
    return greatest + np.log(np.exp(x, out=x).mean(axis=-1))


def _posteriors(mean: ArrayLike, scale: ArrayLike, z: ArrayLike) -> tuple[Array, Array, Array]:
    mean = check_rows(mean, "mean")
    scale = check_rows(scale, "scale", width=mean.shape[1])
    z = check_rows(z, "z", width=mean.shape[1])
    if len(scale) != len(mean) or len(z) > len(mean):
        raise DataError(
            f"mean has {len(mean)} rows, scale {len(scale)}, z {len(z)}: expected N, N and N or "
            "fewer, z[m] drawn from the posterior of row m."
        )
    if scale.min() <= 0:
        raise DataError(f"scale goes down to {scale.min():g}: expected positive values.")
    return mean, scale, z


def _priors(
    log_prior: ArrayLike, per_dimension: ArrayLike | None, z: Array
) -> tuple[Array, Array | None]:
    log_prior = np.asarray(log_prior)
    if log_prior.shape != (len(z),):
        raise DataError(
            f"log_prior has shape {list(log_prior.shape)}: expected [{len(z)}], one for each z."
        )
    log_prior = check_rows(log_prior[:, None], "log_prior")[:, 0]
    if per_dimension is None:
        return log_prior, None
    factors = check_rows(per_dimension, "log_prior_per_dimension", width=z.shape[1])
    if len(factors) != len(z) or not np.allclose(factors.sum(axis=1), log_prior, 1e-4, 1e-3):
        raise DataError(
            f"log_prior_per_dimension, {list(factors.shape)}, does not sum to log_prior, "
            f"[{len(z)}], over each row: leave it out unless the prior factorises."
        )
    return log_prior, factors
