"""Importance resampling: z ~ p(z|x_observed) from weighted proposals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from vaezoo.imputation.gaps import Gaps
from vaezoo.protocols import Array, Distribution

STARTS = 32  # first fills that proposals are made of: few would hide other ways to go on


@dataclass(frozen=True)
class Weighted:
    """Proposals of z and what their weights say, for N examples.

    Attributes:
        z: [N, K, D].
        shares: of the weights, which sum to 1, [N, K].
        mean: of E[x|z] under them, [N, *data_shape].
    """

    z: Array
    shares: Array
    mean: Array

    def effective_sample_size(self) -> Array:
        """1 / sum of the squared shares: 1 to K, [N]. Kong 1992."""
        return 1 / (self.shares**2).sum(axis=1)

    def draw(self, num: int, rng: np.random.Generator) -> Array:
        """`num` of the proposals by their weights, [N * num, D]."""
        picks = np.stack([rng.choice(len(share), num, p=share) for share in self.shares])
        z = np.take_along_axis(self.z, picks[..., None], axis=1)
        return z.reshape(-1, z.shape[-1])


class _Sums:
    """A weighted mean of what arrives one after the other, by log-weights of any size."""

    def __init__(self) -> None:
        self._greatest, self._total, self._sum = np.array(-np.inf), np.array(0.0), np.array(0.0)

    def add(self, log_weights: Array, values: Array) -> None:
        """Adds values [N, S, ...] with log-weights [N, S]."""
        greatest = np.maximum(self._greatest, log_weights.max(axis=1))
        old, new = np.exp(self._greatest - greatest), np.exp(log_weights - greatest[:, None])
        self._total = old * self._total + new.sum(axis=1)
        old = old.reshape(-1, *[1] * (values.ndim - 2))
        self._sum = old * self._sum + np.einsum("ns,ns...->n...", new, values)
        self._greatest = greatest

    def mean(self) -> Array:
        return self._sum / self._total.reshape(-1, *[1] * (self._sum.ndim - 1))


def propose(gaps: Gaps, num: int, normal: bool, rng: np.random.Generator) -> Weighted:
    """`num` proposals for each example.

    Args:
        gaps: the examples.
        num: K.
        normal: whether they come from q(z|x), a diagonal normal; else they come from p(z).
        rng: source of randomness.
    """
    rounds = math.ceil(num / STARTS)
    starts = math.ceil(num / rounds)
    every, sums = gaps.repeat(starts), _Sums()
    propose = _from_posterior(every, rng) if normal else _from_prior(every, rng)
    z: list[Array] = []
    log_weights: list[Array] = []
    for times in _parts(rounds, max(1, gaps.most_copies() // starts)):
        # of all starts of an example together; the last round may have some too many
        proposals = [v.reshape(len(gaps), starts * times, *v.shape[1:]) for v in propose(times)]
        kept = slice(0, num - sum(part.shape[1] for part in z))
        proposals = [values[:, kept] for values in proposals]
        z.append(proposals[0])
        log_weights.append(proposals[1])
        sums.add(*proposals[1:])
    shares = np.concatenate(log_weights, axis=1)
    shares = np.exp(shares - np.logaddexp.reduce(shares, axis=1, keepdims=True))
    return Weighted(np.concatenate(z, axis=1), shares, sums.mean())


def _parts(total: int, most: int) -> Iterator[int]:
    """Numbers of at most `most` that add up to `total`."""
    for start in range(0, total, most):
        yield min(most, total - start)


# Both give draws of z [N * times, D], their log-weights [N * times], and E[x|z].
Propose = Callable[[int], tuple[Array, Array, Array]]


def _from_posterior(gaps: Gaps, rng: np.random.Generator) -> Propose:
    """z ~ q(z|x'), log p(x_observed, z) - log q(z|x')."""
    filled = gaps.first_fill(seed_from(rng))
    mean, stddev = gaps.moments(filled)

    def propose(times: int) -> tuple[Array, Array, Array]:
        noise = rng.standard_normal((len(gaps), times, mean.shape[1]), np.float32)
        z = (mean[:, None] + stddev[:, None] * noise).reshape(-1, mean.shape[1])
        every = gaps.repeat(times)
        p, scores = every.decode(z), gaps.score(filled, noise).reshape(-1)
        missing = _log_prob(p, filled.repeat(times, axis=0), ~every.mask)
        return z, scores - missing, np.asarray(p.mean())

    return propose


def _from_prior(gaps: Gaps, rng: np.random.Generator) -> Propose:
    """z ~ p(z), log p(x_observed|z)."""

    def propose(times: int) -> tuple[Array, Array, Array]:
        every = gaps.repeat(times)
        z = every.prior_latents(seed_from(rng))
        p = every.decode(z)
        return z, _log_prob(p, every.x, every.mask), np.asarray(p.mean())

    return propose


def _log_prob(p: Distribution, x: Array, which: Array) -> Array:
    """log p of some of the values of each example, [N]."""
    log_probs = np.where(which, np.asarray(p.log_prob_per_value(x), np.float64), 0)
    return log_probs.reshape(len(x), -1).sum(axis=1)


def seed_from(rng: np.random.Generator) -> int:
    """A seed that TensorFlow takes too."""
    return int(rng.integers(2**31))
