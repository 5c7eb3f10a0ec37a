"""What the figures of a metrics.json are, as far as their keys do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_conditional(metrics: Mapping[str, Any]) -> bool:
    """Whether its likelihoods are log p(x|condition), which is not comparable with log p(x)."""
    return bool(metrics.get("conditional", False))


def has_importance_samples(metrics: Mapping[str, Any]) -> bool:
    """Whether its log-likelihood is an estimate of its own: with one sample, or several that
    are all the same, as discrete codes are, it is the ELBO."""
    if "log_likelihood" not in metrics or "codebook_usage" in metrics:
        return False
    return bool(metrics["log_likelihood"]["num_samples"] > 1)


def factors_split(scores: Mapping[str, Any]) -> str:
    """Which split's examples the scores for factors are of: up to version 0.1, the training's."""
    return str(scores.get("split", "train"))
