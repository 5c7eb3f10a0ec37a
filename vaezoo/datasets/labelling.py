"""Data sets of which only some examples keep their label."""

from __future__ import annotations

import dataclasses

import numpy as np

from vaezoo._checks import positive
from vaezoo.datasets.base import Dataset
from vaezoo.errors import ConfigError


def partly_labelled(dataset: Dataset, num_labels: int) -> Dataset:
    """The data set with `num_labels` training labels, spread evenly over the classes; the others
    become -1.

    Raises:
        ConfigError: it has fewer labels.
    """
    labels = dataset.labels.get("train", np.empty(0, int))
    if positive("num_labels", num_labels) > len(labels):
        raise ConfigError(
            f"num_labels={num_labels}: {dataset.name} has {len(labels)} labels to train with."
        )
    # In a random order, each example's rank within its class: the first ranks keep their label.
    order = np.random.default_rng(0).permutation(len(labels))
    classes = labels[order]
    rank = np.empty(len(labels), int)
    for label in np.unique(classes):
        rank[classes == label] = np.arange((classes == label).sum())
    rows = order[np.argsort(rank, kind="stable")[:num_labels]]
    remaining = np.full_like(labels, -1)
    remaining[rows] = labels[rows]
    return dataclasses.replace(dataset, labels=dict(dataset.labels) | {"train": remaining})
