"""Families of distributions: records of parameters, with moments, draws and densities."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from vaezoo._checks import check_array
from vaezoo._noise import generator
from vaezoo.errors import ConfigError, DataError, VaezooError
from vaezoo.protocols import Array, ArrayLike

_LOG_2PI = math.log(2 * math.pi)


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
        >>> p.log_prob(p.sample(seed=0)).shape, p.log_prob_per_value(p.sample(seed=0)).shape
        ((4,), (4, 8, 8, 1))

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

    def log_prob(self, x: ArrayLike, /) -> Array:
        """log p(x) of each example in nats, [N], for x of the shape of `mean()`.

        As in Keras, a mass function goes on between the values that have a mass: grey values under
        Bernoulli give a cross-entropy.

        Raises:
            DataError: x has another shape, or is not finite.
            ConfigError: a point, or parameters that do not determine a density.
        """
        log_probs = self._log_prob(self._values(x))
        return log_probs.reshape(len(log_probs), -1).sum(axis=1)

    def log_prob_per_value(self, x: ArrayLike, /) -> Array:
        """log p(x_i) of each value in nats, [N, ...]: they add up to `log_prob`.

        Raises:
            DataError: as `log_prob`.
            ConfigError: as `log_prob`, or the values depend on each other.
        """
        x = self._values(x)
        log_probs = self._log_prob(x)
        if log_probs.shape != x.shape:
            raise ConfigError(
                f"{type(self).__name__} does not factorise over its values: use log_prob."
            )
        return log_probs

    def _values(self, x: ArrayLike) -> Array:
        """x as float64; raises `DataError` unless it has the shape of the parameters."""
        shape = self.parameters["mean"].shape
        x = check_array(x, shape[1:])
        if len(x) != shape[0]:
            raise DataError(f"x has {len(x)} rows: expected {shape[0]}, as there are parameters.")
        return x.astype(np.float64)

    def _exact(self, name: str) -> Array:
        """A parameter as float64: densities take differences of large numbers."""
        return self.parameters[name].astype(np.float64)

    @abc.abstractmethod
    def _draw(self, rng: np.random.Generator) -> Array:
        """`sample` from this source of randomness."""

    @abc.abstractmethod
    def _log_prob(self, x: Array) -> Array:
        """log p, [N, ...] where it factorises over the values, else [N], for float64 x."""


class Point(ParametricDistribution):
    """A point without noise."""

    def stddev(self) -> Array:
        return np.zeros_like(self.mean())

    def _draw(self, rng: np.random.Generator) -> Array:
        return self.mean()

    def _log_prob(self, x: Array) -> Array:
        raise ConfigError("a point has no density, so it has no log_prob().")


class Normal(ParametricDistribution):
    """N(mean, diag(scale^2))."""

    needs = frozenset({"mean", "scale"})

    def stddev(self) -> Array:
        return self.parameters["scale"]

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.normal(self.mean(), self.parameters["scale"])

    def _log_prob(self, x: Array) -> Array:
        scale = self._exact("scale")
        return -0.5 * ((x - self._exact("mean")) / scale) ** 2 - np.log(scale) - 0.5 * _LOG_2PI


class FullNormal(ParametricDistribution):
    """N(mean, L L'), L = scale_tril."""

    needs = frozenset({"mean", "scale_tril"})

    def stddev(self) -> Array:
        return np.sqrt((self.parameters["scale_tril"] ** 2).sum(axis=-1))

    def _draw(self, rng: np.random.Generator) -> Array:
        noise = rng.standard_normal(self.mean().shape)
        return self.mean() + np.einsum("...ij,...j->...i", self.parameters["scale_tril"], noise)

    def _log_prob(self, x: Array) -> Array:
        tril = self._exact("scale_tril")
        noise = np.linalg.solve(tril, (x - self._exact("mean"))[..., None])[..., 0]
        log_det = np.log(np.diagonal(tril, axis1=-2, axis2=-1)).sum(axis=-1)
        return -0.5 * (noise**2 + _LOG_2PI).sum(axis=-1) - log_det


class Dirichlet(ParametricDistribution):
    """Proportions with a concentration each; Var[z_d] = mean_d (1 - mean_d) / (1 + sum)."""

    needs = frozenset({"mean", "concentration"})

    def stddev(self) -> Array:
        mean, total = self.mean(), self.parameters["concentration"].sum(axis=-1, keepdims=True)
        return np.sqrt(mean * (1 - mean) / (1 + total))

    def _draw(self, rng: np.random.Generator) -> Array:
        gammas = rng.standard_gamma(self.parameters["concentration"])
        return gammas / gammas.sum(axis=-1, keepdims=True)

    def _log_prob(self, x: Array) -> Array:
        concentration = self._exact("concentration")
        powers = np.where(concentration == 1, 0, (concentration - 1) * np.log(x))
        total = log_gamma(concentration.sum(axis=-1))
        return total + (powers - log_gamma(concentration)).sum(axis=-1)


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

    def _log_prob(self, x: Array) -> Array:
        """logits x - log of the integral of exp(logits x), which is (e^l - 1) / l."""
        logits = self._exact("logits")
        size = np.maximum(np.abs(logits), 0.01)  # below, the series
        log_integral = np.maximum(logits, 0) + np.log(-np.expm1(-size) / size)
        near = logits / 2 + logits**2 / 24
        return logits * x - np.where(np.abs(logits) < 0.01, near, log_integral)


class Laplace(ParametricDistribution):
    """exp(-|x - mean| / scale) / (2 scale)."""

    needs = frozenset({"mean", "scale"})

    def stddev(self) -> Array:
        return np.sqrt(np.float32(2)) * self.parameters["scale"]

    def _draw(self, rng: np.random.Generator) -> Array:
        return rng.laplace(self.mean(), self.parameters["scale"])

    def _log_prob(self, x: Array) -> Array:
        scale = self._exact("scale")
        return -np.abs(x - self._exact("mean")) / scale - np.log(2 * scale)


class StudentT(ParametricDistribution):
    """mean + scale t, t of df degrees of freedom; Var[t] = df / (df - 2), infinite up to 2."""

    needs = frozenset({"mean", "scale", "df"})

    def stddev(self) -> Array:
        df = self.numbers["df"]
        return self.parameters["scale"] * np.float32(np.sqrt(df / (df - 2)) if df > 2 else np.inf)

    def _draw(self, rng: np.random.Generator) -> Array:
        t = rng.standard_t(self.numbers["df"], self.mean().shape)
        return self.mean() + self.parameters["scale"] * t

    def _log_prob(self, x: Array) -> Array:
        df, scale = self.numbers["df"], self._exact("scale")
        constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
        squares = ((x - self._exact("mean")) / scale) ** 2
        return constant - np.log(scale) - (df + 1) / 2 * np.log1p(squares / df)


def log_gamma(x: Array) -> Array:
    """log of the gamma function of each value; each distinct one is computed once."""
    values, places = np.unique(x, return_inverse=True)
    return np.array([math.lgamma(value) for value in values])[places].reshape(np.shape(x))
