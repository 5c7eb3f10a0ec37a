"""What a card says of a model's figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaezoo._named_figures import factors_split, has_importance_samples, is_conditional
from vaezoo.training.attribute_card import attributes

_DENSITY = """On {num_examples} test examples, nats per example, ± standard error over the examples:

| ELBO{given} | = reconstruction | − KL | {likelihood} | active units |
|---|---|---|---|---|
| {elbo} | {reconstruction} | {kl} | {log_likelihood} | {active_units} of {latent_dim} |"""

_BITS = """

In other units: {bits} bits per dimension, lower is better."""

_CONDITIONAL = """

Every example's condition is given: these figures are of log p(x|condition), and not comparable with
those of log p(x)."""

_ERRORS = """

The squared error of its reconstructions is {0} per value{unit};
that of PCA with {num} components, on the same examples, {1}."""
_ERROR_UNITS = {
    "scaled_squared_error": " in squares of each value's standard deviation",
    "mean_squared_error": "",
}

_DENSITIES = """
Probabilistic PCA with {num} components has a log-likelihood of {0}, independent values, each of a
{family} distribution, one of {1} nats per example ({of})."""

_SAMPLES = """

{num} examples of each kind, compared with test data in the features of a classifier trained on
{classifier} (test accuracy {accuracy:.4f}), which is confident where it gives a class 95% or more.
A sample is the mean of p(x|z) for one z, not a draw of it:

| | Fréchet distance | coverage | confident |
|---|---|---|---|
{rows}"""

_SOURCES = {
    "prior": "samples, z from the prior",
    "sampler": "samples, z from the sampler",
    "real": "training data",
}

_FACTORS = """

How well single latent dimensions follow the ground-truth factors, in posterior means of
{examples}, each score from 0 to 1:

| MIG | FactorVAE score | DCI | SAP | modularity |
|---|---|---|---|---|
| {mig:.2f} | {factor_vae:.2f} | {dci_disentanglement:.2f} | {sap:.2f} | {modularity:.2f} |"""

_NO_DENSITY = """This model has no fitted density, and so no likelihood. On {num_examples} test
examples the squared error of its reconstructions is {error} per value, and {active_units} of
{latent_dim} latent dimensions are active."""


def figures(metrics: Mapping[str, Any], *, binary: bool) -> str:
    """All figures that metrics.json has, in Markdown.

    Args:
        metrics: its content.
        binary: whether values are 0 or 1, which bits per dimension are not told of.
    """
    return "".join(
        (
            _likelihoods(metrics, binary=binary),
            _augmented(metrics),
            _beside(metrics),
            _subset(metrics),
            _factors(metrics),
            attributes(metrics),
            _samples(metrics),
        )
    )


def _likelihoods(metrics: Mapping[str, Any], *, binary: bool) -> str:
    """The table of likelihoods; in bits per dimension too, where values are not just 0 or 1."""

    def figure(key: str, digits: int = 2) -> str:
        value = metrics[key]
        error = value["standard_error"]
        return f"{value['mean']:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")

    counts = {key: metrics[key] for key in ("num_examples", "active_units", "latent_dim")}
    if "elbo" not in metrics:
        return _NO_DENSITY.format(error=figure("mean_squared_error", 4), **counts)
    given = ", given the condition" if is_conditional(metrics) else ""
    names = ("elbo", "reconstruction", "kl", "log_likelihood")
    text = _DENSITY.format(
        given=given,
        likelihood=_likelihood(metrics, given),
        **{name: figure(name) for name in names},
        **counts,
    )
    if "bits_per_dimension" in metrics and not binary:
        text += _BITS.format(bits=figure("bits_per_dimension", 4))
    return text + (_CONDITIONAL if given else "")


def _beside(metrics: Mapping[str, Any]) -> str:
    """What the figures have to beat, where it was measured."""
    known = metrics.get("baselines")
    if not known:
        return ""
    text, pca = "", known["pca"]
    key = next((key for key in _ERROR_UNITS if key in metrics and key in pca), None)
    if key:  # not of a table's model: its columns have no squared error in common
        errors = [f"{figure['mean']:.4f}" for figure in (metrics[key], pca[key])]
        text = _ERRORS.format(*errors, unit=_ERROR_UNITS[key], num=pca["latent_dim"])
    if "probabilistic_pca" not in known:
        return text
    names = ("probabilistic_pca", "independent")
    values = [f"{known[name]['log_likelihood']['mean']:.2f}" for name in names]
    counts = {"of": known["of"], "num": pca["latent_dim"], **known["independent"]}
    return text + _DENSITIES.format(*values, **counts)


def _likelihood(metrics: Mapping[str, Any], given: str) -> str:
    """What the column of the log-likelihood holds."""
    name = "log-likelihood" if metrics["normalised"] else "cross-entropy, not a likelihood"
    if not has_importance_samples(metrics):
        return f"{name}{given}: no estimate but the ELBO"
    return f"{name}{given}, {metrics['log_likelihood']['num_samples']} importance samples"


def _subset(metrics: Mapping[str, Any]) -> str:
    """Which examples got all importance samples, where not all of them did."""
    subset = metrics.get("log_likelihood", {"num_examples": metrics["num_examples"]})
    if subset["num_examples"] == metrics["num_examples"]:
        return ""
    few = max(1, subset["num_samples"] // 100)
    return (
        f"\n\n{subset['num_examples']} of the examples, evenly spaced, got all importance samples, "
        f"the others {few}; the mean is corrected by the difference that this makes on the former."
    )


def _augmented(metrics: Mapping[str, Any]) -> str:
    """That the model was trained on other examples than it is measured on."""
    if not metrics.get("augment"):
        return ""
    return (
        f"\n\nThe model was trained on augmented examples ({', '.join(metrics['augment'])}): the "
        "figures are of examples as they are, under a model that also describes changed ones."
    )


def _factors(metrics: Mapping[str, Any]) -> str:
    """How latents correspond to the data's factors, where these are known."""
    if "disentanglement" not in metrics:
        return ""
    scores = metrics["disentanglement"]
    split = {"train": "training", "test": "test"}[factors_split(scores)]
    examples = f"{scores.get('num_examples', 'at most 10000')} {split} examples"
    return _FACTORS.format(examples=examples, **scores)


def _samples(metrics: Mapping[str, Any]) -> str:
    """Samples next to training data, as the reference classifier sees them."""
    if "samples" not in metrics:
        return ""
    samples = metrics["samples"]
    classifier = samples["reference_classifier"]
    rows = [
        f"| {text} | {samples[name]['frechet_distance']:.1f} | {samples[name]['coverage']:.3f} "
        f"| {samples[name]['confident_share']:.3f} |"
        for name, text in _SOURCES.items()
        if name in samples
    ]
    return _SAMPLES.format(
        num=samples["num"],
        classifier=classifier["data"],
        accuracy=classifier["accuracy"]["mean"],
        rows="\n".join(rows),
    )
