"""One HTML page about a model: no script, no external resource."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo._named_figures import factors_split, has_importance_samples, is_conditional
from vaezoo._storage import files
from vaezoo.datasets.base import Dataset, evenly_spaced
from vaezoo.latent import AttributeDirection
from vaezoo.protocols import Array
from vaezoo.report import markup
from vaezoo.report.measure import test_examples
from vaezoo.report.pictures import pictures
from vaezoo.report.plots import bars, scatter
from vaezoo.report.table_figures import table_figures
from vaezoo.report.table_sections import table_sections
from vaezoo.report.tables import Cell, Table
from vaezoo.report.tables import html as table
from vaezoo.runtime.model import Model

METRICS, PAGE = "metrics.json", "index.html"
_SHOWN = 2000  # posterior means on the map


def write_report(folder: Path, model: Model, data: Dataset, metrics: Mapping[str, Any]) -> Path:
    """Writes metrics.json, and index.html for reading: the path of the latter.

    Args:
        folder: created if absent.
        model: from `vaezoo.load`.
        data: that it was evaluated on.
        metrics: of `vaezoo.evaluation.evaluate` and `vaezoo.report.measure`.
    """
    if model.manifest.schema is not None and "table" not in metrics:
        metrics = {**metrics, "table": table_figures(model, data)}
    files.write_json(folder / METRICS, metrics)
    with files.replaced_file(folder / PAGE) as temporary:
        temporary.write_text(page(model, data, metrics), encoding="utf-8")
    return folder / PAGE


def page(model: Model, data: Dataset, metrics: Mapping[str, Any]) -> str:
    """The HTML of the page; arguments as for `write_report`."""
    manifest = model.manifest
    size = sum(manifest.files[graph.file].bytes for graph in manifest.graphs.values())
    facts = (
        f"{manifest.model} of {data.name}, latent_dim {manifest.latent_dim}, {size / 1e6:.1f} MB "
        f"of ONNX. Figures of {metrics['num_examples']} {_rows(metrics)}, ± standard error."
    )
    x, labels = test_examples(model, data, _SHOWN)
    kl = metrics.get("kl_per_dimension")
    sections = [_likelihoods(metrics), _samples(metrics), _continuity(metrics), _codes(metrics)]
    sections.append(_attributes(metrics, model.directions))
    if model.manifest.schema is not None:
        sections += table_sections(model, data, metrics.get("table", {}))
    else:
        sections += [
            markup.figure(title, markup.image(picture, chart=x.ndim == 2))
            for title, picture in pictures(model, x, labels, kl).items()
        ]
    sections.append(_map(model, data, x, labels))
    if parts := kl or metrics.get("kl_per_group"):
        what = "per latent dimension" if kl else "per latent group"
        sections.append(markup.figure(f"KL(q(z|x) || p(z)) {what}, nats", bars(parts, "nats")))
    return markup.page(manifest.preset, facts, sections)


def _rows(metrics: Mapping[str, Any]) -> str:
    split = metrics.get("data", {}).get("split", "test")
    return "rows" if split == "all" else f"{split} examples"


def _table(title: str, header: list[str], rows: list[list[str]], note: str = "") -> str:
    return table(Table(title, header, [[*map(Cell, row)] for row in rows], [note] if note else []))


def _number(value: float | Mapping[str, Any], digits: int = 2) -> str:
    """A figure with its standard error, if it has one."""
    if not isinstance(value, Mapping):
        return f"{value:.{digits}f}".replace("-", "−")
    error = value.get("standard_error")
    spread = "" if error is None else f" ± {error:.{digits}f}"
    return f"{value['mean']:.{digits}f}{spread}".replace("-", "−")


_NATS = {
    "elbo": "ELBO",
    "reconstruction": "reconstruction, E_q[log p(x|z)]",
    "kl": "KL(q(z|x) || p(z))",
    "mutual_information": "of the KL: mutual information of x and z",
    "total_correlation": "of the KL: total correlation of the dimensions of z",
    "dimension_wise_kl": "of the KL: dimension-wise KL",
    "marginal_kl": "KL(q(z) || p(z))",
    "log_likelihood": "log-likelihood",
}


def _likelihoods(metrics: Mapping[str, Any]) -> str:
    sampled, normalised = has_importance_samples(metrics), metrics.get("normalised", True)
    names = _NATS if normalised else _NATS | {"log_likelihood": "cross-entropy, not a likelihood"}
    keys = [key for key in names if key in metrics and (sampled or key != "log_likelihood")]
    rows = [[names[key], _number(metrics[key])] for key in keys]
    for key, text in (
        ("bits_per_dimension", "bits per dimension"),
        ("mean_squared_error", "squared error of reconstructions, per value"),
    ):
        if key in metrics:
            rows.append([text, _number(metrics[key], 4)])
    rows.append(["active units", f"{metrics['active_units']} of {metrics['latent_dim']}"])
    if "log_likelihood" not in metrics:
        return _table("Reconstruction", ["", ""], rows, "This model has no fitted density.")
    title = "Likelihood" if normalised else "Cross-entropy"
    return _table(title, ["", ""], rows, " ".join(_about_likelihoods(metrics)))


def _about_likelihoods(metrics: Mapping[str, Any]) -> Iterator[str]:
    normalised = metrics.get("normalised", True)
    yield "Nats per example."
    if has_importance_samples(metrics):
        text = "{figure} with {num_samples} importance samples for each of {num_examples}."
        figure = "Log-likelihood" if normalised else "Cross-entropy"
        yield text.format(figure=figure, **metrics["log_likelihood"])
    else:
        yield "There is no estimate of the log-likelihood but the ELBO."
    if is_conditional(metrics):
        yield "Every example's condition is given: not comparable with log p(x)."
    if not normalised:
        yield "p(x|z) is not normalised on the values of these data: no figure is a likelihood."


_SAMPLES = {
    "frechet_distance": ("Fréchet distance", 2),
    "precision": ("precision", 3),
    "recall": ("recall", 3),
    "density": ("density", 3),
    "coverage": ("coverage", 3),
    "confident_share": ("classifier confident (95% or more)", 3),
    "memorisation_ratio": (
        "closest to unseen data, relative to chance; 0: copies of training data",
        3,
    ),
    "code_accuracy": ("accuracy of a classifier between z and latents of data; 0.5 is best", 3),
}


def _samples(metrics: Mapping[str, Any]) -> str:
    if "samples" not in metrics:
        return ""
    samples = metrics["samples"]
    columns = [name for name in ("real", "reconstructions", "prior", "sampler") if name in samples]
    rows = [
        [text, *(_number(samples[c][key], digits) if key in samples[c] else "" for c in columns)]
        for key, (text, digits) in _SAMPLES.items()
    ]
    classifier = samples.get("reference_classifier") or samples["judge"]  # in runs of version 0.1
    note = (
        f"In the features of a classifier trained on {classifier['data']}, with a test accuracy of "
        f"{_number(classifier['accuracy'], 4)}; {samples['num']} of each, compared with test "
        "examples. “real” are training examples: the best that a model can reach. A sample is the "
        "mean of p(x|z) for one z, not a draw of it."
    )
    return _table("Samples: does every z decode to something real?", ["", *columns], rows, note)


_BETWEEN = {
    "length_ratio": "length of the path ÷ distance of its ends",
    "step_ratio": "largest ÷ mean step",
    "confident_share": "classifier confident (95% or more)",
    "jacobian_norm": "norm of dx/dz at posterior means of test examples",
}


def _continuity(metrics: Mapping[str, Any]) -> str:
    if "continuity" not in metrics:
        return ""
    figures = metrics["continuity"]
    rows = [[text, _number(figures[key])] for key, text in _BETWEEN.items() if key in figures]
    return _table("Continuity: decodings between two latents", ["", ""], rows)


def _codes(metrics: Mapping[str, Any]) -> str:
    rows = []
    if "linear_probe" in metrics:
        rows.append(
            ["accuracy of a linear classifier of the labels", _number(metrics["linear_probe"], 4)]
        )
    scores, note = dict(metrics.get("disentanglement", {})), ""
    if scores:
        note = f"Scores for factors: of posterior means of the {factors_split(scores)} split."
    for key, value in scores.items():
        if key not in ("split", "num_examples"):
            rows.append([key.replace("_", " "), _number(value, 3)])
    for key in ("interpretability", "spearman", "sap", "mig"):
        if key in metrics.get("attributes", {}):
            rows.append([f"attributes: {key}", _number(metrics["attributes"][key], 3)])
    return _table("What the latents reveal", ["", ""], rows, note) if rows else ""


def _attributes(metrics: Mapping[str, Any], directions: Mapping[str, AttributeDirection]) -> str:
    """How dimensions follow attributes, and the directions that were fitted."""
    scores = metrics.get("attributes", {})
    keys = ("names", "dimension", "spearman_each", "interpretability_each")
    rows = {
        name: [f"{dimension + 1}", _number(rank), _number(fit), "", "", ""]
        for name, dimension, rank, fit in zip(*(scores.get(key, ()) for key in keys), strict=True)
    }
    for name, one in directions.items():
        quality = "R²" if one.method == "ridge" else "AUROC"
        given = f", given {', '.join(one.given)}" if one.given else ""
        fitted = [f"{one.method}{given}", f"{quality} {_number(one.fit_quality)}"]
        rows[name] = [*rows.get(name, ["", "", ""])[:3], *fitted, f"{one.stddev:.3g}"]
    if not rows:
        return ""
    header = [
        "", "dimension that tells most", "rank correlation", "R² of a line", "fitted direction",
        "codes tell it", "one step",
    ]  # fmt: skip
    note = "A step of a direction is one standard deviation of the attribute, in its own unit."
    lines = [[name, *cells] for name, cells in rows.items()]
    kept = [any(column) for column in zip(*lines, strict=True)]
    header, *lines = (list(itertools.compress(line, kept)) for line in (header, *lines))
    return _table("Attributes", header, lines, note if directions else "")


def _map(model: Model, data: Dataset, x: Array, labels: Array | None) -> str:
    """Posterior means in two dimensions: as they are, or on their first principal components."""
    means = model.encode_mean(x, condition=labels).astype(np.float64)
    title = "Posterior means of test data"
    if means.shape[1] > 2:
        centred = means - means.mean(axis=0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        means, title = centred @ axes[:2].T, f"{title}, on their first two principal components"
    if means.shape[1] < 2:
        return ""
    classes = data.labels.get("test")
    if classes is not None:
        classes = classes[evenly_spaced(len(classes), len(x))]
        title += ", coloured by label"
    return markup.figure(title, scatter(means, classes))
