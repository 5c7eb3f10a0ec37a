"""An exported model and its data -> figures of samples and latent space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaezoo import reference_classifiers
from vaezoo._checks import comparing_only
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.errors import ConfigError
from vaezoo.metrics import attribute_control, disentanglement, linear_probe
from vaezoo.protocols import Array
from vaezoo.report.reference import Reference
from vaezoo.report.regularity import completeness, continuity
from vaezoo.runtime.model import Model

_QUICK, _QUICK_SAMPLES = 200, 8
_PROBED = 10_000  # examples whose latents are classified
LEAST = 30  # examples that samples are compared with: several neighbours of each, and two halves


def measure(
    model: Model,
    data: Dataset,
    latents: Array | None = None,
    *,
    num: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluates an exported model on its data set, without TensorFlow.

    Args:
        model: from `vaezoo.load`.
        data: what it was trained on, binarised likewise.
        latents: draws of q(z|x) of test examples, [N, D], if there are any.
        num: most examples and samples to compare.
        seed: decides the samples.

    Returns:
        JSON-serialisable:
        quick: ELBO or squared error of a few test examples, which identifies an export;
        samples: for each source of z, figures of `completeness`, next to those of "real" training
        examples and of "reconstructions", and the reference classifier's accuracy: for data sets
        that have a reference classifier. A sample is the mean of p(x|z) here, not a draw of it;
        continuity: figures of `continuity`, likewise;
        linear_probe: accuracy of a linear classifier of the labels from posterior means;
        disentanglement: scores of test examples' posterior means, and which split and how many
        they are of: for data sets with known factors;
        attributes: their names, and how test examples' posterior means follow them: for data that
        were loaded with attributes.
    """
    check_num(data, num)
    figures: dict[str, Any] = {"quick": quick(model, data)}
    if data.name in reference_classifiers.REFERENCE_CLASSIFIERS:
        figures |= _classified(model, data, latents, num, seed)
    return figures | _latent_space(model, data, seed)


def check_num(data: Dataset, num: int) -> None:
    """Raises `ConfigError` where `num` examples are too few to compare samples with."""
    if num < LEAST and data.name in reference_classifiers.REFERENCE_CLASSIFIERS:
        raise ConfigError(
            f"max_examples={num}: samples of {data.name} are compared with test examples, which "
            f"takes {LEAST} or more."
        )


def quick(model: Model, data: Dataset) -> dict[str, Any]:
    """A figure of a few test examples, in a second: their ELBO, or, without a score graph, the
    squared error of their reconstructions.

    Example:
        >>> import vaezoo
        >>> from vaezoo import datasets, report
        >>> data = datasets.load("digits", binarise="dynamic")
        >>> sorted(report.quick(vaezoo.load("digits_vae"), data))
        ['elbo', 'num_examples']
    """
    x, condition = test_examples(model, data, _QUICK)
    counts = {"num_examples": len(x)}
    if "score" not in model.manifest.graphs:
        errors = (
            ((model.reconstruct(x, condition=condition) - x) ** 2).reshape(len(x), -1).mean(axis=1)
        )
        return counts | {"mean_squared_error": float(errors.mean())}
    condition = condition if model.manifest.graphs["score"].takes_condition else None
    with comparing_only():
        elbo = model.elbo(x, num_samples=_QUICK_SAMPLES, condition=condition, seed=0)
    return counts | {"elbo": float(elbo.mean())}


def test_examples(model: Model, data: Dataset, most: int) -> tuple[Array, Array | None]:
    """Test examples, evenly spaced, and their labels if the model takes those."""
    rows = evenly_spaced(len(data.test), most)
    labels = data.labels["test"][rows] if model.manifest.condition is not None else None
    return as_float(data.test[rows]), labels


def _classified(
    model: Model, data: Dataset, latents: Array | None, num: int, seed: int
) -> dict[str, Any]:
    classifier = reference_classifiers.load(data.name)
    reference = Reference.of(classifier, num)
    x, labels = test_examples(model, data, reference.num)

    def decoder(labels: Array | None) -> Callable[[Array], Array]:
        """Of any number of z: the labels of the test examples are repeated in order."""

        def decode(z: Array) -> Array:
            repeated = None if labels is None else np.resize(labels, len(z))
            return np.clip(model.decode_mean(z, condition=repeated), 0, 1)

        return decode

    decode = decoder(labels)
    samples: dict[str, Any] = {
        "reference_classifier": {"data": classifier.data, "accuracy": classifier.accuracy},
        "num": reference.num,
        "real": reference.floor(),
        "reconstructions": reference.compare(decode(model.encode_mean(x, condition=labels))),
    }
    for source in model.sources:
        z = model.sample_latents(reference.num, condition=labels, seed=seed, source=source)
        samples[source] = completeness(decode, z, latents, reference)
    if model.manifest.codebook_size is not None:  # there is nothing between two discrete codes
        return {"samples": samples}
    if labels is not None:  # between two examples of one label, under that label
        decode = decoder(labels[:1])
        x = x[labels == labels[0]]
    means = model.encode_mean(
        x, condition=labels[:1].repeat(len(x)) if labels is not None else None
    )
    return {"samples": samples, "continuity": continuity(decode, means, reference, seed=seed)}


def _latent_space(model: Model, data: Dataset, seed: int) -> dict[str, Any]:
    """What posterior means reveal of labels and factors."""

    def latents(split: str, classes: Array) -> tuple[Array, Array]:
        """Posterior means and classes of some of the examples that have a class."""
        rows = np.flatnonzero((classes >= 0).reshape(len(classes), -1).all(axis=1))
        rows = rows[evenly_spaced(len(rows), _PROBED)]
        return model.encode_mean(as_float(getattr(data, split)[rows])), classes[rows]

    figures: dict[str, Any] = {}
    if model.manifest.condition is not None:  # z need not encode what the condition says
        return figures
    if _same_classes(data):
        (z, labels), test = (latents(split, data.labels[split]) for split in ("train", "test"))
        figures["linear_probe"] = linear_probe(z, labels, *test)
    if data.factors:
        z, factors = latents("test", data.factors["test"])
        scores = disentanglement(z, factors, seed=seed)
        figures["disentanglement"] = {"split": "test", "num_examples": len(z), **scores}
    return figures | _attributes(model, data, seed)


def _attributes(model: Model, data: Dataset, seed: int) -> dict[str, Any]:
    """How posterior means of test examples follow the attributes, where these are numbers enough
    that vary, and there are dimensions to compare."""
    if not data.attributes or model.latent_dim < 2:
        return {}
    values = data.attributes["test"]
    rows = np.flatnonzero(~np.isnan(values).any(axis=1))
    rows = rows[evenly_spaced(len(rows), _PROBED)]
    if len(rows) < LEAST or not np.ptp(values[rows], axis=0).all():
        return {}
    z = model.encode_mean(as_float(data.test[rows]))
    scores = attribute_control(z, values[rows], seed=seed)
    known = {"split": "test", "num_examples": len(rows), "names": list(data.attribute_names)}
    return {"attributes": {**known, **scores}}


def _same_classes(data: Dataset) -> bool:
    """Whether a classifier of the training labels can be tested on the test labels."""
    if not {"train", "test"} <= data.labels.keys():
        return False
    train, test = (np.unique(data.labels[split]) for split in ("train", "test"))
    return len(test) > 1 and set(test) <= set(train)
