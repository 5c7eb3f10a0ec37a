"""The figures of a metrics.json, which anyone may have written, and what they are, as far as their
keys do not say it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError, VaezooError


def read(path: Path) -> Mapping[str, Any]:
    """The figures of a file. Raises `DamagedFileError` where it holds anything else."""
    figures = files.read_json(path)
    with whole(path):
        for value in fields.mapping(figures).values():
            _check(value)
    return dict(figures)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[None]:
    """Raises `DamagedFileError` where the block does not find in a file what should be there."""
    try:
        yield
    except VaezooError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise DamagedFileError(
            f"{path} has not the figures that it should have ({reason}): make or download it again."
        ) from None


def _check(value: object) -> None:
    """Raises `ValueError` unless it is a number, a text, true or false, or several of these."""
    if isinstance(value, dict):
        for key, inner in fields.mapping(value).items():
            fields.text(key)
            _check(inner)
    elif isinstance(value, list):
        for inner in fields.sequence(value, _MOST):
            _check(inner)
    elif isinstance(value, str):
        fields.text(value)
    elif isinstance(value, int) and abs(value) > fields.LARGEST:
        fields.whole(value)


_MOST = 2**20  # numbers of one figure, such as one for each latent dimension


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
