"""How well published models find odd examples, by each method, and prints one table.

    python benchmarks/anomalies.py [MODEL:DATA ...]

A model scores test examples of its own data and of other data, 200 of each, prepared as its own
data were. 200 validation examples are the reference of typicality and decide the threshold of 1 %
false positives; the background of the likelihood ratio are independent pixels of as many training
examples. AUROC and average precision (half of the examples are odd) are means over five seeds,
which decide rows, bits and importance samples, with the standard deviation between seeds.

Writes benchmarks/results/anomalies.json after each model, so that an interrupted run can be
resumed; with names, measures only these (again). --docs rewrites the table in docs/anomalies.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from report import report

import vaezoo
from vaezoo import datasets
from vaezoo._bounds import Bounds
from vaezoo.anomalies import METHODS, IndependentPixels, threshold
from vaezoo.metrics import ImportanceWeights, auroc, average_precision
from vaezoo.protocols import Array
from vaezoo.runtime import Model

SEEDS, NUM, NUM_SAMPLES, FALSE_POSITIVES = 5, 200, 8, 0.01
# Models of each named data set, and what is odd for them: further sets are further lines.
MODELS = {
    "mnist": ("mnist_vae", "mnist_iwae", "mnist_flow", "mnist_ae", "mnist_pca", "mnist_hvae"),
    "fashion_mnist": ("fashion_vae", "fashion_vaegan", "fashion_hvae"),
}
ODD = {"mnist": ("fashion_mnist",), "fashion_mnist": ("mnist",)}
ENTRIES = [
    f"{model}:{odd}" for data, models in MODELS.items() for model in models for odd in ODD[data]
]


class Remembered(Bounds):
    """A model that scores the same examples once, whichever method asks."""

    def __init__(self, model: Model) -> None:
        self._model, self.reconstruct = model, model.reconstruct
        self._weights: dict[object, ImportanceWeights] = {}

    def importance_weights(self, x: Any, **options: Any) -> ImportanceWeights:
        key = (hash(x.tobytes()), tuple(sorted(options.items())))
        if key not in self._weights:
            self._weights[key] = self._model.importance_weights(x, **options)
        return self._weights[key]


def examples(data: str, split: str, seed: int, binary: bool) -> Array:
    """`NUM` random examples; of binary models drawn as bits, as theirs were."""
    source = getattr(datasets.load(data), split)
    rng = np.random.default_rng([seed, len(source)])
    x = datasets.as_float(source[np.sort(rng.permutation(len(source))[:NUM])])
    return (rng.random(x.shape) < x).astype(np.float32) if binary else x


def measure(entry: str) -> dict[str, Any]:
    """AUROC, average precision, and what the threshold finds, by method: one number a seed."""
    name, odd = entry.split(":")
    model = vaezoo.load(name)
    seeds = [scores(model, odd, seed) for seed in range(SEEDS)]
    return {
        method: {key: [one[method][key] for one in seeds] for key in seeds[0][method]}
        for method in seeds[0]
    }


def scores(model: Model, odd: str, seed: int) -> dict[str, Any]:
    """The figures of each method that the model can be asked for."""
    binary = "score" in model.manifest.graphs  # the others were trained on levels
    usual = model.manifest.data
    x = np.concatenate([examples(name, "test", seed, binary) for name in (usual, odd)])
    validation, train = (examples(usual, split, seed, binary) for split in ("validation", "train"))
    return figures(model, x, validation, train, seed)


def figures(model: Model, x: Array, validation: Array, train: Array, seed: int) -> dict[str, Any]:
    """Of x, of which the second half is odd."""
    is_odd, remembered = np.arange(len(x)) >= len(x) // 2, Remembered(model)
    options: dict[str, Any] = {"num_samples": NUM_SAMPLES, "seed": seed}
    has_density = "score" in model.manifest.graphs
    results = {}
    for name, method in METHODS.items():
        if not has_density and name != "reconstruction":
            continue
        needed: dict[str, Any] = {}
        if name == "typicality":
            needed["reference"] = remembered.log_likelihood(validation, **options)
        if name == "likelihood_ratio":
            needed["background"] = IndependentPixels.fit(train, binary=True)
        of_x, of_usual = (method(remembered, some, **needed, **options) for some in (x, validation))
        flagged = of_x > threshold(of_usual, FALSE_POSITIVES)
        results[name] = {
            "auroc": auroc(of_x, is_odd),
            "average_precision": average_precision(of_x, is_odd),
            "false_positives": float(flagged[~is_odd].mean()),
            "true_positives": float(flagged[is_odd].mean()),
        }
    return results


def each(entries: list[str]) -> Iterator[dict[str, Any]]:
    return map(measure, entries)


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| model | odd | method | AUROC | average precision | found at 1 % | false positives |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in filter(results.__contains__, ENTRIES):
        for method, figures in results[entry].items():
            cells = [*entry.split(":"), method.replace("_", " ")]
            cells += [spread(figures[key]) for key in ("auroc", "average_precision")]
            cells += [percent(figures[key]) for key in ("true_positives", "false_positives")]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def percent(values: list[float]) -> str:
    return f"{100 * np.mean(values):.1f} %"


if __name__ == "__main__":
    report("anomalies", __doc__, ENTRIES, each, table)
