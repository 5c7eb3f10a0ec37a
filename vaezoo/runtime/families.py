"""Families of distributions: records of parameters, with the moments and draws that follow."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from vaezoo._noise import generator
from vaezoo.errors import DataError, VaezooError
from vaezoo.protocols import Array


@dataclass(frozen=True, repr=False)
class ParametricDistribution(abc.ABC):
    """A distribution of each of N examples, known by its parameters.

    Example:
        >>> import vaezoo
        >>> model = vaezoo.load("digits_vae")
        >>> p = model.decode(model.sample_latents(4, seed=0))  # p(x|z), here Bernoulli
        >>> sorted(p.parameters), p.stddev().shape
        (['logits', 'mean'], (4, 8, 8, 1))
        >>> sorted(set(p.sample(seed=0).ravel().tolist()))
        [0.0, 1.0]

    Attributes:
        parameters: what the graph puts out, arrays [N, ...] by name.
        numbers: constants of the family by name, such as Student's degrees of freedom.
        needs: names that have to be among the two.
    """

    parameters: Mapping[str, Array]
    numbers: Mapping[str, float] = field(default_factory=dict)

    needs: ClassVar[frozenset[str]] = frozenset({"mean"})

    def __repr__(self) -> str:
        shapes = ", ".join(f"{k} {list(v.shape)}" for k, v in self.parameters.items())
        return f"<{type(self).__name__} of {shapes}>"

    def mean(self) -> Array:
        """Its mean, [N, ...]."""
        return self.parameters["mean"]

    @abc.abstractmethod
    def stddev(self) -> Array:
        """Its standard deviation, [N, ...]."""

    def sample(self, *, seed: int | None = None) -> Array:
        """One draw for each example, [N, ...]; `seed=None` draws new noise each time.

        Raises:
            ConfigError: `seed` is negative.
            DataError: the parameters are none of this family, such as a scale below 0.
        """
        rng = generator(seed)
        try:
            return np.asarray(self._draw(rng), np.float32)
        except VaezooError:
            raise
        except (ValueError, MemoryError) as error:
            raise DataError(
                f"no draw of this {type(self).__name__} ({error}): ask for fewer examples, or "
                "verify the preset (vaezoo verify)."
            ) from None

    @abc.abstractmethod
    def _draw(self, rng: np.random.Generator) -> Array:
        """`sample` from this source of randomness."""


class Point(ParametricDistribution):
    """A point without noise."""

    def stddev(self) -> Array:
        return np.zeros_like(self.mean())

    def _draw(self, rng: np.random.Generator) -> Array:
        return self.mean()


class Normal(ParametricDistribution):
    """N(mean, diag(scale^2))."""

    needs = frozenset({"mean", "scale"})

    def stddev(self) -> Array:
        return self.parameters["scale"]

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.normal(self.mean(), self.parameters["scale"])


class FullNormal(ParametricDistribution):
    """N(mean, L L'), L = scale_tril."""

    needs = frozenset({"mean", "scale_tril"})

    def stddev(self) -> Array:
        return np.sqrt((self.parameters["scale_tril"] ** 2).sum(axis=-1))

    def _draw(self, rng: np.random.Generator) -> Array:
        noise = rng.standard_normal(self.mean().shape)
        return self.mean() + np.einsum("...ij,...j->...i", self.parameters["scale_tril"], noise)


class Dirichlet(ParametricDistribution):
    """Proportions with a concentration each; Var[z_d] = mean_d (1 - mean_d) / (1 + sum)."""

    needs = frozenset({"mean", "concentration"})

    def stddev(self) -> Array:
        mean, total = self.mean(), self.parameters["concentration"].sum(axis=-1, keepdims=True)
        return np.sqrt(mean * (1 - mean) / (1 + total))

    def _draw(self, rng: np.random.Generator) -> Array:
        gammas = rng.standard_gamma(self.parameters["concentration"])
        return gammas / gammas.sum(axis=-1, keepdims=True)


class Bernoulli(ParametricDistribution):
    """0 or 1, the latter with probability mean."""

    def stddev(self) -> Array:
        return np.sqrt(self.mean() * (1 - self.mean()))

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.random(self.mean().shape) < self.mean()


class ContinuousBernoulli(ParametricDistribution):
    """Values of 0…1 with density proportional to exp(logits x).

    Var[x] = 1/a^2 - 1/(4 sinh^2(a/2)), a = logits: the derivative of the mean by a.
    """

    needs = frozenset({"mean", "logits"})

    def stddev(self) -> Array:
        logits = np.abs(self.parameters["logits"].astype(np.float64))
        safe = np.maximum(logits, 0.05)  # below, the series
        variance = 1 / safe**2 - 1 / (4 * np.sinh(np.minimum(safe / 2, 300)) ** 2)
        series = 1 / 12 - logits**2 / 240
        return np.sqrt(np.where(logits < 0.05, series, variance)).astype(np.float32)

    def _draw(self, rng: np.random.Generator) -> Array:
        logits = self.parameters["logits"].astype(np.float64)
        falling = -np.maximum(np.abs(logits), 1e-6)  # the inverse of F, where nothing overflows
        x = np.log1p(rng.random(logits.shape) * np.expm1(falling)) / falling
        return np.where(logits > 0, 1 - x, x)


class Laplace(ParametricDistribution):
    """exp(-|x - mean| / scale) / (2 scale)."""

    needs = frozenset({"mean", "scale"})

    def stddev(self) -> Array:
        return np.sqrt(np.float32(2)) * self.parameters["scale"]

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.laplace(self.mean(), self.parameters["scale"])


class StudentT(ParametricDistribution):
    """mean + scale t, t of df degrees of freedom; Var[t] = df / (df - 2), infinite up to 2."""

    needs = frozenset({"mean", "scale", "df"})

    def stddev(self) -> Array:
        df = self.numbers["df"]
        return self.parameters["scale"] * np.float32(np.sqrt(df / (df - 2)) if df > 2 else np.inf)

    def _draw(self, rng: np.random.Generator) -> Array:
        t = rng.standard_t(self.numbers["df"], self.mean().shape)
        return self.mean() + self.parameters["scale"] * t


class Poisson(ParametricDistribution):
    """Counts whose variance is their mean."""

    def stddev(self) -> Array:
        return np.sqrt(self.mean())

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.poisson(self.mean())


class NegativeBinomial(ParametricDistribution):
    """Poisson counts whose rate is Gamma(r, mean / r); Var[x] = mean + mean^2 / r."""

    needs = frozenset({"mean", "r"})

    def stddev(self) -> Array:
        return np.sqrt(self.mean() + self.mean() ** 2 / self.parameters["r"])

    def _draw(self, rng: np.random.Generator) -> Array:
        r = self.parameters["r"].astype(np.float64)
        return rng.poisson(rng.gamma(r, self.mean() / r))


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


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.tanh(x / 2) / 2 + 0.5


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def choose(scores: Array, rng: np.random.Generator) -> Array:
    """An index for each row of logits on the last axis, by their probabilities."""
    return np.argmax(scores + rng.gumbel(size=scores.shape), axis=-1)
