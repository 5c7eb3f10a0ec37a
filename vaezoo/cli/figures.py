"""Figures and next steps, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Of metrics.json: key, name, what it means.
_DENSITY = (
    ("elbo", "ELBO", "lower bound of log {density}, nats per example"),
    ("reconstruction", "  reconstruction", "E[log p(x|z)]: how well z explains x"),
    ("kl", "  - KL", "nats that z holds about x"),
)


def figures(metrics: Mapping[str, Any]) -> list[str]:
    """The figures of metrics.json, a line each, with what they mean."""
    split = metrics.get("data", {}).get("split", "test")
    kind = "rows" if split == "all" else f"{split} examples"
    lines = [f"On {metrics['num_examples']} {kind}, mean ± standard error:"]
    lines += [*_density(metrics), *_all_models(metrics), *_augmented(metrics)]
    return [*lines, *_baselines(metrics), *(f"warning: {w}" for w in metrics.get("warnings", ()))]


def _augmented(metrics: Mapping[str, Any]) -> Iterator[str]:
    """That a model was trained on other examples than it is measured on."""
    if metrics.get("augment"):
        names = ", ".join(metrics["augment"])
        yield f"  trained on augmented examples ({names}), measured on examples as they are"


def _density(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Figures of a model that has a density."""
    from vaezoo._named_figures import has_importance_samples, is_conditional

    if "elbo" not in metrics:
        return
    density = "p(x|condition)" if is_conditional(metrics) else "p(x)"
    for key, name, meaning in _DENSITY:
        yield _line(name, _value(metrics[key]), meaning.format(density=density))
    if has_importance_samples(metrics):
        name, meaning = "log-likelihood", f"log {density}, higher is better"
        if not metrics["normalised"]:
            name, meaning = "cross-entropy", "not a likelihood"
        meaning = f"{meaning}; {metrics['log_likelihood']['num_samples']} importance samples"
        yield _line(name, _value(metrics["log_likelihood"]), meaning)
    if "bits_per_dimension" in metrics:
        value = _value(metrics["bits_per_dimension"], 4)
        yield _line("bits/dimension", value, "the same, per value of an example; lower is better")
    if is_conditional(metrics):
        yield f"  of {density}: each example's condition is given; not comparable with log p(x)"
    if not metrics["normalised"]:
        yield "  p(x|z) is not normalised on the values of these data: so no figure is a likelihood"


def _all_models(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Figures that need no density."""
    if "mean_squared_error" in metrics:
        value = _value(metrics["mean_squared_error"], 4)
        yield _line("squared error", value, "of reconstructions, per pixel or value")
    if "scaled_squared_error" in metrics:
        value = _value(metrics["scaled_squared_error"], 4)
        yield _line("  scaled", value, "in squares of each value's standard deviation")
    value = f"{metrics['active_units']:8d} of {metrics['latent_dim']}"
    yield _line("active units", value, "latent dimensions that vary with x")


def _baselines(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What the figures have to beat, on the same examples."""
    known = metrics.get("baselines", {})
    if not known:
        return
    yield "To beat, on the same examples:"
    pca, what = known["pca"], f"squared error of {known['pca']['latent_dim']} principal components"
    for key, unit in (("mean_squared_error", ""), ("scaled_squared_error", ", scaled")):
        if key in pca:
            yield _line("PCA", _value(pca[key], 4), what + unit)
    if "probabilistic_pca" in known:
        value = _value(known["probabilistic_pca"]["log_likelihood"])
        yield _line("PPCA", value, f"log p(x) of probabilistic PCA, {known['of']}")
        value = _value(known["independent"]["log_likelihood"])
        what = f"log p(x) of independent values, each a {known['independent']['family']}"
        yield _line("independent", value, what)


def _line(name: str, value: str, meaning: str) -> str:
    return f"  {name:16s} {value:18s} {meaning}"


def _value(figure: Mapping[str, float | None], digits: int = 2) -> str:
    error = figure["standard_error"]
    spread = "" if error is None else f" ± {error:.{digits}f}"
    return f"{figure['mean']:8.{digits}f}{spread}"


def next_steps(run: Path) -> list[str]:
    """What to do with a finished run: the exact commands."""
    from vaezoo.runtime import Manifest
    from vaezoo.runtime.conditions import example

    manifest = Manifest.read(run / "export")
    if manifest.schema is not None:
        return [
            "What next:",
            f"  generate   vaezoo generate {run} -n 1000 --seed 0 -o synthetic.csv",
            f"  odd rows   vaezoo score {run} --data table.csv -o odd.csv",
            f'  Python     table = TableModel(vaezoo.load("{run}")); table.generate(16, seed=0)',
        ]
    condition = manifest.condition
    value = None if condition is None else example(condition)
    text = value if isinstance(value, str) else str(value).strip("[]").replace(" ", "")
    option = "" if value is None else f" --condition {shlex.quote(text)}"
    argument = "" if value is None else f", condition={value!r}"
    return [
        "What next:",
        f"  report     vaezoo evaluate {run} --report {run / 'report'}",
        f"  generate   vaezoo generate {run}{option} -n 64 --seed 0 -o samples.png",
        f'  Python     model = vaezoo.load("{run}"); model.generate(16{argument}, seed=0)',
    ]
