"""Trains a published preset once more, and compares the figures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaezoo._storage import files
from vaezoo.training.folder import METRICS, RECIPE
from vaezoo.training.recipe import load_recipe
from vaezoo.training.run import train

COMPARED = ("elbo", "log_likelihood", "mean_squared_error")
ERRORS = 3  # standard errors: other processors round differently, and runs diverge


@dataclass(frozen=True)
class Comparison:
    """A figure as published and as reproduced.

    Attributes:
        name: of the figure.
        published, reproduced: means over the test examples.
        tolerance: three standard errors of the published one, over the examples.
    """

    name: str
    published: float
    reproduced: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether they differ by no more than the tolerance."""
        return abs(self.published - self.reproduced) <= self.tolerance

    def text(self) -> str:
        """In one line."""
        verdict = "agrees" if self.agrees else "DIFFERS"
        return (
            f"{self.name}: published {self.published:.4f}, now {self.reproduced:.4f}, "
            f"{verdict} within {self.tolerance:.4f}"
        )


def reproduce(
    preset: Path, out: str | os.PathLike[str], *, progress: bool = True
) -> list[Comparison]:
    """Trains by the preset's own recipe.toml into `out`, and compares the figures.

    Args:
        preset: folder of a published preset.
        out: the run's folder; an interrupted run is resumed.
        progress: shows progress bars.

    Raises as `vaezoo.training.run.train`.
    """
    recipe = load_recipe(preset / RECIPE)
    published = files.read_json(preset / METRICS)
    return compare(published, train(recipe, out, progress=progress))


def compare(published: Mapping[str, Any], reproduced: Mapping[str, Any]) -> list[Comparison]:
    """The figures that both have, within three standard errors of the published ones."""
    return [
        Comparison(
            name,
            published[name]["mean"],
            reproduced[name]["mean"],
            ERRORS * published[name]["standard_error"],
        )
        for name in COMPARED
        if name in published
    ]
