"""Trains a published preset once more, and compares the two, example by example."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaezoo import datasets
from vaezoo._model import presets
from vaezoo.datasets.base import Dataset
from vaezoo.errors import DataError
from vaezoo.evaluation import examples, per_example
from vaezoo.metrics import mean_and_standard_error
from vaezoo.protocols import Array
from vaezoo.training.folder import RECIPE
from vaezoo.training.recipe import load_recipe
from vaezoo.training.recipe_tables import Evaluation
from vaezoo.training.run import train

SAMPLES = 20  # importance samples of each example
# Other processors round differently, and trainings diverge: docs/presets.md has what that gave.
ERRORS = 3  # standard errors, over the differences of the examples
SHARE = 0.02  # of the examples' standard deviation, where those errors are smaller still
DISTANCE = 0.5  # of two models on single examples, of that standard deviation


@dataclass(frozen=True)
class Comparison:
    """A figure of the published model and of the reproduced one, on the same examples.

    Attributes:
        name: of the figure.
        published, reproduced: means over the examples.
        tolerance: of the difference of the means: three standard errors over the differences of
            the examples, or a fiftieth of the published values' standard deviation.
        distance: root mean square of the differences of the examples, as a fraction of the
            standard deviation of the published values. Unrelated models are about 1.4 apart.
    """

    name: str
    published: float
    reproduced: float
    tolerance: float
    distance: float

    @property
    def agrees(self) -> bool:
        """Whether means and examples differ by no more than the tolerances."""
        difference = abs(self.published - self.reproduced)
        return difference <= self.tolerance and self.distance <= DISTANCE

    def text(self) -> str:
        """In one line."""
        return (
            f"{self.name}: published {self.published:.6g}, now {self.reproduced:.6g}: "
            f"{'agrees' if self.agrees else 'DIFFERS'} (tolerance {self.tolerance:.2g}); single "
            f"examples differ by {self.distance:.1%} of their spread (tolerance {DISTANCE:.0%})"
        )


def reproduce(
    preset: Path, out: str | os.PathLike[str], *, progress: bool = True
) -> list[Comparison]:
    """Trains by the preset's own recipe.toml into `out`, and compares the two models.

    Args:
        preset: folder of a published preset.
        out: the run's folder; an interrupted run is resumed.
        progress: shows progress bars.

    Raises as `vaezoo.training.run.train`.
    """
    recipe = load_recipe(preset / RECIPE)
    train(recipe, out, progress=progress)
    data = datasets.load(**dataclasses.asdict(recipe.data))
    values = (_values(folder, data, recipe.evaluation) for folder in (preset, Path(out)))
    return compare(*values)


def _values(folder: Path, data: Dataset, settings: Evaluation) -> dict[str, Array]:
    """Figures of the test examples, under the same noise for each folder."""
    model = presets.load(folder)
    x, condition = examples(model, data, "test", settings.max_examples)
    num = min(SAMPLES, settings.num_samples)
    return per_example(model, x, condition, num_samples=num, seed=settings.seed)


def compare(published: Mapping[str, Array], reproduced: Mapping[str, Array]) -> list[Comparison]:
    """Compares figures by name, [N], of the same examples.

    Raises:
        DataError: they are other figures, or of other numbers of examples.
    """
    shapes, others = ({k: np.shape(v) for k, v in each.items()} for each in (published, reproduced))
    if shapes != others:
        raise DataError(f"published are {shapes}, reproduced {others}: expected the same figures.")
    return [_comparison(name, published[name], reproduced[name]) for name in published]


def _comparison(name: str, published: Array, reproduced: Array) -> Comparison:
    differences = np.asarray(reproduced) - published
    error = mean_and_standard_error(differences)["standard_error"] or 0.0
    spread = float(np.std(published))
    apart = float(np.sqrt(np.mean(differences**2)))
    return Comparison(
        name,
        float(np.mean(published)),
        float(np.mean(reproduced)),
        tolerance=max(ERRORS * error, SHARE * spread),
        distance=apart / spread if spread else float(apart > 0),
    )
