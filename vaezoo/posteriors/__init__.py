"""Posteriors q(z|x), by name."""

from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.diagonal_normal import DiagonalNormal

POSTERIORS = {"diagonal_normal": DiagonalNormal}

__all__ = ["POSTERIORS", "DiagonalNormal", "Posterior"]
