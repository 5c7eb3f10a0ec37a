"""Priors p(z), by name."""

from vaezoo.priors.base import Prior
from vaezoo.priors.standard_normal import StandardNormal

PRIORS = {"standard_normal": StandardNormal}

__all__ = ["PRIORS", "Prior", "StandardNormal"]
