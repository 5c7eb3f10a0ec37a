"""Objectives, by name."""

from vaezoo.objectives.base import Objective
from vaezoo.objectives.elbo import ELBO
from vaezoo.objectives.importance_weighted import ImportanceWeighted

OBJECTIVES = {"elbo": ELBO, "importance_weighted": ImportanceWeighted}

__all__ = ["ELBO", "OBJECTIVES", "ImportanceWeighted", "Objective"]
