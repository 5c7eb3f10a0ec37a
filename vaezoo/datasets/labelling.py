"""Labels as a model numbers them, and data sets of which only some examples keep theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import UNKNOWN, positive
from vaezoo.datasets.attributes import attribute_names
from vaezoo.datasets.base import Dataset
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array

_HOW = (
    "sort pictures into folders by class, describe them in a .csv beside them (file, label), or "
    "save y beside x in a .npz"
)


@dataclass(frozen=True)
class Needed:
    """The condition that a model takes.

    Attributes:
        model: its class, for messages.
        kind: "labels", "vector", or "attributes", from which an objective learns.
        dim: number of classes, or of attributes.
        names: of the classes, if they have any.
    """

    model: str
    kind: str
    dim: int
    names: Sequence[str] = ()


def condition_of(dataset: Dataset, split: str, needed: Needed) -> Array:
    """The labels of a split as a model numbers its classes, or the attributes.

    Raises:
        DataError: the data have none, or other ones.
    """
    if needed.kind == "attributes":
        return _attributes(dataset, split, needed)
    if needed.kind != "labels" and dataset.attributes:
        return dataset.attributes[split]
    if split not in dataset.labels:
        raise no_condition(dataset, needed.model, needed.kind, split)
    return labels_of(dataset, split, needed.names)


def _attributes(dataset: Dataset, split: str, needed: Needed) -> Array:
    """The attributes of a split. Raises `DataError` unless they are the model's."""
    if not dataset.attributes:
        raise no_condition(dataset, needed.model, needed.kind, split)
    own, names = list(dataset.attribute_names), list(needed.names or dataset.attribute_names)
    if (len(own), own) != (needed.dim, names):
        which = f"{needed.dim}{': ' if needed.names else ''}{', '.join(needed.names)}"
        raise DataError(
            f"{dataset.name} has {len(own)} attributes ({', '.join(own)}): this {needed.model} "
            f"learns from {which}; set data.attributes."
        )
    return dataset.attributes[split]


def no_condition(dataset: Dataset, model: str, kind: str, split: str = "train") -> DataError:
    """The error for data without what a model needs, which says how to give it."""
    if kind != "labels":
        purpose = "to learn from" if kind == "attributes" else "as its condition"
        known = attribute_names(dataset.name)
        which = f"some of {', '.join(known)}" if known else "columns of numbers"
        first, second = known[:2] or ("age", "size")
        return DataError(
            f"{dataset.name} has no attributes, which {model} needs {purpose}: name {which} by "
            f'--set \'data.attributes=["{first}", "{second}"]\'.'
        )
    where = f" in its {split} split" if dataset.labels else ""
    return DataError(
        f"{dataset.name} has no labels{where}, which {model} needs as its condition: {_HOW}; in "
        "Python, fit(x, labels)."
    )


def labels_of(dataset: Dataset, split: str, names: Sequence[str] = ()) -> Array:
    """The labels of a split as a model numbers its classes.

    Args:
        dataset: that has labels.
        split: of it.
        names: of the model's classes; classes of the data are found among them by name.

    Raises:
        DataError: a class of the data has no such name.
    """
    labels = dataset.labels[split]
    own = list(dataset.label_names)
    if own == list(names) or not own:
        return labels
    unknown = [name for name in own if name not in names]
    if unknown:
        known = f"the model's are {', '.join(names)}" if names else "the model's have no names"
        raise DataError(
            f"{dataset.name} has labels that the model does not know ({', '.join(unknown[:5])}): "
            f"{known}."
        )
    numbers = np.array([list(names).index(name) for name in own] + [UNKNOWN])
    return numbers[labels]


def partly_labelled(dataset: Dataset, num_labels: int) -> Dataset:
    """The data set with `num_labels` training labels, spread evenly over the classes; the others
    become -1.

    Raises:
        ConfigError: it has fewer labels.
    """
    labels = dataset.labels.get("train", np.empty(0, int))
    if positive("num_labels", num_labels) > (labels != UNKNOWN).sum():
        raise ConfigError(
            f"num_labels={num_labels}: {dataset.name} has {(labels != UNKNOWN).sum()} labels to "
            "train with."
        )
    # In a random order, each example's rank within its class: the first ranks keep their label.
    order = np.random.default_rng(0).permutation(len(labels))
    classes = labels[order]
    rank = np.empty(len(labels), int)
    for label in np.unique(classes):
        rank[classes == label] = np.arange((classes == label).sum())
    rank[classes == UNKNOWN] = len(labels)
    rows = order[np.argsort(rank, kind="stable")[:num_labels]]
    remaining = np.full_like(labels, -1)
    remaining[rows] = labels[rows]
    return dataclasses.replace(dataset, labels=dict(dataset.labels) | {"train": remaining})
