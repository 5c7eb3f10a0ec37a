"""Sweeps of Gibbs-like sampling: z given x, and what is missing of x given z, in turn."""

from __future__ import annotations

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.imputation.gaps import Gaps
from vaezoo.imputation.resampling import seed_from
from vaezoo.protocols import Array, Distribution


def sweeps(
    gaps: Gaps, z: Array, times: int, normal: bool, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Goes on from z, [N, D].

    Args:
        gaps: the examples.
        z: where each chain starts.
        times: sweeps.
        normal: whether q(z|x) is a diagonal normal, so that its draws can be refused.
        rng: source of randomness.

    Returns:
        The last z; a draw of x given it, [N, *data_shape]; and E[x|z], on average over the sweeps,
        or at z where there are none.
    """
    step = _metropolis if normal else _pseudo
    p = gaps.decode(z)
    filled, means = _draw(gaps, p, rng), np.asarray(p.mean())
    for sweep in range(times):
        z = step(gaps, z, filled, rng)
        p = gaps.decode(z)
        filled = _draw(gaps, p, rng)
        means = (sweep * means + np.asarray(p.mean())) / (sweep + 1)  # of sweeps alone
    return z, filled, means


def _draw(gaps: Gaps, p: Distribution, rng: np.random.Generator) -> Array:
    return gaps.fill(np.asarray(p.sample(seed=seed_from(rng))))


def _metropolis(gaps: Gaps, z: Array, filled: Array, rng: np.random.Generator) -> Array:
    """z' ~ q(z|x), with probability min(1, w(z') / w(z)), w(z) = p(x, z) / q(z|x); else z.

    Mattei & Frellsen 2018, algorithm 1, https://arxiv.org/abs/1802.04826.
    """
    mean, stddev = gaps.moments(filled)
    noise = rng.standard_normal(mean.shape, np.float32)
    log_weights = gaps.score(filled, np.stack([(z - mean) / stddev, noise], axis=1))
    accepted = np.log(rng.random(len(z))) < log_weights[:, 1] - log_weights[:, 0]
    return np.where(accepted[:, None], mean + stddev * noise, z)


def _pseudo(gaps: Gaps, z: Array, filled: Array, rng: np.random.Generator) -> Array:
    """z ~ q(z|x), or the point that stands for it: Rezende et al. 2014, app. F,
    https://arxiv.org/abs/1401.4082."""
    try:
        return np.asarray(gaps.encode(filled).sample(seed=seed_from(rng)))
    except ConfigError:  # an export does not say how to draw it
        return gaps.model.encode_mean(filled, condition=gaps.condition)
