"""KL(q(z|x) || p(z)) of a model's latents, and what it consists of."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._model.base import LatentVariableModel
from vaezoo._trace import Latent
from vaezoo.distributions import log_prob_per_dimension, normal_moments
from vaezoo.errors import ConfigError
from vaezoo.evaluation.examples import batches
from vaezoo.metrics import kl_decomposition
from vaezoo.protocols import Array, ArrayLike

_DECOMPOSED = 1000  # draws of z, each compared with the posteriors of all examples


def divergences(
    model: LatentVariableModel, x: Array, condition: ArrayLike | None, seed: int
) -> tuple[Array, dict[str, Any]]:
    """KL(q(z|x) || p(z)), [N], and its means per dimension and per latent group, and its parts."""
    per_group, per_dimension, latents = [], [], []
    for start, batch, c in batches(x, condition):
        trace = model.trace(batch, 1, c, tf.constant([seed, start]))
        per_group.append(np.stack([kl.numpy() for kl in trace.kl_per_group()]))
        with contextlib.suppress(ConfigError, ValueError):  # several groups, or no factors
            per_dimension.append(trace.latent().kl_per_dimension().numpy())
        if len(trace.latents) == 1:
            latents.append(_log_densities(trace.latent()))
    kl = np.concatenate(per_group, axis=1)
    figures: dict[str, Any] = {"kl_per_dimension": None}
    if per_dimension:
        figures["kl_per_dimension"] = np.concatenate(per_dimension).mean(axis=0).tolist()
    if len(kl) > 1:
        figures["kl_per_group"] = kl.mean(axis=1).tolist()
    return kl.sum(axis=0), figures | _decomposition(latents)


def _log_densities(latent: Latent) -> dict[str, Array] | None:
    """Arguments of `kl_decomposition`; None where q(z|x) is not a diagonal normal."""
    moments = normal_moments(latent.posterior)
    if moments is None or latent.log_posterior is not None:
        return None
    arrays = {"mean": moments[0], "scale": moments[1], "z": latent.sample[0]}
    arrays["log_prior"] = latent.prior.log_prob(latent.sample)[0]
    with contextlib.suppress(ConfigError):  # no factors
        arrays["log_prior_per_dimension"] = log_prob_per_dimension(latent.prior, arrays["z"])
    return {name: np.asarray(value) for name, value in arrays.items()}


def _decomposition(latents: Sequence[dict[str, Array] | None]) -> dict[str, Any]:
    normal = [latent for latent in latents if latent is not None]
    if not normal:
        return {}
    arrays = {name: np.concatenate([latent[name] for latent in normal]) for name in normal[0]}
    # The posteriors of all examples, the draws of some: in no order that the data may have.
    order = np.random.default_rng(0).permutation(len(arrays["z"]))
    of_draws = {"z", "log_prior", "log_prior_per_dimension"} & arrays.keys()
    return kl_decomposition(
        **{n: v[order[:_DECOMPOSED] if n in of_draws else order] for n, v in arrays.items()}
    )
