"""What a model says of its latent space, and the geometry that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vaezoo.errors import ConfigError
from vaezoo.latent.geometries import (
    Ball,
    Codes,
    Flat,
    Geometry,
    RealAndSimplex,
    Simplices,
    Sphere,
)


@dataclass(frozen=True)
class LatentSpace:
    """What a model's z are.

    Attributes:
        name: of the space: "real", "sphere", "ball_1" (the Poincare ball of curvature -1),
            "simplex", "simplex_10" (groups of 10 proportions), "real_and_simplex_10" or
            "codes_128".
        is_standard_normal: whether p(z) is N(0, I).
        num_classes: of the labels that the model is conditioned on; None: it is not.
        class_names: of these, if they have any.

    Example:
        >>> import vaezoo
        >>> vaezoo.load("digits_vae").latent_space
        LatentSpace(name='real', is_standard_normal=True, num_classes=None, class_names=())
    """

    name: str = "real"
    is_standard_normal: bool = True
    num_classes: int | None = None
    class_names: tuple[str, ...] = ()

    @property
    def geometry(self) -> Geometry:
        """Its lines and points. Raises `ConfigError` for a name that none has."""
        kind, _, number = self.name.rpartition("_")
        try:
            return _plain(self.name) if not kind else _with_number(kind, number)
        except (KeyError, ValueError):
            raise ConfigError(
                f"latent_space is {self.name!r}: expected real, sphere, ball_c, simplex, "
                "simplex_C, real_and_simplex_C or codes_K."
            ) from None


@runtime_checkable
class HasLatentSpace(Protocol):
    """A model that says what its z are, as exports and Keras models do."""

    @property
    def latent_space(self) -> LatentSpace:
        """What its z are."""


def space_of(model: object) -> LatentSpace:
    """What a model says of its z; real numbers with p(z) = N(0, I) where it says nothing."""
    return model.latent_space if isinstance(model, HasLatentSpace) else LatentSpace()


def _plain(name: str) -> Geometry:
    known: dict[str, Geometry] = {"real": Flat(), "sphere": Sphere(), "simplex": Simplices()}
    return known[name]


def _with_number(kind: str, number: str) -> Geometry:
    if kind == "ball":
        return Ball(float(number))
    known = {"simplex": Simplices, "real_and_simplex": RealAndSimplex, "codes": Codes}
    return known[kind](int(number))
