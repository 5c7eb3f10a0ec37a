"""Labels as a model numbers them, and data sets of which only some examples keep theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from vaezoo._checks import UNKNOWN, positive
from vaezoo.datasets.base import Dataset
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array


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
            f"num_labels={num_labels}: {dataset.name} has {(labels != UNKNOWN).sum()} labels to train with."
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
