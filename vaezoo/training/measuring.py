"""A trained model and its export -> the content of metrics.json."""

from __future__ import annotations

from typing import Any

from vaezoo import report
from vaezoo._model.base import LatentVariableModel
from vaezoo.datasets.base import Dataset
from vaezoo.evaluation import evaluate, examples, sample_posterior
from vaezoo.runtime.model import Model
from vaezoo.training.recipe import Evaluation


def measure(
    model: LatentVariableModel,
    served: Model,
    data: Dataset,
    settings: Evaluation,
    *,
    progress: bool = True,
) -> dict[str, Any]:
    """Figures on the test split: of `vaezoo.evaluation.evaluate`, which needs the model, and of
    `vaezoo.report.measure`, which needs its export."""
    x, condition = examples(model, data, "test", settings.max_examples)
    figures = evaluate(
        model,
        x,
        condition,
        num_samples=settings.num_samples,
        max_scored=settings.max_scored,
        seed=settings.seed,
        progress=progress,
    )
    latents = None  # where they are not comparable with the prior's: discrete codes, or with labels
    if model.codebook_size is None and not model.sums_out_condition:
        latents = sample_posterior(model, x, condition, seed=settings.seed)
    num, seed = settings.max_examples, settings.seed
    return figures | report.measure(served, data, latents, num=num, seed=seed)
