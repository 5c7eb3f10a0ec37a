"""Families of discrete distributions: mass functions of bits, counts and levels."""

from __future__ import annotations

import numpy as np

from vaezoo.protocols import Array
from vaezoo.runtime.families import ParametricDistribution, log_gamma


class Bernoulli(ParametricDistribution):
    """0 or 1, the latter with probability mean."""

    def stddev(self) -> Array:
        return np.sqrt(self.mean() * (1 - self.mean()))

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.random(self.mean().shape) < self.mean()

    def _log_prob(self, x: Array) -> Array:
        mean = self._exact("mean") if "logits" not in self.parameters else None
        logits = self._exact("logits") if mean is None else np.log(mean) - np.log1p(-mean)
        return logits * x - np.logaddexp(0, logits)


class Poisson(ParametricDistribution):
    """Counts whose variance is their mean."""

    def stddev(self) -> Array:
        return np.sqrt(self.mean())

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.poisson(self.mean())

    def _log_prob(self, x: Array) -> Array:
        mean = self._exact("mean")
        return x * np.log(mean) - mean - log_gamma(x + 1)


class NegativeBinomial(ParametricDistribution):
    """Poisson counts whose rate is Gamma(r, mean / r); Var[x] = mean + mean^2 / r."""

    needs = frozenset({"mean", "r"})

    def stddev(self) -> Array:
        return np.sqrt(self.mean() + self.mean() ** 2 / self.parameters["r"])

    def _draw(self, rng: np.random.Generator) -> Array:
        r = self.parameters["r"].astype(np.float64)
        return rng.poisson(rng.gamma(r, self.mean() / r))

    def _log_prob(self, x: Array) -> Array:
        mean, r = self._exact("mean"), self._exact("r")
        log_choices = log_gamma(x + r) - log_gamma(r) - log_gamma(x + 1)
        return log_choices + x * np.log(mean / (mean + r)) - r * np.log1p(mean / r)


class Categorical(ParametricDistribution):
    """p(x = k / (L - 1)) = softmax(scores)[k], L the size of the last axis of scores."""

    needs = frozenset({"mean", "scores"})

    def stddev(self) -> Array:
        probabilities = _softmax(self.parameters["scores"])
        values = np.linspace(0, 1, probabilities.shape[-1])
        squares = (probabilities * (values - self.mean()[..., None]) ** 2).sum(axis=-1)
        return np.sqrt(squares).astype(np.float32)

    def _draw(self, rng: np.random.Generator) -> Array:
        scores = self.parameters["scores"]
        return choose(scores, rng) / (scores.shape[-1] - 1)

    def _log_prob(self, x: Array) -> Array:
        scores = self._exact("scores")
        place = np.round(x * (scores.shape[-1] - 1)).astype(int)[..., None]
        return np.take_along_axis(log_softmax(scores), place, axis=-1)[..., 0]


class DiscretisedLogistic(ParametricDistribution):
    """A mixture of logistics, rounded to the nearest of L = levels values from 0 to 1.

    `mean()` is the one before rounding, as in Keras. With k = (L - 1) x,
    E[k^2] = sum_{j >= 1} (2 j - 1) P(k >= j).
    """

    needs = frozenset({"mean", "scores", "loc", "log_scale", "levels"})

    def stddev(self) -> Array:
        steps = int(self.numbers["levels"]) - 1
        # float64: the difference below has lost digits
        scores, loc, log_scale = (
            np.asarray(self.parameters[name], np.float64) for name in ("scores", "loc", "log_scale")
        )
        weights, rate = _softmax(scores), np.exp(-log_scale)
        first, second = np.zeros(self.mean().shape), np.zeros(self.mean().shape)
        for level in range(1, steps + 1):  # one at a time: memory does not grow with them
            above = sigmoid((loc - (level - 0.5) / steps) * rate)
            tail = (weights * above).sum(axis=-1)
            first += tail
            second += (2 * level - 1) * tail
        return (np.sqrt(np.maximum(second - first**2, 0)) / steps).astype(np.float32)

    def _draw(self, rng: np.random.Generator) -> Array:
        steps = int(self.numbers["levels"]) - 1
        place = choose(self.parameters["scores"], rng)[..., None]
        loc, log_scale = (
            np.take_along_axis(self.parameters[name], place, axis=-1)[..., 0]
            for name in ("loc", "log_scale")
        )
        x = rng.logistic(loc, np.exp(log_scale))
        return np.round(np.clip(x, 0, 1) * steps) / steps

    def _log_prob(self, x: Array) -> Array:
        """log sum_c pi_c P(x; loc_c, s_c)."""
        steps = int(self.numbers["levels"]) - 1
        masses = logistic_log_mass(
            x[..., None], self._exact("loc"), self._exact("log_scale"), steps
        )
        return np.logaddexp.reduce(log_softmax(self._exact("scores")) + masses, axis=-1)


def logistic_log_mass(x: Array, loc: Array, log_scale: Array, steps: int) -> Array:
    """log [F((x + h - loc) / s) - F((x - h - loc) / s)], F the sigmoid and h half of one of the
    steps from 0 to 1; the lowest and the highest level take the tails."""
    half, rate = 0.5 / steps, np.exp(-log_scale)
    distance = (x - loc) * rate
    above, below = _log_sigmoid(distance + half * rate), _log_sigmoid(half * rate - distance)
    # F(a) - F(b) = F(a) F(-b) (1 - e^(b - a)), without cancellation
    inside = above + below + np.log(-np.expm1(-2 * half * rate))
    return np.where(x < half, above, np.where(x > 1 - half, below, inside))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.tanh(x / 2) / 2 + 0.5


def _log_sigmoid(x: Array) -> Array:
    return -np.logaddexp(0, -x)


def log_softmax(scores: Array) -> Array:
    """Log-probabilities of logits on the last axis."""
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def choose(scores: Array, rng: np.random.Generator) -> Array:
    """An index for each row of logits on the last axis, by their probabilities."""
    return np.argmax(scores + rng.gumbel(size=scores.shape), axis=-1)
