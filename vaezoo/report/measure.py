"""An exported model and its data -> figures of samples, latent space and codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaezoo import reference_classifiers
from vaezoo.datasets.base import Dataset, as_float, evenly_spaced
from vaezoo.metrics import disentanglement, linear_probe
from vaezoo.report.reference import Reference
from vaezoo.report.regularity import completeness, continuity
from vaezoo.runtime.model import Model

_QUICK, _QUICK_SAMPLES = 200, 8
_PROBED = 10_000  # examples whose codes are looked at


def measure(
    model: Model,
    data: Dataset,
    codes: np.ndarray | None = None,
    *,
    num: int = 10_000,
    seed: int = 0,
) -> dict[str, Any]:
    """All that can be said of a model from outside, on its data set.

    Args:
        model: from `vaezoo.load`.
        data: what it was trained on, as it was binarised.
        codes: draws of q(z|x) of test examples, [N, D], if they are known.
        num: examples and samples that are compared at most.
        seed: decides the samples.

    Returns:
        JSON-serialisable:
        quick: ELBO or squared error of a few test examples, by which an export is known again;
        samples: for each source of z, figures of `completeness`, beside those of "real" training
        examples and of "reconstructions"; where the data set has a judge, whose accuracy is there;
        continuity: figures of `continuity`, likewise;
        linear_probe: accuracy of the labels, read from the codes by a linear classifier;
        disentanglement: where the factors of the data are known.
    """
    figures: dict[str, Any] = {"quick": quick(model, data)}
    if data.name in reference_classifiers.REFERENCE_CLASSIFIERS:
        figures |= _classified(model, data, codes, num, seed)
    return figures | _read(model, data, seed)


def quick(model: Model, data: Dataset) -> dict[str, Any]:
    """A figure of a few test examples that takes no time: their ELBO, or where there is no score
    the squared error of their reconstructions."""
    x, condition = test_examples(model, data, _QUICK)
    counts = {"num_examples": len(x)}
    if "score" not in model.manifest.graphs:
        errors = (
            ((model.reconstruct(x, condition=condition) - x) ** 2).reshape(len(x), -1).mean(axis=1)
        )
        return counts | {"mean_squared_error": float(errors.mean())}
    given = condition if model.manifest.graphs["score"].takes_condition else None
    return counts | {
        "elbo": float(model.elbo(x, num_samples=_QUICK_SAMPLES, condition=given, seed=0).mean())
    }


def test_examples(model: Model, data: Dataset, most: int) -> tuple[np.ndarray, Any]:
    """Test examples, evenly spaced, and their labels if the model takes those."""
    rows = evenly_spaced(len(data.test), most)
    labels = data.labels["test"][rows] if model.manifest.condition is not None else None
    return as_float(data.test[rows]), labels


def _classified(
    model: Model, data: Dataset, codes: np.ndarray | None, num: int, seed: int
) -> dict[str, Any]:
    reference_classifier = reference_classifiers.load(data.name)
    reference = Reference.of(reference_classifier, num)
    x, labels = test_examples(model, data, reference.num)

    def decoder(labels: Any) -> Callable[[np.ndarray], np.ndarray]:
        """Of z in any number: the labels of the test examples over and over."""

        def decode(z: np.ndarray) -> np.ndarray:
            given = None if labels is None else np.resize(labels, len(z))
            return np.clip(model.decode_mean(z, condition=given), 0, 1)

        return decode

    decode = decoder(labels)
    samples: dict[str, Any] = {
        "judge": {"data": reference_classifier.data, "accuracy": reference_classifier.accuracy},
        "num": reference.num,
        "real": reference.floor(),
        "reconstructions": reference.compare(decode(model.encode_mean(x, condition=labels))),
    }
    for source in model.sources:
        z = model.sample_latents(reference.num, condition=labels, seed=seed, source=source)
        samples[source] = completeness(decode, z, codes, reference)
    if model.manifest.codebook_size is not None:  # there is nothing between two codes
        return {"samples": samples}
    if labels is not None:  # between two examples of a label, under that label
        decode = decoder(labels[:1])
        x = x[labels == labels[0]]
    means = model.encode_mean(
        x, condition=labels[:1].repeat(len(x)) if labels is not None else None
    )
    return {"samples": samples, "continuity": continuity(decode, means, reference, seed=seed)}


def _read(model: Model, data: Dataset, seed: int) -> dict[str, Any]:
    """What the codes tell of labels and factors."""

    def codes(split: str, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of some of the examples that have one of the classes: their codes and classes."""
        rows = np.flatnonzero((known >= 0).reshape(len(known), -1).all(axis=1))
        rows = rows[evenly_spaced(len(rows), _PROBED)]
        return model.encode_mean(as_float(getattr(data, split)[rows])), known[rows]

    figures: dict[str, Any] = {}
    if model.manifest.condition is not None:  # the codes need not tell what is given
        return figures
    if _same_classes(data):
        (z, labels), test = (codes(split, data.labels[split]) for split in ("train", "test"))
        figures["linear_probe"] = linear_probe(z, labels, *test)
    if data.factors:
        figures["disentanglement"] = disentanglement(
            *codes("train", data.factors["train"]), seed=seed
        )
    return figures


def _same_classes(data: Dataset) -> bool:
    """Whether what is learnt of the training labels can be tried on the test labels."""
    if not {"train", "test"} <= data.labels.keys():
        return False
    train, test = (np.unique(data.labels[split]) for split in ("train", "test"))
    return len(test) > 1 and set(test) <= set(train)
