"""Spaces that z lives in, as geometry: shortest lines, nearest points, one coordinate replaced.

Each takes and gives arrays [N, D] or paths [P, T, D], float64.
"""

from __future__ import annotations

import abc
import math

import numpy as np

from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics import great_circles, lines
from vaezoo.protocols import Array

_EDGE = 1 - 1e-5  # float32 cannot distinguish points of a ball from its boundary much farther out


class Geometry(abc.ABC):
    """What paths and moves need to know of a space."""

    @abc.abstractmethod
    def line(self, a: Array, b: Array, num: int) -> Array:
        """The shortest paths of the space itself, [P, T, D], both ends included."""

    @abc.abstractmethod
    def project(self, z: Array) -> Array:
        """Points of the space near to z, [..., D]."""

    @abc.abstractmethod
    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        """z [N, D] with other values [N] in one dimension, still in the space."""

    @abc.abstractmethod
    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        """Values of a dimension, [num], from one end of what z [D] can take there to the other."""


class Flat(Geometry):
    """All real vectors: lines are straight."""

    def line(self, a: Array, b: Array, num: int) -> Array:
        return lines(a, b, num)

    def project(self, z: Array) -> Array:
        return z

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        z = np.array(z, np.float64)
        z[:, dimension] = values
        return z

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        """Three standard deviations of the codes to either side of their mean."""
        column = codes[:, dimension]
        return np.linspace(-3, 3, num) * column.std() + column.mean()


class Sphere(Geometry):
    """|z| = 1: lines are great circles."""

    def line(self, a: Array, b: Array, num: int) -> Array:
        return great_circles(a, b, num)

    def project(self, z: Array) -> Array:
        return z / np.linalg.norm(z, axis=-1, keepdims=True).clip(min=1e-12)

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        """The other coordinates shrink or grow alike, so that |z| stays 1."""
        _check_values(values, -1, 1, "a coordinate on the sphere")
        others = Flat().replace(z, dimension, np.zeros(len(z)))
        if not others.any(axis=1).all():
            raise DataError(f"z has nothing but dimension {dimension}: the others cannot make up.")
        others = self.project(others) * np.sqrt(1 - values**2)[:, None]
        return Flat().replace(others, dimension, values)

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        return np.linspace(-0.95, 0.95, num)


class Ball(Geometry):
    """The Poincare ball |z| < 1/sqrt(c) of curvature -c.

    a + (t (-a + b)), with the Moebius addition + and t v = tanh(t artanh(s |v|)) v / (s |v|),
    s = sqrt(c). Ungar 2008; Ganea et al. 2018, eq. 11, https://arxiv.org/abs/1805.09112.
    """

    def __init__(self, curvature: float) -> None:
        self.curvature = curvature

    def line(self, a: Array, b: Array, num: int) -> Array:
        times = np.linspace(0, 1, num)[:, None]
        a, b = np.asarray(a, np.float64)[:, None], np.asarray(b, np.float64)[:, None]
        points = self._add(a, self._scale(times, self._add(-a, b)))
        points[:, :1], points[:, -1:] = a, b
        return points

    def project(self, z: Array) -> Array:
        sizes = math.sqrt(self.curvature) * np.linalg.norm(z, axis=-1, keepdims=True)
        return z * np.minimum(1.0, _EDGE / sizes.clip(min=1e-12))

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        moved = Flat().replace(z, dimension, values)
        radius = 1 / math.sqrt(self.curvature)
        if np.linalg.norm(moved, axis=1).max() >= radius:
            raise DataError(
                f"values of dimension {dimension} lead out of the ball, whose radius is "
                f"{radius:g}: give smaller ones."
            )
        return moved

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        """As far as the other coordinates leave room, and data lie."""
        room = 0.95 * math.sqrt(1 / self.curvature - (z @ z - z[dimension] ** 2))
        return Flat().span(codes, z, dimension, num).clip(-room, room)

    def _add(self, m: Array, x: Array) -> Array:
        c = self.curvature
        dot, mm, xx = ((u * v).sum(-1, keepdims=True) for u, v in ((m, x), (m, m), (x, x)))
        return ((1 + 2 * c * dot + c * xx) * m + (1 - c * mm) * x) / (
            1 + 2 * c * dot + c**2 * mm * xx
        )

    def _scale(self, t: Array, v: Array) -> Array:
        size = np.linalg.norm(v, axis=-1, keepdims=True).clip(min=1e-15) * math.sqrt(self.curvature)
        return np.tanh(t * np.arctanh(size.clip(max=1 - 1e-12))) / size * v


class Simplices(Geometry):
    """Groups of proportions that sum to 1: lines are those of the Fisher-Rao metric.

    sqrt(z) moves on a great circle: Amari 2016, Information Geometry and Its Applications,
    sec. 3.5.

    Args:
        size: of each group; None: all of z is one.
    """

    def __init__(self, size: int | None = None) -> None:
        self.size = size

    def line(self, a: Array, b: Array, num: int) -> Array:
        roots = [np.sqrt(self._groups(z).clip(min=0)) for z in (a, b)]
        start, end = (root.reshape(-1, root.shape[-1]) for root in roots)
        points = great_circles(start, end, num) ** 2
        groups = points.reshape(len(a), -1, *points.shape[1:]).swapaxes(1, 2)
        return groups.reshape(len(a), points.shape[1], -1)

    def project(self, z: Array) -> Array:
        groups = self._groups(z).clip(min=1e-6)
        return (groups / groups.sum(-1, keepdims=True)).reshape(z.shape)

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        """The other proportions of the group shrink or grow alike, so that their sum stays 1."""
        _check_values(values, 0, 1, "a proportion")
        groups = self._groups(np.asarray(z, np.float64)).copy()
        group, place = divmod(dimension, groups.shape[-1])
        others = groups[:, group].clip(min=1e-6)
        others[:, place] = 0
        others *= ((1 - values) / others.sum(axis=1))[:, None]
        others[:, place] = values
        groups[:, group] = others
        return groups.reshape(z.shape)

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        return np.linspace(0.02, 0.98, num)

    def _groups(self, z: Array) -> Array:
        return z.reshape(*z.shape[:-1], -1, self.size or z.shape[-1])


class RealAndSimplex(Geometry):
    """Real numbers, then one group of C proportions: lines are those of both."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.parts = (Flat(), Simplices(size))

    def line(self, a: Array, b: Array, num: int) -> Array:
        sides = zip(self.parts, self._split(a), self._split(b), strict=True)
        return np.concatenate([part.line(u, v, num) for part, u, v in sides], axis=-1)

    def project(self, z: Array) -> Array:
        parts = zip(self.parts, self._split(z), strict=True)
        return np.concatenate([part.project(side) for part, side in parts], axis=-1)

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        real, group = self._split(z)
        num = real.shape[-1]
        if dimension < num:
            real = self.parts[0].replace(real, dimension, values)
        else:
            group = self.parts[1].replace(group, dimension - num, values)
        return np.concatenate([real, group], axis=-1)

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        part = self.parts[dimension >= z.shape[-1] - self.size]
        return part.span(codes, z, dimension, num)

    def _split(self, z: Array) -> tuple[Array, Array]:
        return z[..., : -self.size], z[..., -self.size :]


class Codes(Geometry):
    """Whole numbers that name vectors of a codebook: nothing lies between two of them."""

    def __init__(self, size: int) -> None:
        self.size = size

    def line(self, a: Array, b: Array, num: int) -> Array:
        raise self._error("no path between them")

    def project(self, z: Array) -> Array:
        raise self._error("no direction to move in")

    def replace(self, z: Array, dimension: int, values: Array) -> Array:
        if ((values != np.floor(values)) | (values < 0) | (values >= self.size)).any():
            raise DataError(
                f"values of dimension {dimension} are {_extremes(values)}: expected codes, whole "
                f"numbers from 0 to {self.size - 1}."
            )
        return Flat().replace(z, dimension, values)

    def span(self, codes: Array, z: Array, dimension: int, num: int) -> Array:
        return np.linspace(0, self.size - 1, num).round()

    def _error(self, what: str) -> ConfigError:
        return ConfigError(
            f"z are codes here, names of {self.size} vectors without an order, so there is {what}: "
            "replace single codes (traverse), or take a model whose z are numbers."
        )


def _check_values(values: Array, low: float, high: float, what: str) -> None:
    if not (low <= values.min() and values.max() <= high):
        raise DataError(f"values are {_extremes(values)}: {what} is {low:g} to {high:g}.")


def _extremes(values: Array) -> str:
    return f"{values.min():g} to {values.max():g}"
