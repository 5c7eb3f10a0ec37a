"""Spaces that z lives in: their names, by which posterior and prior are matched, and what
posteriors and priors on the same space share."""

from __future__ import annotations

import abc
from typing import Any

from vaezoo._checks import above_zero, positive
from vaezoo._core.components import Component
from vaezoo.errors import ConfigError


def two_or_more(latent_dim: int, space: str) -> int:
    """`latent_dim`, for spaces that need two dimensions or more; raises `ConfigError`."""
    if positive("latent_dim", latent_dim) < 2:
        raise ConfigError(f"latent_dim={latent_dim!r}: a {space} needs 2 or more.")
    return latent_dim


def ball(curvature: float) -> str:
    """The name of the ball of curvature -c, whose radius is 1/sqrt(c); raises `ConfigError`."""
    return f"ball_{above_zero('curvature', curvature):g}"


class CategoricalSpace(Component):
    """A posterior or prior over relaxed categories.

    Args:
        latent_dim: D, the size of z.
        num_categories: C, categories per group.
        temperature: t > 0.
        component_args: as for every posterior or prior.

    Raises:
        ConfigError: `num_categories` is below 2 or does not fit `latent_dim`, or `temperature` is
            not a finite number above 0.
    """

    space: Any  # a str; a posterior's may be None, a prior's not
    latent_dim: int

    def __init__(
        self,
        latent_dim: int,
        num_categories: int = 10,
        temperature: float = 2 / 3,
        **component_args: object,  # those of the base class that follows
    ) -> None:
        super().__init__(latent_dim=latent_dim, **component_args)
        if positive("num_categories", num_categories) < 2:
            raise ConfigError(f"num_categories={num_categories!r}: give 2 or more.")
        self.num_categories = num_categories
        self.temperature = above_zero("temperature", temperature)
        self.space = self._space()

    @abc.abstractmethod
    def _space(self) -> str:
        """The name of the space."""


class Simplices(CategoricalSpace):
    """z is a concatenation of groups of categories."""

    @property
    def num_groups(self) -> int:
        """The number of groups in z."""
        return self.latent_dim // self.num_categories

    @property
    def noise_dim(self) -> int:
        """Two unit normals per Gumbel variable."""
        return 2 * self.latent_dim

    def _space(self) -> str:
        if self.latent_dim % self.num_categories:
            raise ConfigError(
                f"latent_dim={self.latent_dim!r} with num_categories={self.num_categories!r}: "
                "z consists of whole groups of categories; give a multiple."
            )
        return f"simplex_{self.num_categories}"


class RealAndSimplex(CategoricalSpace):
    """z is D - C real numbers, then one group of C categories."""

    @property
    def real_dim(self) -> int:
        """D - C, how many of the numbers are real."""
        return self.latent_dim - self.num_categories

    @property
    def noise_dim(self) -> int:
        """One unit normal per real number, two per category."""
        return self.latent_dim + self.num_categories

    def _space(self) -> str:
        if self.real_dim <= 0:
            raise ConfigError(
                f"latent_dim={self.latent_dim!r} with num_categories={self.num_categories!r}: "
                "no dimensions are left for the normals; give a larger latent_dim."
            )
        return f"real_and_simplex_{self.num_categories}"
