"""Conditions c of models p(x|c), by name: `CONDITIONS`."""

from vaezoo import _training  # noqa: F401
from vaezoo.conditions.attributes import Attributes
from vaezoo.conditions.base import Condition
from vaezoo.conditions.labels import Labels
from vaezoo.conditions.vector import Vector

CONDITIONS: dict[str, type[Condition]] = {"labels": Labels, "vector": Vector}

__all__ = ["CONDITIONS", "Attributes", "Condition", "Labels", "Vector"]
