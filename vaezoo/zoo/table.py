"""The table of the presets: every number from a preset's metrics.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vaezoo import _named_figures
from vaezoo._named_figures import has_importance_samples, is_conditional
from vaezoo._storage import files
from vaezoo._text import in_markdown

_HEADER = (
    "preset",
    "model",
    "ELBO",
    "log-likelihood",
    "K, images",
    "squared error",
    "Fréchet distance of means",
    "active",
    "min",
    "MB",
    "published",
)
_GIVEN = "(given c)"
_CONDITIONAL = (
    f"{_GIVEN}: of log p(x|c), with the condition c of each image known, such as its label; not "
    "comparable with log p(x)."
)


def markdown(folder: Path) -> str:
    """One row per preset in `folder`, sorted by data set.

    Args:
        folder: such as saved_models, with NAME/metrics.json, metadata.json and recipe.toml.
    """
    lines = ["| " + " | ".join(_HEADER) + " |", "|---" * len(_HEADER) + "|"]
    paths = sorted(folder.glob("*/metrics.json"), key=lambda path: (*_data(path), path))
    sources: list[str] = []
    for path in paths:
        with _named_figures.whole(path):
            cells = " | ".join(map(in_markdown, _cells(path.parent, sources)))
        lines.append(f"| {cells} |")
    notes = [f"{number}. {in_markdown(source)}" for number, source in enumerate(sources, 1)]
    if any(_GIVEN in line for line in lines):
        lines += ["", _CONDITIONAL]
    return "\n".join([*lines, "", *notes]) + "\n"


def _data(path: Path) -> tuple[str, str]:
    with _named_figures.whole(path):
        data = _named_figures.read(path)["data"]
        return str(data["name"]), str(data["binarise"])


def _cells(folder: Path, sources: list[str]) -> Iterator[str]:
    metrics, metadata = (_named_figures.read(folder / f"{n}.json") for n in ("metrics", "metadata"))
    recipe = files.read_toml(folder / "recipe.toml")
    yield folder.name
    yield metadata["model"]
    yield _likelihood(metrics, "elbo")
    sampled = has_importance_samples(metrics)
    yield _likelihood(metrics, "log_likelihood") if sampled else _no_estimate(metrics)
    importance = metrics.get("log_likelihood", {})
    count = importance["num_samples"] if sampled else "–"
    yield f"{count}, {importance.get('num_examples', metrics['num_examples'])}"
    yield figure(metrics, "mean_squared_error", 5)
    yield _distance(metrics.get("samples"))
    yield f"{metrics['active_units']} of {metrics['latent_dim']}"
    yield f"{metrics['seconds']['training'] / 60:.0f}"
    yield f"{metadata['files']['model.weights.h5']['bytes'] / 1e6:.1f}"
    yield "; ".join(_reference(item, sources) for item in recipe.get("references", ()))


def _likelihood(metrics: Mapping[str, Any], key: str) -> str:
    given = f" {_GIVEN}" if key in metrics and is_conditional(metrics) else ""
    return figure(metrics, key) + given


def _no_estimate(metrics: Mapping[str, Any]) -> str:
    """In the place of a log-likelihood that was not estimated by importance samples."""
    return "the ELBO" if "elbo" in metrics else ""


def figure(metrics: Mapping[str, Any], key: str, digits: int = 2) -> str:
    """A mean and its standard error; empty where it was not measured."""
    if key not in metrics:
        return ""
    value = metrics[key]
    text = f"{value['mean']:.{digits}f} ± {value['standard_error']:.{digits}f}"
    if key in ("elbo", "log_likelihood") and not metrics.get("normalised", True):
        text = f"{text}, not a likelihood"
    return text.replace("-", "−")


def _distance(samples: Mapping[str, Any] | None) -> str:
    """Between samples and test data; in brackets, for the sampler; then for training data."""
    if samples is None:
        return ""
    sampler = f" ({samples['sampler']['frechet_distance']:.1f})" if "sampler" in samples else ""
    prior, real = (samples[name]["frechet_distance"] for name in ("prior", "real"))
    return f"{prior:.1f}{sampler} / {real:.1f}"


def _reference(item: Mapping[str, str], sources: list[str]) -> str:
    if item["source"] not in sources:
        sources.append(item["source"])
    number = sources.index(item["source"]) + 1
    return f"{item['log_likelihood'].replace('-', '−')} {item['what']} [{number}]"
