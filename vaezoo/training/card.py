"""The card of a trained model: what it is, how it was made, how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vaezoo import datasets
from vaezoo._storage import files
from vaezoo.training.recipe import Recipe

_CARD = """# {name}

{summary}

![Samples above; data and reconstructions in pairs of rows below]({picture})

Above: 64 samples, {origin}, seed 0. Below: pairs of rows, test data and reconstructions.

| | |
|---|---|
| model | {model} |
| data | {data}; binarise = "{binarise}" |
| licence of the data | {licence} |
| source of the data | {source} |
| splits | {splits} |
| seed | {seed} |

## How good it is
{figures}
{references}
The weights are those of {best}; they were not chosen on the
test split. All figures are in metrics.json.

## How it was made
```
vaezoo train recipe.toml --out runs/{name}
```
with the recipe.toml beside this card. Training took {training:.0f} s and evaluation
{evaluation:.0f} s.

## Use
{use}
Made for teaching, comparison and testing. It draws what its training data hold, with their
gaps, and nothing else.
"""

_USE = """```python
import vaezoo

model = vaezoo.load("{preset}")  # or the folder of the run or export
images = model.generate(16, seed=0{condition})
```"""

_ORIGIN = ("z ~ p(z)", "z drawn by a sampler fitted to the codes of the training data")

_DENSITY = """On {num_examples} test examples, nats per example, ± standard error over the examples:

| ELBO | = reconstruction | − KL | {likelihood}, {num_samples} importance samples | active units |
|---|---|---|---|---|
| {elbo} | {reconstruction} | {kl} | {log_likelihood} | {active_units} of {latent_dim} |"""

_SAMPLES = """

{num} of each, compared with test data in the features of a classifier of {judge} (accuracy
{accuracy:.4f}), which is sure where it gives a class 95% or more:

| | Fréchet distance | coverage | share it is sure of |
|---|---|---|---|
{rows}"""

_SOURCES = {
    "prior": "samples, z of the prior",
    "sampler": "samples, z of the sampler",
    "real": "training data",
}

_FACTORS = """

How well the dimensions of the code follow the factors of the data, each score from 0 to 1:

| MIG | FactorVAE score | DCI | SAP | modularity |
|---|---|---|---|---|
| {mig:.2f} | {factor_vae:.2f} | {dci_disentanglement:.2f} | {sap:.2f} | {modularity:.2f} |"""

_BEST = {
    "val_elbo": "the epoch with the best validation ELBO",
    "val_loss": "the epoch with the best validation loss",
    "epoch": "the last epoch",
}

_NO_DENSITY = """This model has no density that was fitted, and so no likelihood. On
{num_examples} test examples the squared error of its reconstructions is {error} a value, and
{active_units} of {latent_dim} dimensions of the code are active."""


def write_card(
    path: Path,
    recipe: Recipe,
    data: datasets.Dataset,
    metrics: dict[str, Any],
    *,
    best: str,
    conditioned: bool = False,
) -> None:
    """Writes the card, every figure of it from `metrics`.

    Args:
        path: of the card.
        recipe: that made the model.
        data: that it was trained on.
        metrics: the content of metrics.json.
        best: which figure told the best epoch: "val_elbo", "val_loss" or "epoch".
        conditioned: whether the model asks for a condition.
    """
    arguments = {key: value for key, value in recipe.model.items() if key != "name"}
    text = _CARD.format(
        name=recipe.name,
        summary=recipe.summary or f"A {recipe.model['name']} trained on {data.name}.",
        picture="picture.png",
        origin=_ORIGIN[recipe.evaluation.sampler is not None],
        model=f"{recipe.model['name']}: "
        + ", ".join(f"{key} = {value}" for key, value in arguments.items()),
        data=data.name,
        binarise=recipe.data.binarise,
        licence=data.licence,
        source=data.source,
        splits=data.splits,
        seed=recipe.seed,
        figures=_figures(metrics) + _scored(metrics) + _factors(metrics) + _samples(metrics),
        references="".join(
            f"\nPublished elsewhere: {item.log_likelihood}, {item.what} ({item.source}).\n"
            for item in recipe.references
        ),
        best=_BEST[best],
        use=_USE.format(preset=recipe.name, condition=", condition=..." if conditioned else ""),
        **metrics["seconds"],
    )
    with files.replaced_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _figures(metrics: dict[str, Any]) -> str:
    def figure(key: str, digits: int = 2) -> str:
        value = metrics[key]
        error = value["standard_error"]
        return f"{value['mean']:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")

    counts = {key: metrics[key] for key in ("num_examples", "active_units", "latent_dim")}
    if "elbo" not in metrics:
        return _NO_DENSITY.format(error=figure("mean_squared_error", 4), **counts)
    names = ("elbo", "reconstruction", "kl", "log_likelihood")
    return _DENSITY.format(
        likelihood="log-likelihood" if metrics["normalised"] else "cross-entropy, no likelihood",
        num_samples=metrics["log_likelihood"]["num_samples"],
        **{name: figure(name) for name in names},
        **counts,
    )


def _scored(metrics: dict[str, Any]) -> str:
    """Which examples got all importance samples, where not all of them did."""
    scored = metrics.get("log_likelihood", {"num_examples": metrics["num_examples"]})
    if scored["num_examples"] == metrics["num_examples"]:
        return ""
    few = max(1, scored["num_samples"] // 100)
    return (
        f"\n\n{scored['num_examples']} of the examples, evenly spaced, got all importance samples, "
        f"the others {few}; the mean is corrected by what more gain."
    )


def _factors(metrics: dict[str, Any]) -> str:
    """What the code tells of the data's factors, where these are known."""
    return _FACTORS.format(**metrics["disentanglement"]) if "disentanglement" in metrics else ""


def _samples(metrics: dict[str, Any]) -> str:
    """Samples beside training data, in the eyes of the judge."""
    if "samples" not in metrics:
        return ""
    samples = metrics["samples"]
    rows = [
        f"| {text} | {found['frechet_distance']:.1f} | {found['coverage']:.3f} "
        f"| {found['confident_share']:.3f} |"
        for name, text in _SOURCES.items()
        if (found := samples.get(name))
    ]
    return _SAMPLES.format(
        num=samples["num"],
        reference_classifier=samples["judge"]["data"],
        accuracy=samples["judge"]["accuracy"]["mean"],
        rows="\n".join(rows),
    )
