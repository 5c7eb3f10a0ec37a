"""What a model has to beat: principal components, and values that are independent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from vaezoo.metrics.components import Components, location_and_unit, principal_components
from vaezoo.metrics.likelihood import mean_and_standard_error
from vaezoo.protocols import Array

_FLOOR = math.exp(-7.0)  # of a standard deviation, in units: that of the project's likelihoods
_LOG_2_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Density:
    """Values are real numbers, and log p(x) is a density's.

    Attributes:
        loc, unit: in which the baselines are computed, as the model is: they broadcast to an
            example's shape.
        least_scale: the least standard deviation of the noise, in these units, as the model's:
            the density of values that never change has no bound otherwise.
    """

    loc: Array | float = 0.0
    unit: Array | float = 1.0
    least_scale: float = _FLOOR

    text = "density of the values as they are"

    def prepared(self, x: Array, rng: np.random.Generator) -> Array:
        """Standardised values."""
        return (x - self.loc) / self.unit

    def log_unit(self, shape: tuple[int, ...]) -> float:
        """What a log-density of prepared values lacks to one of x: minus sum log unit."""
        return -float(np.broadcast_to(np.log(self.unit), shape).sum())

    def independent(self, train: Iterable[Array], test: Array) -> tuple[str, Array]:
        """Normals with the moments of the training examples."""
        rng = np.random.default_rng(0)  # not used
        batches = ((self.prepared(x, rng), np.ones(len(x))) for x in train)
        mean, scale = location_and_unit(batches, constant=self.least_scale)
        scale = np.maximum(scale, self.least_scale)
        z = (self.prepared(test, rng) - mean) / scale
        logs = (-0.5 * (z**2 + _LOG_2_PI) - np.log(scale)).reshape(len(test), -1)
        return "normal", logs.sum(axis=1) + self.log_unit(test.shape[1:])


@dataclass(frozen=True)
class Levels:
    """Values k / (num - 1), k = 0 ... num - 1, and log p(x) is a mass function's.

    A density of (k + u) / num, u ~ U(0, 1), is below the mass in expectation, once D log num is
    taken off: Theis et al. 2016, sec. 3.1, https://arxiv.org/abs/1511.01844.
    """

    num: int

    @property
    def text(self) -> str:
        """What the figures are of."""
        return f"mass of values of {self.num} levels"

    def prepared(self, x: Array, rng: np.random.Generator) -> Array:
        """With uniform noise, between 0 and 1."""
        return (np.round(x * (self.num - 1)) + rng.random(x.shape)) / self.num

    def log_unit(self, shape: tuple[int, ...]) -> float:
        """What a log-density of prepared values lacks: minus D log num."""
        return -math.prod(shape) * math.log(self.num)

    def independent(self, train: Iterable[Array], test: Array) -> tuple[str, Array]:
        """Histograms with one more of each level than the training examples have."""
        counts = np.ones((self.num, math.prod(test.shape[1:])))
        columns = np.arange(counts.shape[1])
        for x in train:
            np.add.at(counts, (self._places(x), columns), 1)
        logs = np.log(counts / counts.sum(axis=0))
        return "histogram", logs[self._places(test), columns].sum(axis=1)

    def _places(self, x: Array) -> Array:
        return np.round(x * (self.num - 1)).astype(int).reshape(len(x), -1)


@dataclass(frozen=True)
class Counted:
    """Values are 0, 1, 2, …, and log p(x) is a mass function's."""

    text = "mass of counts"

    def prepared(self, x: Array, rng: np.random.Generator) -> Array:
        """With uniform noise, as for levels."""
        return x + rng.random(x.shape)

    def log_unit(self, shape: tuple[int, ...]) -> float:
        """Levels are 1 apart."""
        return 0.0

    def independent(self, train: Iterable[Array], test: Array) -> tuple[str, Array]:
        """Negative binomials with the moments of the training examples, Poisson where the variance
        is no larger than the mean."""
        mean, scale = location_and_unit((x.astype(np.float64), np.ones(len(x))) for x in train)
        mean = np.maximum(mean, 1e-3)
        r = mean**2 / np.maximum(scale**2 - mean, 1e-6 * mean**2)  # 1e6 is Poisson, nearly
        logs = _log_gamma(test + r) - _log_gamma(test + 1) - _log_gamma(r)
        logs = logs + r * np.log(r / (r + mean)) + test * np.log(mean / (r + mean))
        return "negative binomial", logs.reshape(len(test), -1).sum(axis=1)


Discretisation: TypeAlias = Density | Levels | Counted
Batches: TypeAlias = Callable[[], Iterable[Array]]
_log_gamma = np.vectorize(math.lgamma, otypes=[float])


def baselines(
    train: Batches, test: Array, latent_dim: int, kind: Discretisation | None = None
) -> dict[str, Any]:
    """The figures of PCA, of probabilistic PCA and of independent values, on the test examples.

    Args:
        train: returns the examples that the baselines are fitted to, in batches [B, ...]; it is
            called several times.
        test: [M, ...].
        latent_dim: components of both PCAs, fewer where the training examples have fewer.
        kind: of the values: `Density`, `Levels` or `Counted`; None: without likelihoods.

    Returns:
        JSON-serialisable:
        pca: latent_dim, and mean_squared_error, per value; where values have units of their own
        also scaled_squared_error, of PCA of values divided by these;
        probabilistic_pca, independent: log_likelihood, nats per example, and what each is;
        of: what the likelihoods are of.

    Example:
        >>> import numpy as np
        >>> x = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        >>> baselines(lambda: [x], x, 1)["pca"]["mean_squared_error"]["mean"]
        0.25
    """
    test = np.asarray(test, np.float64)
    found = _components(train, Density(), latent_dim)
    errors = squared_errors(found, test.reshape(len(test), -1))
    figures: dict[str, Any] = {"latent_dim": len(found.variances)}
    figures |= {"mean_squared_error": mean_and_standard_error(errors)}
    if isinstance(kind, Density) and np.ndim(kind.unit):
        scaled = _components(train, kind, latent_dim)
        rows = kind.prepared(test, np.random.default_rng(0)).reshape(len(test), -1)
        errors = squared_errors(scaled, rows)
        figures["scaled_squared_error"] = mean_and_standard_error(errors)
    if kind is None:
        return {"pca": figures}
    return {"pca": figures, **_likelihoods(train, test, latent_dim, kind)}


def _likelihoods(
    train: Batches, test: Array, latent_dim: int, kind: Discretisation
) -> dict[str, Any]:
    found = _components(train, kind, latent_dim)
    rows = kind.prepared(test, np.random.default_rng(1)).reshape(len(test), -1)
    density = log_density(found, rows) + kind.log_unit(test.shape[1:])
    name, independent = kind.independent(train(), test)
    return {
        "probabilistic_pca": {
            "latent_dim": len(found.variances),
            "log_likelihood": mean_and_standard_error(density),
        },
        "independent": {"family": name, "log_likelihood": mean_and_standard_error(independent)},
        "of": kind.text,
    }


def squared_errors(found: Components, rows: Array) -> Array:
    """Per value, [N], of the projections of `rows`, [N, V], on the components."""
    centred = rows - found.mean
    along = centred @ found.directions.T
    left = (centred**2).sum(axis=1) - (along**2).sum(axis=1)
    return np.maximum(left, 0.0) / rows.shape[1]


def log_density(found: Components, rows: Array) -> Array:
    """log N(x; mean, U L U' + s (I - U U')), [N], of `rows`, [N, V]: probabilistic PCA.

    Tipping & Bishop 1999, eq. 4 with the maximum-likelihood W of eq. 7,
    https://doi.org/10.1111/1467-9868.00196. The variance that components leave out is at least
    e^-14, as in the project's likelihoods.
    """
    noise = max(found.noise, _FLOOR**2)
    variances = np.maximum(found.variances, noise)
    centred = rows - found.mean
    along = centred @ found.directions.T
    left = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
    others = rows.shape[1] - len(variances)
    log_determinant = np.log(variances).sum() + others * math.log(noise)
    distance = (along**2 / variances).sum(axis=1) + left / noise
    return -0.5 * (rows.shape[1] * _LOG_2_PI + log_determinant + distance)


def _components(train: Batches, kind: Discretisation, num: int) -> Components:
    rng = np.random.default_rng(0)
    examples = ((kind.prepared(x.astype(np.float64), rng), np.ones(len(x))) for x in train())
    return principal_components(examples, num, or_fewer=True)
