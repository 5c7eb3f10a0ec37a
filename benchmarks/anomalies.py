"""How well published models find odd examples, by each method, and prints one table.

    python benchmarks/anomalies.py [MODEL:ODD ...]

A published model scores test examples of its own data and of other data, 200 of each, prepared as
its own data were. 200 validation examples are the reference of typicality and decide the threshold
of 1 % false positives; the background of the likelihood ratio are independent pixels of as many
training examples. AUROC and average precision (half of the examples are odd) are means over five
seeds, which decide rows, bits and importance samples, with the standard deviation between seeds.

"digits:3" trains a small VAE (which needs TensorFlow) on the digits but for one, and has it score
all test digits, of which that one is odd; the table has the means over the ten with the standard
deviation between them, and which digit is found least and best. The same of MNIST ("mnist:3"), of
cells ("cells:WBC") and of the groups of emoji ("emoji:Symbols").

Writes benchmarks/results/anomalies.json after each model, so that an interrupted run can be
resumed; with names, measures only these (again). --docs rewrites the table in docs/anomalies.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from report import report

import vaezoo
from vaezoo import datasets
from vaezoo._bounds import Bounds
from vaezoo.anomalies import METHODS, IndependentPixels, threshold
from vaezoo.metrics import ImportanceWeights, auroc, average_precision
from vaezoo.protocols import Array, GenerativeModel
from vaezoo.runtime import Model

SEEDS, NUM, NUM_SAMPLES, FALSE_POSITIVES = 5, 200, 8, 0.01
# Models of each named data set, and what is odd for them: further sets are further lines.
MODELS = {
    "mnist": ("mnist_vae", "mnist_iwae", "mnist_flow", "mnist_ae", "mnist_pca", "mnist_hvae"),
    "fashion_mnist": ("fashion_vae", "fashion_vaegan", "fashion_hvae"),
    "emoji": ("emoji_hvae",),
}
ODD = {"mnist": ("fashion_mnist",), "fashion_mnist": ("mnist",), "emoji": ("sprites", "cells")}
PUBLISHED = [
    f"{model}:{odd}" for data, models in MODELS.items() for model in models for odd in ODD[data]
]


@dataclass(frozen=True)
class Trained:
    """A small VAE of all labels of a data set but for one.

    Attributes:
        what: it is, in the table.
        labels: those that are left out, one after the other.
        epochs: of its training.
        binarise: of the data.
        arguments: of the VAE.
    """

    what: str
    labels: tuple[str, ...]
    epochs: int
    binarise: str
    arguments: dict[str, Any] = field(default_factory=dict)


DIGITS = tuple(map(str, range(10)))
# Of ten; the others have five pictures and fewer in the test split.
GROUPS = (
    "Animals & Nature", "Food & Drink", "Objects", "People & Body", "Smileys & Emotion", "Symbols",
    "Travel & Places",
)  # fmt: skip
COLOUR = {
    "latent_dim": 32,
    "network": {"name": "mlp", "hidden": [256], "shortcut": True},
    "likelihood": {"name": "normal", "standardise": "per_dimension"},
}
TRAINED = {
    "digits": Trained(
        "VAE of the other nine digits", DIGITS, 60, "static",
        {"latent_dim": 8, "network": {"name": "mlp", "hidden": [128]}},
    ),
    "mnist": Trained(
        "VAE of MNIST's other nine digits", DIGITS, 8, "static",
        {"latent_dim": 32, "network": {"name": "mlp", "hidden": [300, 300]}},
    ),
    # Not RBC: of the other kinds there are too few to decide a threshold.
    "cells": Trained("VAE of the other cells", ("Platelets", "WBC"), 20, "none", COLOUR),
    "emoji": Trained("VAE of the other emoji", GROUPS, 20, "none", COLOUR),
}  # fmt: skip
LEFT_OUT = [f"{data}:{label}" for data, one in TRAINED.items() for label in one.labels]
ENTRIES = [*PUBLISHED, *LEFT_OUT]


class Remembered(Bounds):
    """A model that scores the same examples once, whichever method asks."""

    def __init__(self, model: GenerativeModel) -> None:
        self._model, self.reconstruct = model, model.reconstruct
        self._weights: dict[object, ImportanceWeights] = {}

    def importance_weights(self, x: Any, **options: Any) -> ImportanceWeights:
        key = (hash(x.tobytes()), tuple(sorted(options.items())))
        if key not in self._weights:
            self._weights[key] = self._model.importance_weights(x, **options)
        return self._weights[key]


def examples(data: str, split: str, seed: int, binary: bool) -> Array:
    """`NUM` random examples, or all; of binary models drawn as bits, as theirs were."""
    source = getattr(datasets.load(data), split)
    rng = np.random.default_rng([seed, len(source)])
    x = datasets.as_float(source[np.sort(rng.permutation(len(source))[:NUM])])
    return (rng.random(x.shape) < x).astype(np.float32) if binary else x


def measure(entry: str) -> dict[str, Any]:
    """AUROC, average precision, and what the threshold finds, by method: one number a seed."""
    name, odd = entry.split(":")
    if entry in LEFT_OUT:
        seeds = [left_out(name, odd, 0)]
    else:
        model = vaezoo.load(name)
        seeds = [scores(model, odd, seed) for seed in range(SEEDS)]
    return {
        method: {key: [one[method][key] for one in seeds] for key in seeds[0][method]}
        for method in seeds[0]
    }


def scores(model: Model, odd: str, seed: int) -> dict[str, Any]:
    """The figures of each method that the model can be asked for."""
    # Those of grey images with a density were trained on bits.
    has_density = "score" in model.manifest.graphs
    binary = has_density and model.manifest.likelihood == "Bernoulli"
    usual = model.manifest.data
    x = np.concatenate([examples(name, "test", seed, binary) for name in (usual, odd)])
    validation, train = (examples(usual, split, seed, binary) for split in ("validation", "train"))
    is_odd, names = np.arange(len(x)) >= NUM, METHODS if has_density else ["reconstruction"]
    return figures(model, names, x, is_odd, validation, train, seed, binary)


def left_out(name: str, label: str, seed: int) -> dict[str, Any]:
    """The same, of a VAE that is trained without one label."""
    import keras

    from vaezoo.models import VAE

    keras.utils.set_random_seed(seed)
    trained = TRAINED[name]
    data = datasets.load(name, binarise=trained.binarise)
    code = data.label_names.index(label) if data.label_names else int(label)
    rows = {split: labels != code for split, labels in data.labels.items()}
    train, validation = (getattr(data, name)[rows[name]] for name in ("train", "validation"))
    model = VAE(data.data_shape, seed=seed, **trained.arguments)
    model.compile(optimizer=keras.optimizers.Adam(2e-3))
    arrays = [datasets.as_float(x) for x in (data.test, validation, train)]
    model.fit(arrays[2], epochs=trained.epochs, batch_size=64, verbose=0)
    binary = trained.binarise != "none"
    return figures(model, METHODS, arrays[0], ~rows["test"], *arrays[1:], seed, binary)


def figures(
    model: GenerativeModel,
    names: Iterable[str],
    x: Array,
    is_odd: Array,
    validation: Array,
    train: Array,
    seed: int,
    binary: bool,
) -> dict[str, Any]:
    """Of x by these methods; the others are usual."""
    remembered = Remembered(model)
    options: dict[str, Any] = {"num_samples": NUM_SAMPLES, "seed": seed}
    results = {}
    for name in names:
        method = METHODS[name]
        needed: dict[str, Any] = {}
        if name == "typicality":
            needed["reference"] = remembered.log_likelihood(validation, **options)
        if name == "likelihood_ratio":
            needed["background"] = IndependentPixels.fit(train, binary=binary)
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


COLUMNS = ("auroc", "average_precision", "true_positives", "false_positives")


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| model | odd | method | AUROC | average precision | found | false positives |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in filter(results.__contains__, PUBLISHED):
        for method, figures in results[entry].items():
            lines.append(line(*entry.split(":"), method, [figures[key] for key in COLUMNS]))
    for data in TRAINED:
        lines += lines_of_left_out(data, results)
    return "\n".join(lines) + "\n"


def lines_of_left_out(data: str, results: dict[str, Any]) -> Iterator[str]:
    """A line for each method, over the labels that were left out."""
    trained = TRAINED[data]
    by_label = {label: results.get(f"{data}:{label}") for label in trained.labels}
    if None in by_label.values():
        return
    for method in by_label[trained.labels[0]]:
        figures = {label: one[method] for label, one in by_label.items()}
        least, *_, best = sorted(figures, key=lambda label: figures[label]["auroc"])
        values = [[value for one in figures.values() for value in one[key]] for key in COLUMNS]
        yield line(trained.what, f"the one left out: least {least}, best {best}", method, values)


def line(model: str, odd: str, method: str, values: list[list[float]]) -> str:
    cells = [model, odd, method.replace("_", " "), *map(spread, values[:2])]
    return "| " + " | ".join([*cells, *map(percent, values[2:])]) + " |"


def spread(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def percent(values: list[float]) -> str:
    return f"{100 * np.mean(values):.1f} %"


if __name__ == "__main__":
    report("anomalies", __doc__, ENTRIES, each, table)
