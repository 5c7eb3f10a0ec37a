"""Spaces that z can live in: their names, by which a posterior knows its prior, and the checks
of what they are made from."""

from __future__ import annotations

import abc
import math
from typing import Any

from vaezoo._checks import positive
from vaezoo._core.components import Component
from vaezoo.errors import ConfigError


def above_zero(name: str, value: Any) -> float:
    """`value` as a finite number above 0; raises `ConfigError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ConfigError(f"{name}={value!r}: give a finite number above 0.")
    return value


def at_least_two(latent_dim: int, space: str) -> int:
    """`latent_dim`, for spaces that are nothing in one dimension; raises `ConfigError`."""
    if positive("latent_dim", latent_dim) < 2:
        raise ConfigError(f"latent_dim={latent_dim!r}: a {space} needs 2 or more.")
    return latent_dim


def ball(curvature: float) -> str:
    """The ball of curvature -c, whose radius is 1/sqrt(c)."""
    return f"ball_{above_zero('curvature', curvature):g}"


class OfCategories(Component):
    """A part whose z has categories, relaxed: what posterior and prior have in common.

    Args:
        latent_dim: D, the size of z.
        num_categories: C, categories in a group.
        temperature: t > 0.
        part_args: as for any posterior or prior.

    Raises:
        ConfigError: `num_categories` is below 2 or does not fit into `latent_dim`, or
            `temperature` is no finite number above 0.
    """

    def __init__(
        self,
        latent_dim: int,
        num_categories: int = 10,
        temperature: float = 2 / 3,
        **part_args: Any,
    ) -> None:
        super().__init__(latent_dim=latent_dim, **part_args)
        if positive("num_categories", num_categories) < 2:
            raise ConfigError(f"num_categories={num_categories!r}: give 2 or more.")
        self.num_categories = num_categories
        self.temperature = above_zero("temperature", temperature)
        self.space: Any = self._space()  # a posterior's may be None, a prior's not

    @abc.abstractmethod
    def _space(self) -> str:
        """The name of the space."""


class Simplices(OfCategories):
    """z is groups of categories side by side."""

    @property
    def num_groups(self) -> int:
        """How many groups z is made of."""
        return self.latent_dim // self.num_categories

    @property
    def noise_dim(self) -> int:
        """Two unit normals make one Gumbel."""
        return 2 * self.latent_dim

    def _space(self) -> str:
        if self.latent_dim % self.num_categories:
            raise ConfigError(
                f"latent_dim={self.latent_dim!r} with num_categories={self.num_categories!r}: "
                "z is made of whole groups of categories; give a multiple."
            )
        return f"simplex_{self.num_categories}"


class RealAndSimplex(OfCategories):
    """z is real numbers, then one group of categories."""

    @property
    def noise_dim(self) -> int:
        """One unit normal a real number, two a category."""
        return self.latent_dim + self.num_categories

    def _space(self) -> str:
        if self.latent_dim <= self.num_categories:
            raise ConfigError(
                f"latent_dim={self.latent_dim!r} with num_categories={self.num_categories!r}: "
                "the categories leave nothing to the normals; give more dimensions."
            )
        return f"real_and_simplex_{self.num_categories}"
