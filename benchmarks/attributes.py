"""How well models follow attributes, and change one of them: tables of MNIST and dSprites.

    python benchmarks/attributes.py [NAME ...] [--docs]

Of each model: how posterior means of test examples follow the attributes (interpretability, rank
correlation, SAP and MIG as in Pati & Lerch 2021). Of MNIST also edits: 500 test digits are decoded
with an attribute changed by -1, -1/2, 1/2 and 1 of its standard deviations, and measured again.
Directions are fitted to codes of 5,000 validation digits: by themselves, and with the other
attributes given; AttributeVAE also moves along the attribute's own dimension. Edit accuracy is the
rank correlation of asked and measured change, label kept the share of digits that a classifier
reads as it read their reconstruction, leak the mean change of the other attributes in their
standard deviations (these two at -1 and 1), off-manifold the Fréchet distance of edited digits (at
-1 and 1) from test digits in the classifier's features, beside that of reconstructions.

Of MNIST also interpolations, between the test digits of 20 pairs, of one label in a model of
labels: 17 points by a straight line, around the origin, and by a geodesic in the classifier's
features. Length is that of the decoded path in these features, relative to the distance of its
ends; confidence the classifier's in its first guess, at the point where it is smallest. Beside
them, a fade in pixels from one test digit to the other, and 17 real digits for each pair.

Published models are used where there are any. The others are trained by their recipes into
runs/attributes_<name>, which an interrupted run goes on with, and their network is also trained as
a beta-VAE. MINUTES=2 trains each for two minutes at most, to try the command. Needs
vaezoo[train,attributes]. Writes benchmarks/results/attributes.json after each model; --docs
rewrites the tables in docs/benchmarks/attributes.md.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo.training import Recipe

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from report import report

import vaezoo
from vaezoo import datasets, reference_classifiers
from vaezoo.datasets.base import Dataset, evenly_spaced
from vaezoo.errors import ConfigError
from vaezoo.latent import AttributeDirection, Geodesic, edit, interpolate
from vaezoo.metrics import attribute_control, edit_accuracy, frechet_distance, label_kept, leak
from vaezoo.protocols import Array
from vaezoo.reference_classifiers import ReferenceClassifier
from vaezoo.runtime import Model

RUNS = Path("runs")
AMOUNTS, ENDS = (-1.0, -0.5, 0.5, 1.0), (-1.0, 1.0)
NUM_CODES, NUM_FITTED, NUM_EDITED, NUM_PAIRS, POINTS = 10_000, 5_000, 500, 20, 17
MNIST = ("mnist_vae", "mnist_beta_vae", "mnist_cvae", "mnist_hvae", "mnist_ae", "mnist_pca")
SIZE = {"dataset_size": 50_000}
# Models that are trained here: a recipe and what is changed in it.
TRAINED = {
    "mnist_attributes": ("mnist_attributes", None),
    "mnist_attributes_beta_vae": ("mnist_attributes", {"name": "BetaVAE", "beta": 4.0}),
    "mnist_attributes_beta_tcvae": ("mnist_attributes", {"name": "BetaTCVAE", "beta": 6.0, **SIZE}),
    "dsprites_attributes": ("dsprites_attributes", None),
    "dsprites_attributes_gamma_10": (
        "dsprites_attributes",
        {"name": "AttributeVAE", "gamma": 10.0},
    ),
    "dsprites_attributes_beta_vae": ("dsprites_attributes", {"name": "BetaVAE", "beta": 4.0}),
}
ENTRIES = [*MNIST, *TRAINED, "dsprites_beta_tcvae"]
PUBLISHED = {  # Pati & Lerch 2021, read off their plots
    "mnist": [
        "AR-VAE, published | .85 | .955 | .545 | .135",
        "β-VAE, published | .405 | .625 | .285 | .03",
    ],
    "dsprites": [
        "AR-VAE, published | .85 | .885 | .845 | .69",
        "β-VAE, published | .45 | .615 | .40 | .325",
    ],
}


def measure(names: list[str]) -> Iterator[dict[str, Any]]:
    """The figures of each model."""
    for name in names:
        model = trained(name) if name in TRAINED else vaezoo.load(name)
        yield figures(model, of_data(str(model.manifest.data)))


def of_data(name: str) -> Dataset:
    """A data set with all its attributes."""
    return datasets.load(name, attributes=list(datasets.attribute_names(name)))


def trained(name: str) -> Model:
    """The export of a run, which is trained unless it is there."""
    from vaezoo.training import folder, train

    if TRAINED[name][1] is None and name in vaezoo.zoo.names():
        return vaezoo.load(name)
    recipe = recipe_of(name)
    out = RUNS / f"attributes_{name}"
    if not (out / folder.METRICS).exists():
        train(recipe, out)
    return vaezoo.load(out)


def recipe_of(name: str) -> Recipe:
    """How a model is trained."""
    from vaezoo.training import load_recipe

    recipe_name, changes = TRAINED[name]
    if changes is None:
        return load_recipe(recipe_name, limits())
    quick = ["evaluation.num_samples=100", "evaluation.max_scored=300"]  # no figure of it is used
    recipe = load_recipe(recipe_name, quick + limits())
    kept = {k: v for k, v in recipe.model.items() if k not in ("gamma", "delta")}
    return dataclasses.replace(recipe, name=name, model={**kept, **changes})


def limits() -> list[str]:
    """Changes of a recipe for as many minutes as MINUTES says, if it says any."""
    minutes = os.environ.get("MINUTES")
    if minutes is None:
        return []
    return [
        "optimizer.schedule=cooldown", f"training.minutes={float(minutes)}",
        "training.steps_per_epoch=50", "evaluation.num_samples=10", "evaluation.max_examples=200",
    ]  # fmt: skip


def figures(model: Model, data: Dataset) -> dict[str, Any]:
    """How the model's codes follow the attributes, and of digits how edits change them."""
    names = list(data.attribute_names)
    z, y = codes(model, data, "test", NUM_CODES)
    found: dict[str, Any] = {"model": model.manifest.model, "attributes": names}
    found["control"] = attribute_control(z, y)
    if data.name not in reference_classifiers.REFERENCE_CLASSIFIERS:
        return found
    for kind, directions in directions_of(model, data).items():
        found[kind] = edits(model, data, directions)
    found["interpolation"] = interpolations(model, data)
    return found


def condition_of(model: Model, data: Dataset, split: str, rows: Array) -> Array | None:
    return data.labels[split][rows] if model.manifest.condition is not None else None


def codes(model: Model, data: Dataset, split: str, most: int) -> tuple[Array, Array]:
    """Posterior means of some examples, and their attributes."""
    source = getattr(data, split)
    rows = evenly_spaced(len(source), most)
    x = datasets.as_float(source[rows])
    z = model.encode_mean(x, condition=condition_of(model, data, split, rows))
    return z, data.attributes[split][rows]


def directions_of(model: Model, data: Dataset) -> dict[str, list[AttributeDirection]]:
    """Directions of the attributes, by the way in which they are found."""
    z, y = codes(model, data, "validation", NUM_FITTED)
    places = range(y.shape[1])
    others = [np.delete(y, a, axis=1) for a in places]
    found = {
        "fitted": [AttributeDirection.fit(z, y[:, a]) for a in places],
        "given": [AttributeDirection.fit(z, y[:, a], given=others[a]) for a in places],
    }
    if model.manifest.model == "AttributeVAE":
        found["dimension"] = [along_dimension(z, y[:, a], a) for a in places]
    return found


def along_dimension(z: Array, y: Array, place: int) -> AttributeDirection:
    """The step along one dimension of z that its own standard deviation is."""
    step = np.zeros(z.shape[1])
    step[place] = z[:, place].std()
    quality = float(np.corrcoef(z[:, place], y)[0, 1] ** 2)
    return AttributeDirection(step, float(y.mean()), float(y.std()), "dimension", quality)


def edits(model: Model, data: Dataset, directions: list[AttributeDirection]) -> dict[str, Any]:
    """The figures of the edits, by attribute; and those of no edit."""
    rows = evenly_spaced(len(data.test), NUM_EDITED)
    x, c = datasets.as_float(data.test[rows]), condition_of(model, data, "test", rows)
    classify = reference_classifiers.load(data.name)
    plain = images(model, x, directions[0], 0.0, c)
    before, seen = datasets.measure_strokes(plain), classify(plain)
    real = classify(x).features
    spread = data.attributes["test"].std(axis=0)
    found: dict[str, Any] = {"reconstructions": frechet_distance(real, seen.features)}
    for place, (name, direction) in enumerate(zip(data.attribute_names, directions, strict=True)):
        edited = [images(model, x, direction, amount, c) for amount in AMOUNTS]
        after = [datasets.measure_strokes(each) for each in edited]
        far = [n for n, amount in enumerate(AMOUNTS) if amount in ENDS]
        classes = [classify(edited[n]) for n in far]
        labels = np.concatenate([each.probabilities.argmax(axis=1) for each in classes])
        found[name] = {
            "edit_accuracy": edit_accuracy(
                np.repeat(AMOUNTS, len(x)),
                np.tile(before[:, place], len(AMOUNTS)),
                np.concatenate([each[:, place] for each in after]),
            ),
            "label_kept": label_kept(np.tile(seen.probabilities.argmax(axis=1), len(far)), labels),
            "leak": leak(
                np.tile(before, (len(far), 1)),
                np.concatenate([after[n] for n in far]),
                spread,
                place,
            ),
            "off_manifold": float(np.mean([frechet_distance(real, e.features) for e in classes])),
        }
    return found


def interpolations(model: Model, data: Dataset) -> dict[str, dict[str, float]]:
    """The figures of each kind of path that the space has, of a fade, and of real digits."""
    classify = reference_classifiers.load(data.name)
    rng = np.random.default_rng(0)
    labels = data.labels["test"]
    starts = rng.permutation(len(labels))[:NUM_PAIRS]
    if model.manifest.condition is None:
        ends, condition = rng.permutation(len(labels))[:NUM_PAIRS], None
    else:
        condition = labels[starts]
        ends = np.array([rng.choice(np.flatnonzero(labels == c)) for c in condition])
    a, b = datasets.as_float(data.test[starts]), datasets.as_float(data.test[ends])
    kinds: dict[str, Any] = {"line": "line", "spherical": "spherical"}
    kinds["geodesic"] = Geodesic(features=lambda x: classify(np.clip(x, 0, 1)).features)
    found = {}
    for name, path in kinds.items():
        try:
            walks = interpolate(model, a, b, POINTS, path, condition=condition)
        except ConfigError:  # the space has no such path
            continue
        found[name] = walk_figures(classify, walks)
    share = np.linspace(0, 1, POINTS)[:, None, None, None]
    found["fade"] = walk_figures(classify, a[:, None] * (1 - share) + b[:, None] * share)
    real = datasets.as_float(data.test[rng.integers(0, len(labels), NUM_PAIRS * POINTS)])
    digits = walk_figures(classify, real.reshape(NUM_PAIRS, POINTS, *real.shape[1:]))
    return {**found, "real": {"confidence": digits["confidence"]}}


def walk_figures(classify: ReferenceClassifier, walks: Array) -> dict[str, float]:
    """Of walks [P, T, *data_shape]: mean length in features by the distance of the ends, and mean
    smallest confidence."""
    seen = classify(np.clip(walks, 0, 1).reshape(-1, *walks.shape[2:]).astype(np.float32))
    features = seen.features.reshape(*walks.shape[:2], -1)
    lengths = np.linalg.norm(np.diff(features, axis=1), axis=2).sum(axis=1)
    apart = np.linalg.norm(features[:, -1] - features[:, 0], axis=1)
    confidence = seen.probabilities.max(axis=1).reshape(walks.shape[:2]).min(axis=1)
    return {"length": float(lengths.sum() / apart.sum()), "confidence": float(confidence.mean())}


def images(
    model: Model, x: Array, direction: AttributeDirection, amount: float, condition: Array | None
) -> Array:
    return np.clip(edit(model, x, direction, amount, condition=condition), 0, 1)


CONTROL = ("interpretability", "spearman", "sap", "mig")
KINDS = {"fitted": "fitted", "given": "fitted, the others given", "dimension": "its dimension"}
EDITS = {
    "edit_accuracy": "edit accuracy",
    "label_kept": "label kept",
    "leak": "leak",
    "off_manifold": "off-manifold",
}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown: codes of both data sets, then each figure of edits of digits."""
    parts = [control_table(results, data) for data in PUBLISHED]
    parts += [edit_table(results, figure) for figure in EDITS]
    parts += [walk_table(results), verdict(results)]
    return "\n\n".join(parts) + "\n"


def control_table(results: dict[str, Any], data: str) -> str:
    """A row for each model: the means over attributes, and interpretability of each."""
    names = datasets.attribute_names(data)
    lines = [
        f"| {data} | interpretability | Spearman | SAP | MIG | {' | '.join(names)} |",
        "|---" * (5 + len(names)) + "|",
        *(f"| {line}{' | ' * len(names)} |" for line in PUBLISHED[data]),
    ]
    for name in (entry for entry in ENTRIES if entry in results and entry.startswith(data)):
        control = results[name]["control"]
        values = [*(control[k] for k in CONTROL), *control["interpretability_each"]]
        lines.append(row(f"{name} ({results[name]['model']})", values))
    return "\n".join(lines)


def edit_table(results: dict[str, Any], figure: str) -> str:
    """A row for each model and way to find directions, a column for each attribute."""
    names = datasets.STROKES
    none = " no edit |" if figure == "off_manifold" else ""
    head = f"| {EDITS[figure]} | direction | {' | '.join(names)} |{none}"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for name in (entry for entry in ENTRIES if entry in results):
        for kind in (kind for kind in KINDS if kind in results[name]):
            found = results[name][kind]
            values = [found[attribute][figure] for attribute in names]
            values += [found["reconstructions"]] if none else []
            lines.append(row(f"{name} | {KINDS[kind]}", values, 1 if none else 3))
    return "\n".join(lines)


def verdict(results: dict[str, Any]) -> str:
    """Which attributes each model edits well, and how the paths compare."""
    good = {
        (name, kind): [a for a in datasets.STROKES if is_good(results[name][kind][a])]
        for name in results
        for kind in KINDS
        if kind in results[name]
    }
    best = max(map(len, good.values()), default=0)
    listed = "; ".join(
        f"{name} ({KINDS[kind]}): {', '.join(attributes)}"
        for (name, kind), attributes in good.items()
        if attributes and (len(attributes) == best or kind == "dimension")
    )
    paths = [found["interpolation"] for found in results.values() if "interpolation" in found]
    shorter = [1 - found["geodesic"]["length"] / found["line"]["length"] for found in paths]
    surer = sum(found["geodesic"]["confidence"] > found["line"]["confidence"] for found in paths)
    return (
        f"Edit accuracy above 0.9 with 95% of the labels kept, at most {best} of "
        f"{len(datasets.STROKES)} attributes: {listed}. Geodesics are {min(shorter):.0%} to "
        f"{max(shorter):.0%} shorter in features than straight lines, and the classifier is surer "
        f"along them in {surer} of {len(paths)} models."
    )


def is_good(figures: dict[str, float]) -> bool:
    return figures["edit_accuracy"] > 0.9 and figures["label_kept"] >= 0.95


WALKS = {
    "line": "straight line",
    "spherical": "around the origin",
    "geodesic": "geodesic in features",
    "fade": "fade in pixels",
    "real": "real digits",
}


def walk_table(results: dict[str, Any]) -> str:
    """A row for each model, length and smallest confidence by kind of path."""
    heads = [f"{WALKS[kind]}: {figure}" for kind in WALKS for figure in figures_of(kind)]
    lines = [f"| interpolation | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name in (entry for entry in ENTRIES if "interpolation" in results.get(entry, {})):
        found = results[name]["interpolation"]
        cells = [
            f"{found[kind][figure]:.2f}" if kind in found else "–"
            for kind in WALKS
            for figure in figures_of(kind)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figures_of(kind: str) -> tuple[str, ...]:
    return ("confidence",) if kind == "real" else ("length", "confidence")


def row(head: str, values: list[float], digits: int = 3) -> str:
    cells = [f"{value:.{digits}f}".replace("-", "−") for value in values]
    return f"| {head} | {' | '.join(cells)} |"


if __name__ == "__main__":
    report("attributes", __doc__, ENTRIES, measure, table)
