"""Trains every model on the digits for a few epochs, exports it, and prints one table.

    python benchmarks/exports.py [NAME ...]

Differences are those of ONNX Runtime and of the SavedModel from Keras on 64 test digits, and for
equal noise, relative to the largest value of an example (or to 1); of log-likelihoods, in nats.
Bytes are those of the ONNX files.

Writes benchmarks/results/exports.json after each model, so that an interrupted run can be resumed;
with names, measures only these (again). --docs rewrites the table in docs/benchmarks/exports.md.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import digits
from report import report

from vaezoo.export import parity
from vaezoo.models import MODELS
from vaezoo.runtime.manifest import Manifest

EPOCHS, EXAMPLES = 10, 64


def measure(name: str) -> dict[str, Any]:
    """Trains and exports one model."""
    trained = digits.train(name, EPOCHS)
    x, condition = trained.x["test"][:EXAMPLES], trained.condition["test"]
    with tempfile.TemporaryDirectory() as folder:
        trained.model.save_to_preset(Path(folder) / name)
        manifest = Manifest.read(Path(folder) / name / "export")
        labels = None if condition is None else condition[:EXAMPLES]
        difference = parity(trained.model, Path(folder) / name, x, labels)
    return {
        "graphs": list(manifest.graphs),
        "refused": dict(manifest.refused),
        "bytes": {
            graph: manifest.files[described.file].bytes
            for graph, described in manifest.graphs.items()
        },
        "difference": difference,
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| model | graphs | ONNX Runtime | SavedModel | log-likelihood, nats | decoder | all |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in filter(results.__contains__, MODELS):
        result = results[name]
        difference = result["difference"]
        score = difference.get("log_likelihood")
        cells = [
            name,
            ", ".join(result["graphs"]),
            f"{max(difference['generate'], difference['reconstruct']):.0e}",
            f"{difference['saved_model']:.0e}",
            result["refused"].get("score", "") if score is None else f"{score:.0e}",
            f"{result['bytes']['decoder'] / 1e3:.0f} kB",
            f"{sum(result['bytes'].values()) / 1e3:.0f} kB",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("exports", __doc__, MODELS, functools.partial(digits.each, measure), table)
