"""What a page says of a model, as JSON: graphs, codes of data, dimensions, scores, pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from vaezoo._checks import comparing_only
from vaezoo.datasets.base import evenly_spaced
from vaezoo.explorer.codes import Codes, numbers
from vaezoo.explorer.examples import LARGE, Examples, is_binary
from vaezoo.protocols import Array
from vaezoo.runtime.conditions import condition_array
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.model import Model

_PICTURES = 24
# Scored examples, and importance samples of each: fewer where a graph is large.
_SCORED, _SCORED_LARGE, _SAMPLES = 250, 100, 16

Facts = dict[str, Any]


def facts(model: Model, examples: Examples | None, why: str = "") -> Facts:
    """What the page needs to know, JSON-serialisable.

    Args:
        model: from `vaezoo.load`.
        examples: data to show; None: samples of the model itself are shown.
        why: there are no examples.
    """
    notes = [] if examples is not None else [f"Samples are shown in place of data: {why}"]
    shown = examples or _samples(model)
    codes = Codes.of(model, shown)
    return {
        **_of_manifest(model),
        "start": numbers(codes.means[0]),
        "map": codes.map(shown),
        "dimensions": codes.dimensions(),
        "attributes": _attributes(model),
        "examples": _pictures(model, shown),
        "scores": None if examples is None else _scores(model, examples),
        "notes": notes + codes.limits,
    }


def _attributes(model: Model) -> list[Facts]:
    """Fitted directions that come with the export, and the user's own."""
    return [
        {"name": name, "direction": numbers(direction.step, 7)}
        for name, direction in model.directions.items()
        if direction.step.shape == (model.latent_dim,)
    ]


def _samples(model: Model) -> Examples:
    """Samples of the model, where there are no data; binary ones of a model of binary data."""
    condition = _first_condition(model.manifest)
    x = model.generate(200, condition=condition, seed=0)
    if model.manifest.value_range is not None:
        x = np.clip(x, *model.manifest.value_range)
    if is_binary(model):
        x = (x > 0.5).astype(np.float32)
    rows = None if condition is None else np.resize(condition, (len(x), *np.shape(condition)[1:]))
    return Examples(x, "200 samples of the model itself, seed 0", condition=rows)


def _first_condition(manifest: Manifest) -> Array | None:
    expected = manifest.condition
    if expected is None:
        return None
    return np.zeros(1, int) if expected.kind == "labels" else np.zeros((1, expected.dim))


def _of_manifest(model: Model) -> Facts:
    manifest = model.manifest
    used = {"classifier", "decoder", "encoder", "prior", "sampler", "score", "step"}
    return {
        "preset": manifest.preset,
        "model": manifest.model,
        "data_shape": list(manifest.data_shape),
        "latent_dim": manifest.latent_dim,
        "codebook_size": manifest.codebook_size,
        "condition": _condition(manifest),
        "refused": dict(manifest.refused),
        "sources": model.sources,
        "spherical": model.latent_space.is_standard_normal,
        "binary": is_binary(model),
        "levels": _takes_levels(manifest),
        "graphs": {
            name: {
                "file": graph.file,
                "weights": list(graph.weights),
                "inputs": [{"name": p.name, "shape": list(p.shape)} for p in graph.inputs],
            }
            for name, graph in manifest.graphs.items()
            if name in used
        },
    }


def _condition(manifest: Manifest) -> Facts | None:
    expected = manifest.condition
    if expected is None:
        return None
    return {"kind": expected.kind, "dim": expected.dim, "names": list(expected.names)}


def _takes_levels(manifest: Manifest) -> bool:
    """Whether the values are levels from 0 to 1, which can be drawn."""
    counts = manifest.preparation is not None and manifest.preparation.counts
    return not counts and manifest.value_range in (None, (0.0, 1.0))


def _pictures(model: Model, shown: Examples) -> Facts:
    """A few examples, of each label about as many, in the order of the labels."""
    labels = np.full(len(shown.x), -1) if shown.labels is None else shown.labels
    rows = np.argsort(labels, kind="stable")[evenly_spaced(len(labels), _PICTURES)]
    x, names = shown.x[rows], shown.names
    levels = np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)
    exact = np.array_equal(levels.astype(np.float32) / np.float32(255), x)
    content = levels.tobytes() if exact else x.astype("<f4").tobytes()
    return {
        "what": shown.what,
        "pictures": len(rows),
        "float": not exact,
        "data": base64.b64encode(content).decode(),
        "names": [names[labels[row]] if labels[row] >= 0 else "" for row in rows],
        "conditions": _conditions(model, shown, rows),
    }


def _conditions(model: Model, shown: Examples, rows: Array) -> list[list[float]] | None:
    expected = model.manifest.condition
    if expected is None or shown.condition is None:
        return None
    return condition_array(shown.condition[rows], expected, len(rows)).tolist()


def _scores(model: Model, examples: Examples) -> Mapping[str, Any] | None:
    """Log-likelihoods of some examples, sorted; None where the model has no density."""
    if "score" not in model.manifest.graphs:
        return None
    most = _SCORED if model.latent_dim <= LARGE else _SCORED_LARGE
    rows = evenly_spaced(len(examples.x), most)
    takes = model.manifest.graphs["score"].takes_condition
    condition = examples.condition[rows] if takes and examples.condition is not None else None
    with comparing_only():  # with scores of the same kind
        scores = model.log_likelihood(
            examples.x[rows], num_samples=_SAMPLES, condition=condition, seed=0
        )
    what = examples.what.replace(f"{len(examples.x):,}", f"{len(rows):,}", 1)
    return {"what": what, "num_samples": _SAMPLES, "values": numbers(np.sort(scores), 2)}
